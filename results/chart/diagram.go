package chart

import (
	"cmp"
	"maps"
	"math"
	"slices"
)

// Node is a component of a design.
type Node struct {
	Title, Kind string
	Lines       []string // figures
	Load        float64  // how much of its capacity is used on average, or NaN
	Peak        float64  // how much of it is used at the peak, or 0
	Alert       string   // what strikes it, or nothing
	Source      bool     // where messages come from
}

// Edge is a link between two components, by their numbers.
type Edge struct {
	From, To int
	Text     string // what goes that way
	Dashed   bool   // it is not the way of most messages
	Alert    bool   // what goes wrong goes this way
}

// site is a node with its place, or a bend of an edge that passes a layer.
type site struct {
	node      int // -1: a bend
	layer     int
	y, height float64 // of the middle; points
	near      []int   // sites in the layers beside it
}

// The measures of a diagram, points.
const (
	nodeWidth  = 138
	layerGap   = 92
	nodeGap    = 20
	bendHeight = 14
	nodeHead   = 34 // of title and kind
	nodeLine   = 13
)

// layout places nodes in layers from left to right, so that most links lead to the right.
type layout struct {
	nodes  []Node
	edges  []Edge
	layer  []int
	sites  []site
	layers [][]int // sites, from top to bottom
	ways   [][]int // by edge, the sites that it passes, ends included; nil where it leads back
}

// place lays a design out. It is the same for the same design.
func place(nodes []Node, edges []Edge) *layout {
	l := &layout{nodes: nodes, edges: edges, layer: make([]int, len(nodes))}
	back := l.backEdges()
	l.rank(back)
	l.bend(back)
	for sweep := range 8 {
		l.order(sweep%2 == 0)
	}
	l.stack()
	for range 12 {
		l.relax()
	}
	l.close()
	return l
}

// backEdges marks the edges that close a circle, found from the sources on.
func (l *layout) backEdges() []bool {
	back := make([]bool, len(l.edges))
	state := make([]int, len(l.nodes)) // 1: on the way, 2: done
	var visit func(n int)
	visit = func(n int) {
		state[n] = 1
		for i, e := range l.edges {
			if e.From != n {
				continue
			}
			switch state[e.To] {
			case 0:
				visit(e.To)
			case 1:
				back[i] = true
			}
		}
		state[n] = 2
	}
	for _, sources := range []bool{true, false} {
		for n := range l.nodes {
			if state[n] == 0 && l.nodes[n].Source == sources {
				visit(n)
			}
		}
	}
	return back
}

// rank puts each node one layer right of the last that leads to it.
func (l *layout) rank(back []bool) {
	for range l.nodes {
		moved := false
		for i, e := range l.edges {
			if !back[i] && l.layer[e.To] <= l.layer[e.From] && e.To != e.From {
				l.layer[e.To], moved = l.layer[e.From]+1, true
			}
		}
		if !moved {
			return
		}
	}
}

// bend makes the sites, with a bend in each layer that an edge passes.
func (l *layout) bend(back []bool) {
	last := 0
	for n := range l.nodes {
		height := nodeHead + nodeLine*float64(len(l.nodes[n].Lines))
		if l.nodes[n].Alert != "" {
			height += nodeLine
		}
		l.sites = append(l.sites, site{node: n, layer: l.layer[n], height: height})
		last = max(last, l.layer[n])
	}
	l.layers = make([][]int, last+1)
	l.ways = make([][]int, len(l.edges))
	for i, e := range l.edges {
		if back[i] || l.layer[e.To] <= l.layer[e.From] {
			continue
		}
		way := []int{e.From}
		for at := l.layer[e.From] + 1; at < l.layer[e.To]; at++ {
			l.sites = append(l.sites, site{node: -1, layer: at, height: bendHeight})
			way = append(way, len(l.sites)-1)
		}
		way = append(way, e.To)
		for k := 1; k < len(way); k++ {
			a, b := way[k-1], way[k]
			l.sites[a].near, l.sites[b].near = append(l.sites[a].near, b), append(l.sites[b].near, a)
		}
		l.ways[i] = way
	}
	for s := range l.sites {
		at := l.sites[s].layer
		l.layers[at] = append(l.layers[at], s)
	}
}

// order sorts each layer by where the neighbours of its sites stand in the layer before, or in the one after.
func (l *layout) order(forward bool) {
	position := make([]float64, len(l.sites))
	for _, layer := range l.layers {
		for i, s := range layer {
			position[s] = float64(i)
		}
	}
	for k := range l.layers {
		at := k
		if !forward {
			at = len(l.layers) - 1 - k
		}
		wanted := map[int]float64{}
		for _, s := range l.layers[at] {
			sum, n := 0.0, 0.0
			for _, t := range l.sites[s].near {
				if forward == (l.sites[t].layer < at) {
					sum, n = sum+position[t], n+1
				}
			}
			wanted[s] = position[s]
			if n > 0 {
				wanted[s] = sum / n
			}
		}
		slices.SortStableFunc(l.layers[at], func(a, b int) int { return cmp.Compare(wanted[a], wanted[b]) })
		for i, s := range l.layers[at] {
			position[s] = float64(i)
		}
	}
}

// stack puts the sites of each layer below one another, around the middle.
func (l *layout) stack() {
	for _, layer := range l.layers {
		total := -float64(nodeGap)
		for _, s := range layer {
			total += l.sites[s].height + nodeGap
		}
		at := -total / 2
		for _, s := range layer {
			l.sites[s].y = at + l.sites[s].height/2
			at += l.sites[s].height + nodeGap
		}
	}
}

// relax moves each site towards the mean of its neighbours, as far as those above and below let it.
func (l *layout) relax() {
	for _, layer := range l.layers {
		for _, s := range layer {
			sum := 0.0
			for _, t := range l.sites[s].near {
				sum += l.sites[t].y
			}
			if n := len(l.sites[s].near); n > 0 {
				l.sites[s].y = sum / float64(n)
			}
		}
		l.part(layer)
	}
}

// part moves the sites of a layer apart, around where they wish to be.
func (l *layout) part(layer []int) {
	wish, shift := 0.0, 0.0
	for _, s := range layer {
		wish += l.sites[s].y
	}
	for i := 1; i < len(layer); i++ {
		above, s := &l.sites[layer[i-1]], &l.sites[layer[i]]
		s.y = max(s.y, above.y+(above.height+s.height)/2+nodeGap)
	}
	for _, s := range layer {
		shift += l.sites[s].y
	}
	shift = (shift - wish) / float64(max(len(layer), 1))
	for _, s := range layer {
		l.sites[s].y -= shift
	}
}

// close moves parts of a design that have nothing to do with one another next to each other.
func (l *layout) close() {
	whole := make([]int, len(l.sites)) // by site, the first of its part
	for i := range whole {
		whole[i] = i
	}
	for range l.sites { // as far apart as two sites can be
		for i := range l.sites {
			for _, near := range l.sites[i].near {
				whole[i] = min(whole[i], whole[near])
			}
		}
	}
	type part struct{ first, low, high float64 }
	parts := map[int]*part{}
	for i, s := range l.sites {
		p := parts[whole[i]]
		if p == nil {
			p = &part{float64(whole[i]), math.Inf(1), math.Inf(-1)}
			parts[whole[i]] = p
		}
		p.low, p.high = min(p.low, s.y-s.height/2), max(p.high, s.y+s.height/2)
	}
	sorted := slices.SortedFunc(maps.Values(parts), func(a, b *part) int {
		return cmp.Or(cmp.Compare(a.low, b.low), cmp.Compare(a.first, b.first))
	})
	moved := map[int]float64{}
	at := 0.0
	for _, p := range sorted {
		moved[int(p.first)] = at - p.low
		at += p.high - p.low + nodeGap
	}
	for i := range l.sites {
		l.sites[i].y += moved[whole[i]]
	}
}

// bounds returns how high the layout reaches.
func (l *layout) bounds() (low, high float64) {
	if len(l.sites) == 0 {
		return 0, 0
	}
	low, high = math.Inf(1), math.Inf(-1)
	for _, s := range l.sites {
		low, high = min(low, s.y-s.height/2), max(high, s.y+s.height/2)
	}
	return low, high
}
