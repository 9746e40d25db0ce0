package workload

import (
	"bytes"
	"math"
	"strconv"
)

// decimal reads a number that is not negative as a whole number of 10 to the power of −digits, rounded to the nearest
// one. Plain decimals are read exactly, so that Unix times keep their nanoseconds.
func decimal(text []byte, digits int) (int64, bool) {
	const limit = math.MaxInt64 / 2
	value, point, places, seen := int64(0), false, 0, false
	for i, c := range text {
		switch {
		case c >= '0' && c <= '9':
			seen = true
			if point && places >= digits {
				if places == digits && c >= '5' {
					value++
				}
				places++
				continue
			}
			if value > (limit-9)/10 {
				return 0, false
			}
			value = value*10 + int64(c-'0')
			if point {
				places++
			}
		case c == '.' && !point:
			point = true
		case (c == 'e' || c == 'E') && seen && i > 0:
			return scientific(text, digits)
		default:
			return 0, false
		}
	}
	for ; places < digits; places++ {
		if value > limit/10 {
			return 0, false
		}
		value *= 10
	}
	return value, seen
}

// scientific reads a number such as 5e-05.
func scientific(text []byte, digits int) (int64, bool) {
	f, err := strconv.ParseFloat(string(text), 64)
	for range digits {
		f *= 10
	}
	if err != nil || !(f >= 0 && f < math.MaxInt64/2) {
		return 0, false
	}
	return int64(f + 0.5), true
}

// date reads a date with a time, such as 2014-04-10 00:04:00, 2014-04-10T00:04:00.250Z or 2014-04-10T00:04:00+02:00,
// as nanoseconds since 1970 by UTC. A time without an offset counts as UTC.
func date(text []byte) (int64, bool) {
	year, text, ok := number(text, 4, 1900, 2200, "-")
	month, text, ok1 := number(text, 2, 1, 12, "-")
	day, text, ok2 := number(text, 2, 1, 31, "T ")
	hour, text, ok3 := number(text, 2, 0, 23, ":")
	minute, text, ok4 := number(text, 2, 0, 59, "")
	if !(ok && ok1 && ok2 && ok3 && ok4) || day > monthDays(year, month) {
		return 0, false
	}
	ns := ((int64(daysTo(year, month)+day-1)*24+int64(hour))*60 + int64(minute)) * 60 * 1e9
	if len(text) > 0 && text[0] == ':' {
		end := 1
		for end < len(text) && (text[end] == '.' || text[end] >= '0' && text[end] <= '9') {
			end++
		}
		seconds, ok := decimal(text[1:end], 9)
		if !ok || end < 3 || end > 3 && text[3] != '.' || seconds >= 60e9 {
			return 0, false
		}
		ns += seconds
		text = text[end:]
	}
	offset, ok := zone(bytes.TrimSpace(text))
	return ns - offset, ok
}

// zone reads an offset from UTC in nanoseconds: none, Z, UTC, +02:00 or -0400.
func zone(text []byte) (int64, bool) {
	switch string(text) {
	case "", "Z", "UTC":
		return 0, true
	}
	sign := int64(1)
	switch text[0] {
	case '-':
		sign = -1
	case '+':
	default:
		return 0, false
	}
	hour, rest, ok := number(text[1:], 2, 0, 23, "")
	rest = bytes.TrimPrefix(rest, []byte(":"))
	minute, rest, ok1 := number(rest, 2, 0, 59, "")
	return sign * int64(hour*60+minute) * 60 * 1e9, ok && ok1 && len(rest) == 0
}

// number reads so many digits and one of the letters that must follow them, if any, and returns the rest.
func number(text []byte, digits, low, high int, after string) (n int, rest []byte, ok bool) {
	if len(text) < digits {
		return 0, nil, false
	}
	for _, c := range text[:digits] {
		if c < '0' || c > '9' {
			return 0, nil, false
		}
		n = n*10 + int(c-'0')
	}
	rest = text[digits:]
	if after != "" {
		if len(rest) == 0 || bytes.IndexByte([]byte(after), rest[0]) < 0 {
			return 0, nil, false
		}
		rest = rest[1:]
	}
	return n, rest, n >= low && n <= high
}

func isLeap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

func monthDays(year, month int) int {
	if month == 2 && isLeap(year) {
		return 29
	}
	return [13]int{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[month]
}

// daysTo returns the days from 1970 to the first of a month in the Gregorian calendar.
func daysTo(year, month int) int {
	before := year - 1
	days := before*365 + before/4 - before/100 + before/400 - 719162 // to the first of January 1970
	for m := 1; m < month; m++ {
		days += monthDays(year, m)
	}
	return days
}
