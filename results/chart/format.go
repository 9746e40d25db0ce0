package chart

import (
	"fmt"
	"math"
)

// compact writes a count with thousands as k and millions as M.
func compact(v float64) string {
	switch {
	case v >= 1e9:
		return fmt.Sprintf("%.3gG", v/1e9)
	case v >= 1e6:
		return fmt.Sprintf("%.3gM", v/1e6)
	case v >= 1e3:
		return fmt.Sprintf("%.3gk", v/1e3)
	}
	return fmt.Sprintf("%.3g", v)
}

// plain writes a number with thousands parted.
func plain(v float64) string {
	s := fmt.Sprintf("%.6g", v)
	if v >= 10000 && v < 1e15 && v == math.Trunc(v) {
		s = fmt.Sprintf("%.0f", v)
		for i := len(s) - 3; i > 0; i -= 3 {
			s = s[:i] + "," + s[i:]
		}
	}
	return s
}

// percent writes a share.
func percent(v float64) string { return fmt.Sprintf("%.3g %%", 100*v) }

// seconds writes a length of time with the unit that suits it.
func seconds(v float64) string {
	switch a := math.Abs(v); {
	case a == 0:
		return "0"
	case a < 0.9995e-3: // what rounds to 1000 is told in the next unit
		return fmt.Sprintf("%.3g µs", v*1e6)
	case a < 0.9995:
		return fmt.Sprintf("%.3g ms", v*1e3)
	case a < 120 && a != 60:
		return fmt.Sprintf("%.3g s", v)
	case a < 7200 && a != 3600:
		return fmt.Sprintf("%.3g min", v/60)
	case a < 172800 && a != 86400:
		return fmt.Sprintf("%.3g h", v/3600)
	}
	return fmt.Sprintf("%.3g d", v/86400)
}

// sized writes a number of bytes with the unit that suits it.
func sized(v float64) string {
	switch {
	case v >= 1<<20:
		return fmt.Sprintf("%.4g MiB", v/(1<<20))
	case v >= 1<<10:
		return fmt.Sprintf("%.4g KiB", v/(1<<10))
	}
	return fmt.Sprintf("%.4g B", v)
}

// shorten leaves the middle of long text out.
func shorten(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most/2]) + "…" + string(r[len(r)-most/2+1:])
	}
	return s
}
