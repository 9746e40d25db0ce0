package random

import (
	"math"

	"weir/sim"
)

// The ziggurat method covers a decreasing density by layers of equal area. A sample takes one layer and one abscissa
// from the same 64 bits; within the part of the layer that lies wholly under the density it is done, which is the case
// 99 times in 100. The abscissa has 53 bits and the layer 8 others, so the two are independent (Doornik's objection to
// the first publication).
const layers = 256

// layer is what a sample needs in 99 of 100 cases, in one place of memory.
type layer struct {
	width float64 // of the layer, over 2⁵³
	safe  int64   // abscissae below it lie under the density
}

type ziggurat struct {
	layer [layers]layer
	edge  [layers + 1]float64 // abscissae where layers end; the last but one starts the tail
	level [layers + 1]float64 // the density there
}

// newZiggurat builds the layers of a density that is 1 at 0, from its inverse, where the tail starts, and the area of
// the tail.
func newZiggurat(tail, tailArea float64, density, inverse func(float64) float64) (z ziggurat) {
	const last = layers - 1
	area := mulAdd(tail, density(tail), tailArea)
	z.edge[layers] = area / density(tail)
	z.edge[last] = tail
	z.level[last] = density(tail)
	for i := last - 1; i > 0; i-- {
		z.level[i] = z.level[i+1] + area/z.edge[i+1]
		z.edge[i] = inverse(z.level[i])
	}
	z.level[0] = 1
	for i := range z.layer {
		z.layer[i] = layer{z.edge[i+1] * 0x1p-53, int64(z.edge[i] / z.edge[i+1] * 0x1p53)}
	}
	return z
}

// The starts of the tails make the topmost of 256 layers end at 0.
const (
	exponentialTail = 7.69711747013104972
	normalTail      = 3.6541528853610088
)

var (
	exponentialLayers = newZiggurat(exponentialTail, Exp(-exponentialTail),
		func(x float64) float64 { return Exp(-x) }, func(y float64) float64 { return -Log(y) })

	normalLayers = newZiggurat(normalTail, rootTwoPi*normalTailShare(normalTail),
		bell, func(y float64) float64 { return math.Sqrt(-2 * Log(y)) })
)

// bell is the density of the standard normal distribution, scaled to 1 at 0.
func bell(x float64) float64 { return Exp(-float64(x*x) / 2) }

// StandardExponential draws from the exponential distribution with mean 1.
func StandardExponential(r *sim.Rand) float64 {
	u := r.Uint64()
	l := &exponentialLayers.layer[u%layers]
	if m := int64(u >> 11); m < l.safe {
		return float64(m) * l.width
	}
	return exponentialEdge(r, u)
}

// exponentialEdge goes on from bits that fell outside the safe part of their layer.
func exponentialEdge(r *sim.Rand, u uint64) float64 {
	z := &exponentialLayers
	start := 0.0
	for ; ; u = r.Uint64() {
		i, m := u%layers, int64(u>>11)
		x := float64(float64(m) * z.layer[i].width)
		switch {
		case m < z.layer[i].safe:
			return start + x
		case i == layers-1:
			start += exponentialTail // the tail has no memory: it is the whole distribution again
		case z.under(r, i, Exp(-x)):
			return start + x
		}
	}
}

// under draws a height in layer i and reports whether it lies under the density.
func (z *ziggurat) under(r *sim.Rand, i uint64, density float64) bool {
	return mulAdd(r.Float64(), z.level[i]-z.level[i+1], z.level[i+1]) < density
}

// StandardNormal draws from the normal distribution with mean 0 and standard deviation 1. The sign is a bit of the same
// draw that neither the layer nor the abscissa uses.
func StandardNormal(r *sim.Rand) float64 {
	u := r.Uint64()
	l := &normalLayers.layer[u%layers]
	x := float64(float64(int64(u>>11)) * l.width)
	if int64(u>>11) >= l.safe {
		x, u = normalEdge(r, u)
	}
	return math.Float64frombits(math.Float64bits(x) | u&layers<<55)
}

// normalEdge goes on from bits that fell outside the safe part of their layer. It returns the abscissa and the bits
// that it comes from.
func normalEdge(r *sim.Rand, u uint64) (x float64, bits uint64) {
	z := &normalLayers
	for ; ; u = r.Uint64() {
		i, m := u%layers, int64(u>>11)
		x = float64(float64(m) * z.layer[i].width)
		switch {
		case m < z.layer[i].safe:
			return x, u
		case i == layers-1:
			return beyondNormalTail(r), u
		case z.under(r, i, bell(x)):
			return x, u
		}
	}
}

// beyondNormalTail draws a normal sample beyond the last layer (Marsaglia, Technometrics 6(1), 1964).
func beyondNormalTail(r *sim.Rand) float64 {
	for {
		x := StandardExponential(r) / normalTail
		if 2*StandardExponential(r) > float64(x*x) {
			return normalTail + x
		}
	}
}
