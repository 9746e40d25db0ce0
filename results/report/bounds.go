package report

import (
	"math"
	"strings"

	"weir/results"
	"weir/sim/measure"
)

// Bound is a setting that bounds how much of a component is used at once.
type Bound struct {
	Component   string // whose figures tell the use
	Setting     string // as it is set, such as functions.f.reserved_concurrency
	Short       string // what the setting is called at the component of the diagram
	At          float64
	Unit        string // of At
	Mean, Curve string // the figure and the curve of the component that tell the use
	Node        string // the component of the diagram that is bound
}

// boundUse is how much of a bound is used, and what was refused for it.
type boundUse struct {
	Bound
	mean measure.Estimate
	peak float64 // the greatest mean of an interval of the curve, or NaN
}

func (u *boundUse) share() float64 { return u.mean.Value / u.At }

// uses tells how much of each bound is used: of those of the design, and of what an account's functions have together.
func (d *drawings) uses() (all []boundUse) {
	for _, b := range d.told.Bounds {
		mean, ok := d.s.Components[b.Component].Metrics[b.Mean]
		if !ok || b.At <= 0 {
			continue
		}
		u := boundUse{b, mean, math.NaN()}
		if d.e != nil {
			if band, _, ok := d.e.Band(b.Component, b.Curve); ok {
				u.peak = highest(band.Median)
			}
		}
		all = append(all, u)
	}
	account := boundUse{peak: math.NaN()}
	for _, a := range d.s.Account {
		if a.Quota != "lambda concurrency" {
			continue
		}
		account.At, account.Unit = a.Limit, a.Unit
		account.mean.Value += a.Used.Value
	}
	if account.At > 0 {
		account.mean.Low, account.mean.High = math.NaN(), math.NaN()
		account.Component, account.Short = "lambda", "account"
		account.Setting = "the account's concurrency that no function has reserved (lambda.concurrent_executions)"
		all = append(all, account)
	}
	return all
}

// tightest returns the bound of a component of the diagram of which most is used.
func (d *drawings) tightest(node string) (most boundUse, ok bool) {
	for _, u := range d.uses() {
		if u.Node == node && (!ok || u.share() > most.share()) {
			most, ok = u, true
		}
	}
	return most, ok
}

// boundBusy is from which use on a bound is said to limit the design, and boundPeak from which use at the peak on.
const (
	boundBusy = busyFrom
	boundPeak = 0.95
)

// limits reports whether the bound holds the design back: it is used up, on average or in a peak.
func (u *boundUse) limits() bool { return u.share() >= boundBusy || u.peak/u.At >= boundPeak }

// text says how much of the bound is used.
func (u *boundUse) text() string {
	text := u.Setting + ": " + results.Quantity(u.At) + " " + u.Unit + ", of which " + results.Quantity(u.mean.Value) +
		" (" + results.Percent(u.share()) + ") are in use on average"
	if !math.IsNaN(u.peak) && u.peak > u.mean.Value {
		text += " and " + results.Quantity(u.peak) + " at the peak"
	}
	return text
}

// boundRows are the bounds as a table: the setting, its value, the mean and the greatest use.
func (d *drawings) boundRows() (rows [][5]string) {
	for _, u := range d.uses() {
		peak := "–"
		if !math.IsNaN(u.peak) {
			peak = results.Quantity(u.peak)
		}
		rows = append(rows, [5]string{u.Setting, results.Quantity(u.At) + " " + u.Unit, results.Interval(u.mean,
			results.Quantity), peak, results.Percent(u.share())})
	}
	return rows
}

// throttledBy names the bound that throttles the work of a path's end, or nothing.
func (d *drawings) throttledBy(path string) string {
	_, end, _ := strings.Cut(path, " -> ")
	if u, ok := d.tightest(end); ok && u.limits() {
		return u.Setting + " (" + results.Quantity(u.At) + ")"
	}
	for _, u := range d.uses() {
		if u.Component == "lambda" && u.limits() && strings.HasPrefix(end, "functions.") {
			return u.Setting + " (" + results.Quantity(u.At) + ")"
		}
	}
	return ""
}
