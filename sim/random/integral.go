package random

import "math"

// integrate returns the integral of f from low to high by Gauss's rule of five points (Methodus nova integralium
// valores per approximationem inveniendi, 1814) on panels no wider than width.
func integrate(f func(float64) float64, low, high, width float64) float64 {
	const (
		near, nearWeight = 0.53846931010568309104, 0.47862867049936646804 // √(5 - 2·√(10/7))/3, (322 + 13·√70)/900
		far, farWeight   = 0.90617984593866399280, 0.23692688505618908751 // √(5 + 2·√(10/7))/3, (322 - 13·√70)/900
	)
	panels := math.Ceil((high - low) / width)
	half := (high - low) / panels / 2
	sum := 0.0
	for i := 0.0; i < panels; i++ {
		middle := mulAdd(2*i+1, half, low)
		pair := func(at, weight float64) float64 {
			shift := float64(half * at)
			return float64(weight * (f(middle-shift) + f(middle+shift)))
		}
		sum += float64(f(middle)*128)/225 + pair(near, nearWeight) + pair(far, farWeight)
	}
	return float64(sum * half)
}

// moments returns the mean and the variance of value(t), for t from low to high with the given density, which need not
// be scaled. Both are sums of terms of one sign around the mean, so that nothing cancels where the law is narrow.
func moments(value, density func(float64) float64, low, high, width float64) (mean, variance float64) {
	all := integrate(density, low, high, width)
	mean = integrate(func(t float64) float64 { return float64(value(t) * density(t)) }, low, high, width) / all
	variance = integrate(func(t float64) float64 {
		off := value(t) - mean
		return float64(float64(off*off) * density(t))
	}, low, high, width) / all
	return mean, variance
}
