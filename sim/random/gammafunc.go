package random

import "math"

const halfLogTwoPi = 0.91893853320467274178 // ln(2π)/2

// stirlingRest returns what Stirling's formula lacks of ln Γ(x), for x ≥ 10.
func stirlingRest(x float64) float64 {
	terms := [...]float64{-691.0 / 360360, 1.0 / 1188, -1.0 / 1680, 1.0 / 1260, -1.0 / 360, 1.0 / 12}
	sum, square := 1.0/156, float64(x*x)
	for _, term := range terms {
		sum = sum/square + term
	}
	return sum / x
}

// logGamma returns ln Γ(x) for x > 0.
func logGamma(x float64) float64 {
	product := 1.0 // Γ(x) = Γ(x + n)/(x·(x + 1)⋯(x + n - 1))
	for ; x < 10; x++ {
		product *= x
	}
	return mulAdd(x-0.5, Log(x), -x) + halfLogTwoPi + stirlingRest(x) - Log(product)
}

// gammaFunction returns Γ(x) for x > 0, with a relative error below 10⁻¹⁴.
func gammaFunction(x float64) float64 {
	product := 1.0
	for ; x < 10; x++ {
		product *= x
	}
	return float64(float64(Pow(x, x-0.5)*Exp(stirlingRest(x)-x))*rootTwoPi) / product
}

// gammaShares returns P(G ≤ x) and P(G > x) for a gamma variable G of the given shape and scale 1, the smaller of the
// two with a relative error below 10⁻¹¹ for shapes up to a million: by the series below the mean, by Legendre's
// continued fraction (as Lentz evaluates it: Applied Optics 15(3), 1976) above it.
func gammaShares(shape, x float64) (below, above float64) {
	switch {
	case x <= 0:
		return 0, 1
	case math.IsInf(x, 1):
		return 1, 0
	}
	front := gammaFront(shape, x)
	if x < shape+1 {
		sum, term := 1.0, 1.0
		for n := shape + 1; term > sum*0x1p-54; n++ {
			term = float64(term * (x / n))
			sum += term
		}
		below = float64(front * sum)
		return below, 1 - below
	}
	const tiny = 1e-300
	b := x + 1 - shape
	c, d := 1/tiny, 1/b
	product := d
	for i := 1.0; ; i++ {
		factor := float64(-i * (i - shape))
		b += 2
		d = 1 / fenced(mulAdd(factor, d, b), tiny)
		c = fenced(b+factor/c, tiny)
		change := float64(d * c)
		product *= change
		if math.Abs(change-1) < 0x1p-52 {
			above = float64(float64(front*shape) * product)
			return 1 - above, above
		}
	}
}

// fenced returns x, kept away from 0.
func fenced(x, least float64) float64 {
	if math.Abs(x) < least {
		return least
	}
	return x
}

// gammaFront returns x to the power of the shape, times e^-x, over Γ(shape + 1).
func gammaFront(shape, x float64) float64 {
	if shape < 10 {
		return Exp(mulAdd(shape, Log(x), -x) - logGamma(shape+1))
	}
	off := (x - shape) / shape
	return Exp(-float64(shape*(off-Log1p(off)))-stirlingRest(shape)) / math.Sqrt(2*math.Pi*shape)
}

// gammaQuantile returns the x with P(G ≤ x) = p for a gamma variable G of the given shape and scale 1, for 0 < p < 1.
// It looks for ln x by Newton's method, on the logarithm of the smaller share, and halves the interval when a step
// leaves it.
func gammaQuantile(shape, p float64) float64 {
	// P(G ≤ x) is at most x^shape/Γ(shape + 1), and almost that where x is minute.
	low := (Log(p) + logGamma(shape+1)) / shape
	if low < -40 {
		return Exp(low)
	}
	high := max(Log(shape), low) + 1
	for below, _ := gammaShares(shape, Exp(high)); below < p; below, _ = gammaShares(shape, Exp(high)) {
		high++
	}
	at := clampTo(quantileGuess(shape, p), low, high)
	for range 200 {
		x := Exp(at)
		below, above := gammaShares(shape, x)
		slope := gammaFront(shape, x) * shape // of the share over ln x
		var step float64
		if p < 0.5 {
			step = -float64(Log(below/p)*below) / slope
		} else {
			step = float64(Log(above/(1-p))*above) / slope
		}
		if step > 0 {
			low = at
		} else {
			high = at
		}
		next := at + step
		if !(next > low && next < high) {
			next = low + (high-low)/2
		}
		if math.Abs(next-at) <= 0x1p-52*max(1, math.Abs(at)) {
			return Exp(next)
		}
		at = next
	}
	return Exp(at)
}

// quantileGuess returns a first guess of ln x, by Wilson and Hilferty (Proceedings of the National Academy of Sciences
// 17(12), 1931).
func quantileGuess(shape, p float64) float64 {
	spread := 1 / float64(9*shape)
	root := 1 - spread + float64(NormalQuantile(p)*math.Sqrt(spread))
	if root <= 0 {
		return math.Inf(-1)
	}
	return mulAdd(3, Log(root), Log(shape))
}

func clampTo(x, low, high float64) float64 { return min(max(x, low), high) }
