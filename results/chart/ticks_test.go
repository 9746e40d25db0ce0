package chart

import (
	"fmt"
	"strings"
	"testing"

	"gonum.org/v1/plot"
)

func TestTicksStandAtNumbersThatPeopleCountIn(t *testing.T) {
	for _, c := range []struct {
		ticks     plot.Ticker
		low, high float64
		want      string
	}{
		{ticks125{plain}, 0, 90, "0 20 40 60 80"},
		{secondTicks{seconds}, 0, 700, "0 | 5 min | 10 min"},
		{secondTicks{seconds}, 0, 0.9, "0 200 ms 400 ms 600 ms 800 ms"},
		{secondTicks{seconds}, 0, 9000, "0 | 30 min | 1 h | 90 min | 2 h | 2.5 h"},
		{logTicks{seconds}, 0.1, 20, "100 ms 200 ms 500 ms 1 s 2 s 5 s 10 s 20 s"},
		{logTicks{seconds}, 2.5, 4.2, "2.5 s 3 s 3.5 s 4 s"},
		{logSecondTicks{}, 0.5, 5000, "500 ms | 1 s | 2 s | 5 s | 10 s | 20 s | 30 s | 1 min | 2 min | 5 min | 10 min | " +
			"20 min | 30 min | 1 h"},
		{logSecondTicks{}, 0.005, 50000, "10 ms | 100 ms | 1 s | 10 s | 1 min | 10 min | 1 h | 10 h"},
		{clockOf(7200), 0, 7200, "0 30 60 90 120"},
		{clockOf(86400), 0, 86400, "0 6 12 18 24"},
		{clockOf(7200), 600, 7800, "30 60 90 120"},
		{clockOf(604800), 0, 604800, "0 2 4 6"},
		{logSecondTicks{}, 0.006, 1, "10 ms 20 ms 50 ms 100 ms 200 ms 500 ms 1 s"},
	} {
		var labels []string
		for _, tick := range c.ticks.Ticks(c.low, c.high) {
			if tick.Label != "" {
				labels = append(labels, tick.Label)
			}
		}
		got := strings.Join(labels, " ")
		if strings.Contains(c.want, "|") {
			got = strings.Join(labels, " | ")
		}
		if got != c.want {
			t.Errorf("%T from %v to %v: %s, want %s", c.ticks, c.low, c.high, got, c.want)
		}
		if len(labels) < 2 {
			t.Error(fmt.Sprintf("%T from %v to %v has too few labels", c.ticks, c.low, c.high))
		}
	}
}

func TestTimesHaveNoPowersOfTen(t *testing.T) {
	for v, want := range map[float64]string{
		0.0009996: "1 ms", 0.9996: "1 s", 0.9994: "999 ms", 366.6: "6.11 min", 60: "1 min", 0: "0",
	} {
		if got := seconds(v); got != want {
			t.Errorf("%v s is written %s, want %s", v, got, want)
		}
	}
}
