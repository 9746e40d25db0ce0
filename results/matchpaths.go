package results

import (
	"maps"
	"slices"
	"strings"
)

// matchPaths finds the path of each design that answers to a path of the baseline, and notes what was matched otherwise
// than by name, and what was not.
func (c *comparer) matchPaths() {
	base := c.designs[0].Summary
	for _, d := range c.designs {
		matched, otherwise := matchPaths(base, d.Summary)
		c.matched = append(c.matched, matched)
		for _, path := range otherwise {
			c.note("%s of %s is compared with %s of %s: they are the only ones of their origin, or at all", path,
				c.Baseline, matched[path], d.Name)
		}
		taken := slices.Collect(maps.Values(matched))
		var alone []string
		for _, path := range slices.Sorted(maps.Keys(base.Paths)) {
			if matched[path] == "" {
				alone = append(alone, path+" of "+c.Baseline)
			}
		}
		for _, path := range slices.Sorted(maps.Keys(d.Summary.Paths)) {
			if !slices.Contains(taken, path) {
				alone = append(alone, path+" of "+d.Name)
			}
		}
		if len(alone) > 0 {
			c.note("%s: not compared, for nothing answers to it: %s", d.Name, strings.Join(alone, ", "))
		}
	}
}

// matchPaths returns the path of the other that answers to each of a's: the one of the same name; else, when each side
// has one path of the same origin, or one at all, that one. Those that are named otherwise are listed.
func matchPaths(a, other *Summary) (matched map[string]string, otherwise []string) {
	matched = map[string]string{}
	one := func(s *Summary, origin string) (only string) {
		for name := range s.Paths {
			if from, _, _ := strings.Cut(name, " -> "); from != origin && origin != "" {
				continue
			}
			if only != "" {
				return ""
			}
			only = name
		}
		return only
	}
	for _, path := range slices.Sorted(maps.Keys(a.Paths)) {
		if _, ok := other.Paths[path]; ok {
			matched[path] = path
			continue
		}
		origin, _, _ := strings.Cut(path, " -> ")
		for _, from := range []string{origin, ""} {
			if answer := one(other, from); answer != "" && one(a, from) == path {
				matched[path] = answer
				otherwise = append(otherwise, path)
				break
			}
		}
	}
	return matched, otherwise
}
