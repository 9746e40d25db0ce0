package experiments

import (
	"strings"

	"weir/models/lambda"
	"weir/models/spec"
)

// findLoops tells each function whose messages may come back to it, so that Lambda can count how often they do.
func (b *builder) findLoops() {
	next := map[string][]string{}
	for _, found := range b.doc.Links {
		owner := strings.Join(spec.SplitPath(found.Path)[:2], ".")
		switch to := found.Link.String(); found.Flow {
		case "out":
			next[owner] = append(next[owner], to)
		case "in":
			next[to] = append(next[to], owner)
		}
	}
	number := uint16(0)
	for i := range b.doc.Components {
		c := &b.doc.Components[i]
		if f, ok := b.built[c.Link].(*lambda.Function); ok && comesBack(next, c.Path()) {
			number++
			f.InLoop(number)
		}
	}
}

// comesBack reports whether a way leads from a component back to it.
func comesBack(next map[string][]string, start string) bool {
	seen, line := map[string]bool{}, []string{start}
	for len(line) > 0 {
		at := line[len(line)-1]
		line = line[:len(line)-1]
		for _, to := range next[at] {
			if to == start {
				return true
			}
			if !seen[to] {
				seen[to] = true
				line = append(line, to)
			}
		}
	}
	return false
}
