/*
Package random has the distributions that models sample from, and the elementary functions they need, the same to the
bit on every processor.

A distribution is a small immutable value without random numbers of its own; [sim.Rand] brings those:

	work, err := random.NewLognormalFromQuantiles(12e6, 80e6) // nanoseconds
	if err != nil {
		return err // such as: p99 must be above p50, 1.2e+07
	}
	serve := random.NewDuration(work, eng.Rand("orders/consumer/work"))
	after := serve.Sample()

Bad parameters are errors of type [*ParameterError], which name the parameter. Mean, Variance, CDF and Quantile are
closed forms, or integrals and roots to ten digits or more; they are for reports and tests. Sampling allocates nothing.

# The same on every processor

Go may fuse x*y + z into one instruction, rounded once, where the processor has it (arm64; amd64 with GOAMD64=v3), also
when the product stands in a statement of its own. The functions of package math, some of which are assembly, differ in
the last bit for the same reason. One such bit is enough to swap two events. So here every product that is added to
something is rounded first, by the conversion float64(x*y), unless it is exact, and of package math only what IEEE 754
defines to the bit is used: Sqrt, Floor, FMA, the functions on bits. [Exp], [Expm1], [Log], [Log1p], [Pow], [NormalCDF]
and [NormalQuantile] are exported for whatever else reaches an event. A test pins a hash of the samples; it is to be run
on each processor.

# Methods

  - Exponential, normal: the ziggurat of 256 layers (Marsaglia and Tsang, Journal of Statistical Software 5(8), 2000),
    whose first form drew layer and abscissa from the same bits; here they come from different ones (Doornik, An
    improved ziggurat method to generate normal random samples, 2005). It draws from the law itself, not from an
    approximation, and mostly takes one random number, one comparison and one product. Tails: the exponential's has no
    memory; the normal's is Marsaglia's (Technometrics 6(1), 1964).
  - Normal between bounds: samples outside are rejected; where few are inside, those of an exponential or a uniform
    distribution are rejected instead (Robert, Statistics and Computing 5(2), 1995).
  - Lognormal: the median times e to a normal power.
  - Gamma, Erlang: Marsaglia and Tsang (ACM Transactions on Mathematical Software 26(3), 2000), for shapes below 1 with
    their power of a uniform number.
  - Weibull, Pareto, geometric: a transformed exponential sample, so that the far tail has all its digits. Bounded
    Pareto: inversion.
  - Weighted choice, empirical, mixture: Walker's alias table (ACM Transactions on Mathematical Software 3(3), 1977) as
    Vose builds it (IEEE Transactions on Software Engineering 17(9), 1991), one random number a choice.
  - Zipf: rejection-inversion (Hörmann and Derflinger, ACM Transactions on Modeling and Computer Simulation 6(3), 1996),
    which needs no table and so takes 2⁴⁰ keys.

# What is not here

Correlated samples, distributions of vectors, fitting to data, and discrete laws that no model needs yet (binomial;
Poisson: count the events of an exponential gap).
*/
package random
