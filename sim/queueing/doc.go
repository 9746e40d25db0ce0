// Package queueing has closed forms of queueing theory: the oracle that simulated results are held against. No model
// imports it.
//
// Arrivals and rates are per second, times are in seconds. A wait is the time in line, a response time is wait and
// service together; both are of all jobs, those that wait no time among them, and first come is first served. Each
// constructor checks its parameters. A load that the servers cannot carry has no steady state: the error is
// ErrUnstable.
//
// Tails are exact to about 1e-13 in absolute terms, quantiles follow from them by bisection. Two figures are not
// closed forms in the strict sense, and say so: the distribution of the wait of M/G/1 (numeric), and fork-join of
// more than two queues (an approximation).
//
// # Sources
//
//   - L. Kleinrock, Queueing Systems I: Theory, Wiley 1975.
//   - D. Gross, J. Shortle, J. Thompson, C. Harris, Fundamentals of Queueing Theory, 4th edition, Wiley 2008.
//   - G. Franx, A simple solution for the M/D/c waiting time distribution, Operations Research Letters 29(5), 2001.
//   - H. Tijms, A First Course in Stochastic Models, Wiley 2003.
//   - P. Welch, On a generalized M/G/1 queueing process in which the first customer of each busy period receives
//     exceptional service, Operations Research 12(5), 1964.
//   - B. Doshi, Queueing systems with vacations: a survey, Queueing Systems 1, 1986.
//   - D. Barrer, Queuing with impatient customers and ordered service, Operations Research 5(5), 1957.
//   - N. Bailey, On queueing processes with bulk service, Journal of the Royal Statistical Society B 16(1), 1954.
//   - R. Nelson, A. Tantawi, Approximate analysis of fork/join synchronization in parallel queues, IEEE Transactions on
//     Computers 37(6), 1988; L. Flatto, S. Hahn, SIAM Journal on Applied Mathematics 44(5), 1984.
package queueing
