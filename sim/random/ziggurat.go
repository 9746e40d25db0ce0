package random

import (
	"math"

	"weir/sim"
)

// The ziggurat method of Marsaglia and Tsang (Journal of Statistical Software 5(8), 2000) covers a decreasing density
// by layers of equal area. A sample takes one layer and one abscissa from the same 64 bits; within the part of the
// layer that lies wholly under the density it is done, which is the case 99 times in 100.
const layers = 256

type ziggurat struct {
	width [layers]float64 // of a layer, over 2⁵³
	safe  [layers]uint64  // abscissae below it lie under the density
	edge  [layers + 1]float64
	level [layers + 1]float64 // the density at the edges
}

// newZiggurat builds the layers of a density with the given inverse, from the start of the tail and the area of a
// layer.
func newZiggurat(tail, area float64, density, inverse func(float64) float64) (z ziggurat) {
	z.edge[layers] = area / density(tail)
	z.edge[layers-1] = tail
	z.level[layers-1] = density(tail)
	for i := layers - 2; i > 0; i-- {
		z.level[i] = z.level[i+1] + area/z.edge[i+1]
		z.edge[i] = inverse(z.level[i])
	}
	z.level[0] = 1
	for i := range layers {
		z.width[i] = z.edge[i+1] * 0x1p-53
		z.safe[i] = uint64(z.edge[i] / z.edge[i+1] * 0x1p53)
	}
	return z
}

var exponentialLayers = newZiggurat(7.69711747013104972, 0.0039496598225815571993,
	func(x float64) float64 { return Exp(-x) }, func(y float64) float64 { return -Log(y) })

var normalLayers = newZiggurat(3.6541528853610088, 0.00492867323399,
	func(x float64) float64 { return Exp(-float64(x*x) / 2) },
	func(y float64) float64 { return math.Sqrt(-2 * Log(y)) })

// StandardExponential returns a sample of the exponential distribution with mean 1.
func StandardExponential(r *sim.Rand) float64 {
	u := r.Uint64()
	i, m := u%layers, u>>11
	if m < exponentialLayers.safe[i] {
		return float64(m) * exponentialLayers.width[i]
	}
	return exponentialEdge(r, u)
}

func exponentialEdge(r *sim.Rand, u uint64) float64 {
	z := &exponentialLayers
	offset := 0.0
	for ; ; u = r.Uint64() {
		i, m := u%layers, u>>11
		x := float64(float64(m) * z.width[i])
		if m < z.safe[i] {
			return offset + x
		}
		if i == layers-1 {
			offset += z.edge[layers-1] // the tail has no memory
			continue
		}
		if z.under(r, i, Exp(-x)) {
			return offset + x
		}
	}
}

// under draws a height in layer i and reports whether it lies under the density.
func (z *ziggurat) under(r *sim.Rand, i uint64, density float64) bool {
	return z.level[i+1]+float64(r.Float64()*(z.level[i]-z.level[i+1])) < density
}

// standardNormal returns a sample of the normal distribution with mean 0 and standard deviation 1. The sign is bit 8 of
// the same draw, between the layer and the abscissa.
func standardNormal(r *sim.Rand) float64 {
	z := &normalLayers
	for {
		u := r.Uint64()
		i, m := u%layers, u>>11
		x := float64(float64(m) * z.width[i])
		switch {
		case m < z.safe[i]:
		case i == layers-1:
			x = normalTail(r)
		case !z.under(r, i, Exp(-float64(x*x)/2)):
			continue
		}
		if u&layers != 0 {
			return -x
		}
		return x
	}
}

// normalTail samples beyond the last edge (Marsaglia, Technometrics 6, 1964).
func normalTail(r *sim.Rand) float64 {
	start := normalLayers.edge[layers-1]
	for {
		x := StandardExponential(r) / start
		if float64(2*StandardExponential(r)) > float64(x*x) {
			return start + x
		}
	}
}
