package chart

import (
	"math"
	"reflect"
	"testing"
)

// order is a design with a dead-letter queue, a database that two call, and a way back.
var order = struct {
	nodes []Node
	edges []Edge
}{
	[]Node{{Title: "orders"}, {Title: "shop", Source: true}, {Title: "workers"}, {Title: "dead"}, {Title: "db"},
		{Title: "audit"}},
	[]Edge{{From: 1, To: 0}, {From: 0, To: 2}, {From: 0, To: 3, Dashed: true}, {From: 2, To: 4}, {From: 1, To: 4},
		{From: 2, To: 0}, {From: 2, To: 5}},
}

func TestMessagesFlowToTheRight(t *testing.T) {
	l := place(order.nodes, order.edges)
	back := 0
	for i, e := range order.edges {
		if l.ways[i] == nil {
			back++
			continue
		}
		if l.layer[e.To] <= l.layer[e.From] {
			t.Errorf("%s to %s leads to the left", order.nodes[e.From].Title, order.nodes[e.To].Title)
		}
		if len(l.ways[i]) != l.layer[e.To]-l.layer[e.From]+1 {
			t.Errorf("%s to %s has no bend in each layer that it passes", order.nodes[e.From].Title, order.nodes[e.To].Title)
		}
	}
	if back != 1 || l.ways[5] != nil {
		t.Errorf("%d edges lead back, want the one from the workers to the queue", back)
	}
}

func TestComponentsDoNotOverlap(t *testing.T) {
	l := place(order.nodes, order.edges)
	for _, layer := range l.layers {
		for i := 1; i < len(layer); i++ {
			a, b := l.sites[layer[i-1]], l.sites[layer[i]]
			if b.y-a.y < (a.height+b.height)/2+nodeGap-1e-6 {
				t.Errorf("sites %d and %d stand %.1f apart, and are %.1f and %.1f high", layer[i-1], layer[i], b.y-a.y, a.height,
					b.height)
			}
		}
	}
}

func TestALayoutIsTheSameAgain(t *testing.T) {
	a, b := place(order.nodes, order.edges), place(order.nodes, order.edges)
	if !reflect.DeepEqual(a.sites, b.sites) {
		t.Error("the same design lies otherwise the second time")
	}
}

// A design of which each leads to each, itself included, is drawn nonetheless.
func TestCirclesHaveALayout(t *testing.T) {
	var nodes []Node
	var edges []Edge
	for i := range 8 {
		nodes = append(nodes, Node{Title: "n", Load: math.NaN()})
		for k := range 8 {
			edges = append(edges, Edge{From: i, To: k, Text: "1/s"})
		}
	}
	f, err := Design("circles", "", nodes, edges, nil)
	if err != nil {
		t.Fatal(err)
	}
	wellFormed(t, f)
}
