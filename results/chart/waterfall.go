package chart

import "fmt"

// Waterfall draws what the latency around one percentile is made of from beginning to end: a row for each cause, in the
// order of a message's journey, where its time begins and ends, with its length. Causes that take no part are left out.
func Waterfall(path string, causes []string, s Split) (*Figure, error) {
	f := newFigure("waterfall", "Where the time goes around "+s.Name+" of "+path,
		"How long each cause took of the messages around "+s.Name+", one after the other, in the order of a message's journey; "+
			"with the time and its share.")
	total := 0.0
	for _, v := range s.Parts {
		total += v
	}
	var rows []int
	var names []string
	for c := range causes {
		if s.Parts[c] > 0 && takesPart([]Split{s}, []float64{total}, c) {
			rows, names = append(rows, c), append(names, causes[c])
		}
	}
	rest := total
	for _, c := range rows {
		rest -= s.Parts[c]
	}
	if rest > 1e-9*total {
		names = append(names, "other causes")
	}
	last := len(names)
	f.rows(append(names, "together"), 30, 24)
	bar := func(row int, from, to float64, fill fill, name string) error {
		y := float64(last - row)
		text := fmt.Sprintf("%s  (%s)", seconds(to-from), percent((to-from)/max(total, 1e-12)))
		l, err := label(to, y, text, 11.5, ink)
		if err == nil {
			f.plot.Add(&box{x0: from, x1: to, y0: y - 0.33, y1: y + 0.33, fill: fill, tip: name + ": " + text, least: 1.5}, l)
		}
		return err
	}
	at := 0.0
	for i, c := range rows {
		if err := bar(i, at, at+s.Parts[c], causeFill(c), causes[c]); err != nil {
			return nil, err
		}
		at += s.Parts[c]
	}
	if last > len(rows) {
		if err := bar(len(rows), at, total, fill{RGBA: quiet}, "other causes"); err != nil {
			return nil, err
		}
	}
	if err := bar(last, 0, total, fill{RGBA: quiet}, "together"); err != nil {
		return nil, err
	}
	f.plot.X.Min, f.plot.X.Max = 0, total*1.2 // room for what is written beside the last
	f.plot.X.Tick.Marker = secondTicks{seconds}
	f.plot.X.Label.Text = "time since the message's birth, of the messages around " + s.Name
	return f, nil
}
