package workload

import (
	"math"

	"weir/sim"
	"weir/sim/random"
)

// piece is a stretch of time in which the rate goes in a straight line.
type piece struct {
	from   int64   // ns
	length float64 // ns; infinite when the piece does not end
	start  float64 // rate per second at its beginning
	end    float64 // and at its end
}

func (g *piece) rateAt(ns float64) float64 {
	if g.start == g.end {
		return g.start
	}
	return g.start + float64((g.end-g.start)*(ns/g.length))
}

// brings returns how many messages the piece is expected to bring in its first ns.
func (g *piece) brings(ns float64) float64 {
	if g.start == g.end {
		return float64(ns*g.start) / second
	}
	return float64(ns*(g.start+g.rateAt(ns))) / (2 * second)
}

// reaches returns after how many ns the piece is expected to have brought so many messages; not less than its length,
// or no number, when it never does.
func (g *piece) reaches(messages float64) float64 {
	if messages == 0 {
		return 0
	}
	if g.start == g.end {
		return float64(messages*second) / g.start
	}
	// The root of start·x + slope·x²/2 = messages that lies in the piece, in the form that loses no digits.
	slope := (g.end - g.start) / g.length
	root := math.Sqrt(float64(g.start*g.start) + float64(float64(2*slope)*float64(messages*second)))
	return float64(2*float64(messages*second)) / (g.start + root)
}

// piecesOf returns the pieces of a rate, and the length of time after which they begin again, or 0.
func piecesOf(a *Arrivals) (pieces []piece, every int64) {
	forever := math.Inf(1)
	switch {
	case a.Spike != nil:
		s := a.Spike
		base, peak := s.Base.PerSecond(), s.Peak.PerSecond()
		end := int64(s.At.Sim()) + int64(s.For.Sim())
		pieces = []piece{
			{0, float64(s.At), base, base}, {int64(s.At), float64(s.For), peak, peak}, {end, forever, base, base},
		}
	case a.Ramp != nil:
		from, to := a.Ramp.From.PerSecond(), a.Ramp.To.PerSecond()
		pieces = []piece{{0, float64(a.Ramp.Over), from, to}, {int64(a.Ramp.Over), forever, to, to}}
	case a.Piecewise != nil:
		p := a.Piecewise
		if p.Every != nil {
			every = int64(*p.Every)
		}
		for i, point := range p.Points {
			g := piece{int64(point.At), forever, point.Rate.PerSecond(), point.Rate.PerSecond()}
			following := point.Rate
			switch {
			case i+1 < len(p.Points):
				g.length, following = float64(p.Points[i+1].At-point.At), p.Points[i+1].Rate
			case every > 0:
				g.length, following = float64(every-g.from), p.Points[0].Rate
			}
			if p.Linear {
				g.end = following.PerSecond()
			}
			pieces = append(pieces, g)
		}
	}
	return pieces, every
}

func spacingOf(a *Arrivals) Spacing {
	switch {
	case a.Spike != nil:
		return a.Spike.Spacing
	case a.Ramp != nil:
		return a.Ramp.Spacing
	}
	return a.Piecewise.Spacing
}

// thinning is a Poisson process with a rate that varies: candidates come at each piece's highest rate and are kept
// with the share that the rate has of it (Lewis and Shedler, Naval Research Logistics Quarterly 26(3), 1979). A spike
// costs nothing outside itself, and at most every second candidate of a piece is lost.
type thinning struct {
	pieces      []piece
	every       int64
	round       int64 // ns, when the present round through the pieces began
	i           int
	at          clock // since the beginning of the piece
	gap, accept *sim.Rand
}

func (p *thinning) next() (sim.Time, bool) {
	for {
		g := &p.pieces[p.i]
		highest := max(g.start, g.end)
		passed := p.at.pass(float64(random.StandardExponential(p.gap) * (second / highest)))
		if at := float64(p.at.ns) + p.at.part; !passed || at >= g.length {
			if !p.follow() {
				return sim.Never, false
			}
			continue
		} else if g.start == g.end || float64(p.accept.Float64()*highest) < g.rateAt(at) {
			t := p.at.time() + sim.Time(p.round+g.from)
			return t, t < horizon
		}
	}
}

// follow goes on to the next piece. It returns false when there is none.
func (p *thinning) follow() bool {
	p.at = clock{}
	p.i++
	return p.i < len(p.pieces) || again(&p.i, &p.round, p.every)
}

// again begins the next round through the pieces. It returns false when there is none.
func again(i *int, round *int64, every int64) bool {
	if every == 0 || *round > horizon-every {
		return false
	}
	*i = 0
	*round += every
	return true
}

// even has an arrival whenever the rate has brought one more message.
type even struct {
	pieces []piece
	every  int64
	round  int64
	i      int
	due    float64 // messages from the beginning of the piece to the first arrival in it, up to 1
	k      float64 // arrivals in the piece
}

func (p *even) next() (sim.Time, bool) {
	for {
		g := &p.pieces[p.i]
		if at := g.reaches(p.due + p.k); at < g.length {
			p.k++
			t, ok := instant(at)
			t += sim.Time(p.round + g.from)
			return t, ok && t < horizon
		}
		if math.IsInf(g.length, 1) {
			return sim.Never, false
		}
		p.due = max(p.due+p.k-g.brings(g.length), 0)
		p.k = 0
		p.i++
		if p.i == len(p.pieces) && !again(&p.i, &p.round, p.every) {
			return sim.Never, false
		}
	}
}

// diurnal is a Poisson process whose rate is a cosine, by thinning.
type diurnal struct {
	clock
	mean, swing    float64 // per second
	period, peakAt float64 // ns
	gap, accept    *sim.Rand
}

func newDiurnal(d *Diurnal, luck func(string) *sim.Rand) *diurnal {
	p := waveOf(d)
	p.gap, p.accept = luck("gap"), luck("accept")
	return &p
}

// waveOf returns the process without its random numbers.
func waveOf(d *Diurnal) diurnal {
	p := diurnal{mean: d.Mean.PerSecond(), period: float64(d.Period), peakAt: float64(d.Period) / 2}
	p.swing = d.Peak.PerSecond() - p.mean
	if d.PeakAt != nil {
		p.peakAt = float64(*d.PeakAt)
	}
	return p
}

func (p *diurnal) rateAt(ns float64) float64 {
	return p.mean + float64(p.swing*cosTurns((ns-p.peakAt)/p.period))
}

func (p *diurnal) next() (sim.Time, bool) {
	highest := p.mean + p.swing
	for {
		if !p.pass(float64(random.StandardExponential(p.gap) * (second / highest))) {
			return sim.Never, false
		}
		if float64(p.accept.Float64()*highest) < p.rateAt(float64(p.ns)+p.part) {
			return p.time(), true
		}
	}
}

// brings returns how many messages are expected in the first ns.
func (p *diurnal) brings(ns float64) float64 {
	// The integral of the cosine is the sine, a quarter of a turn behind it.
	sine := func(ns float64) float64 { return cosTurns((ns-p.peakAt)/p.period - 0.25) }
	return (float64(p.mean*ns) + float64(p.swing*p.period/(2*math.Pi)*(sine(ns)-sine(0)))) / second
}

// cosTerms are −1/22! … −1/2! and 1, the Taylor series of the cosine: up to a quarter of a turn, what it leaves out is
// below 2⁻⁶².
var cosTerms = func() (terms [12]float64) {
	factorial := 1.0
	for i := range terms {
		if n := float64(2 * i); i > 0 {
			factorial *= -n * (n - 1)
		}
		terms[len(terms)-1-i] = 1 / factorial
	}
	return terms
}()

// cosTurns returns the cosine of x whole turns, the same on every processor.
func cosTurns(x float64) float64 {
	x -= math.Floor(x)
	sign := 1.0
	if x > 0.5 {
		x = 1 - x
	}
	if x > 0.25 {
		x, sign = 0.5-x, -1
	}
	z := float64(x * (2 * math.Pi))
	z = float64(z * z)
	sum := cosTerms[0]
	for _, term := range cosTerms[1:] {
		sum = float64(sum*z) + term
	}
	return float64(sign * sum)
}
