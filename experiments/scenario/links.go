package scenario

import (
	"slices"
	"strings"

	"weir/models/spec"
)

// checkLinks checks that each link leads to a component, of a section that it may lead to, and that no message can go
// round for ever.
func (d *Document) checkLinks(decoder *spec.Decoder) {
	next := map[string][]edge{}
	for _, found := range decoder.Links {
		if text := d.wrongLink(found); text != "" {
			decoder.Fail(found.Node, found.Path, "%s", text)
			continue
		}
		owner := strings.Join(spec.SplitPath(found.Path)[:2], ".")
		switch target := found.Link.String(); found.Flow {
		case "out":
			next[owner] = append(next[owner], edge{target, found})
		case "in":
			next[target] = append(next[target], edge{owner, found})
		}
	}
	if len(decoder.Errors) == 0 {
		d.checkLoops(decoder, next)
	}
}

// edge leads to a component that messages go to, because of a link.
type edge struct {
	to   string
	link spec.FoundLink
}

// wrongLink says what is wrong with a link, or nothing.
func (d *Document) wrongLink(found spec.FoundLink) string {
	link, wanted := found.Link, found.Sections
	owner, _, _ := strings.Cut(found.Path, ".")
	var names, paths []string // of the components that it may lead to
	for i := range d.Components {
		c := &d.Components[i]
		if len(wanted) == 0 && c.Link.Section != owner || slices.Contains(wanted, c.Link.Section) {
			names = append(names, c.Link.Name)
			paths = append(paths, c.Path())
		}
	}
	sections := d.language.sectionKeys()
	switch {
	case d.language.section(link.Section) == nil:
		return "there is no section " + link.Section + spec.OrList(spec.DidYouMean(link.Section, sections), sections)
	case len(wanted) > 0 && !slices.Contains(wanted, link.Section):
		return link.String() + " cannot stand here: the link must lead to one of the " + strings.Join(wanted, ", ") + "; " +
			spec.ThereIs(paths)
	case d.Component(link) != nil:
		return ""
	}
	if len(paths) == 0 && len(wanted) > 0 {
		return "there is no " + link.String() + ": the scenario has no " + strings.Join(wanted, " and no ")
	}
	hint := ""
	if near := spec.Suggest(link.Name, names); near != "" {
		hint = ": did you mean " + paths[slices.Index(names, near)] + "?"
	}
	return "there is no " + link.String() + spec.OrList(hint, paths)
}

// checkLoops refuses a circle of flows that each message would go round in until it expires. A circle has an end where
// not every message goes on.
func (d *Document) checkLoops(decoder *spec.Decoder, next map[string][]edge) {
	const (
		onPath = 1
		done   = 2
	)
	state := map[string]int{}
	var path []edge
	var visit func(at string)
	visit = func(at string) {
		state[at] = onPath
		for _, e := range next[at] {
			if e.link.Bounded {
				continue
			}
			path = append(path, e)
			switch state[e.to] {
			case onPath:
				d.failLoop(decoder, path)
			case 0:
				visit(e.to)
			}
			path = path[:len(path)-1]
		}
		state[at] = done
	}
	for i := range d.Components {
		if at := d.Components[i].Path(); state[at] == 0 {
			visit(at)
		}
	}
}

func (d *Document) failLoop(decoder *spec.Decoder, path []edge) {
	last := path[len(path)-1]
	start := len(path) - 1
	for start > 0 && path[start-1].to != last.to {
		start--
	}
	around := []string{last.to}
	for _, e := range path[start:] {
		around = append(around, e.to)
	}
	decoder.Fail(last.link.Node, last.link.Path, "messages would go round for ever: %s; give "+
		"the way back a share below 100%% or rounds", strings.Join(around, " -> "))
}
