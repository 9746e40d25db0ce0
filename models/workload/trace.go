package workload

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"weir/models/spec"
	"weir/sim"
	"weir/sim/random"
)

// recordMax is the most rows of a recorded workload that are read.
const recordMax = 20_000_000

// Record is a recorded workload: instants, or counts per interval.
type Record struct {
	TimesNS []int64  // in order
	Sizes   []uint32 // bytes, one for each instant, or nil
	Counts  []uint32
}

// ReadRecord reads the columns of a CSV file that a trace names. Lines that begin with # are comments. An error tells file
// and line: instants out of order, counts that are not whole numbers, intervals that are missing or stand twice.
func ReadRecord(file string, in io.Reader, t *Trace) (*Record, error) {
	r := csv.NewReader(in)
	r.Comment = '#'
	r.ReuseRecord = true
	header, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: the file is empty: it needs a header and rows", file)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	columns := slices.Clone(header)
	find := func(name string) (int, error) {
		if i := slices.Index(columns, name); i >= 0 {
			return i, nil
		}
		hint := ""
		if s := spec.Suggest(name, columns); s != "" {
			hint = ": did you mean " + s + "?"
		}
		return 0, fmt.Errorf("%s:1: there is no column %q%s; the columns are %s", file, name, hint, strings.Join(columns, ", "))
	}
	value, err := find(t.Counts + t.Timestamps)
	if err != nil {
		return nil, err
	}
	size := -1
	if t.SizeColumn != "" {
		if size, err = find(t.SizeColumn); err != nil {
			return nil, err
		}
	}
	reader := rowReader{file: file, trace: t, value: value, size: size, record: &Record{}, index: -1}
	if first := columns[0]; t.Counts != "" && value != 0 && (first == "second" || first == "minute" || first == "interval") {
		reader.index = 0
	}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return reader.finish()
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		line, _ := r.FieldPos(0)
		if err := reader.add(line, row); err != nil {
			return nil, err
		}
	}
}

type rowReader struct {
	file               string
	trace              *Trace
	value, size, index int
	record             *Record
	total              uint64
}

func (rr *rowReader) add(line int, row []string) error {
	rec := rr.record
	fail := func(format string, args ...any) error {
		return fmt.Errorf("%s:%d: %s", rr.file, line, fmt.Sprintf(format, args...))
	}
	if len(rec.Counts)+len(rec.TimesNS) >= recordMax {
		return fail("the record is longer than %d rows: cut it, or count it per interval", recordMax)
	}
	text := strings.TrimSpace(row[rr.value])
	if rr.trace.Counts != "" {
		if rr.index >= 0 {
			if err := rr.checkIndex(row[rr.index], fail); err != nil {
				return err
			}
		}
		n, err := strconv.ParseFloat(text, 64)
		if err != nil || n < 0 || n != math.Floor(n) || n > math.MaxUint32 {
			return fail("%q is not a count: a whole number from 0", text)
		}
		rr.total += uint64(n)
		rec.Counts = append(rec.Counts, uint32(n))
		return nil
	}
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil || !(seconds >= 0 && seconds < 1e9) {
		return fail("%q is not an instant: seconds since the start of the record", text)
	}
	ns := int64(math.Round(seconds * 1e9))
	if n := len(rec.TimesNS); n > 0 && ns < rec.TimesNS[n-1] {
		return fail("the instant %s comes before the one above it: sort the record by time", text)
	}
	rec.TimesNS = append(rec.TimesNS, ns)
	if rr.size >= 0 {
		bytes, err := strconv.ParseFloat(strings.TrimSpace(row[rr.size]), 64)
		if err != nil || !(bytes >= 0 && bytes <= math.MaxUint32) {
			return fail("%q is not a size in bytes", row[rr.size])
		}
		rec.Sizes = append(rec.Sizes, uint32(bytes))
	}
	return nil
}

// checkIndex checks that intervals follow each other without gap and none stands twice.
func (rr *rowReader) checkIndex(text string, fail func(string, ...any) error) error {
	i, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	want := int64(len(rr.record.Counts))
	switch {
	case err != nil:
		return fail("%q is not the number of an interval", text)
	case want > 0 && i < want:
		return fail("interval %d stands twice, or out of order: sort the record and join what is double", i)
	case i != want:
		return fail("interval %d follows %d: write a row with count 0 for each interval without messages", i, want-1)
	}
	return nil
}

func (rr *rowReader) finish() (*Record, error) {
	switch {
	case rr.trace.Counts != "" && rr.total == 0:
		return nil, fmt.Errorf("%s: the record has no messages", rr.file)
	case rr.trace.Counts == "" && len(rr.record.TimesNS) == 0:
		return nil, fmt.Errorf("%s: the record has no messages", rr.file)
	}
	return rr.record, nil
}

func (rec *Record) meanRate(t *Trace, over sim.Duration) float64 {
	if rec == nil {
		return 0
	}
	total, end := float64(len(rec.TimesNS)), 1.0
	if rec.TimesNS != nil {
		end = float64(rec.TimesNS[len(rec.TimesNS)-1] + 1)
	} else {
		end = float64(*t.Interval) * float64(len(rec.Counts))
		for _, n := range rec.Counts {
			total += float64(n)
		}
	}
	end *= t.TimeScale
	if !t.Repeat {
		end = max(end, float64(over))
	}
	return total * t.RateScale / end * 1e9
}

// replay yields the arrivals of a record. Counts are spread evenly, the k-th of n at k/n of its interval, or at random.
// Scaling a rate keeps the total: the part of a message left over in one interval is carried into the next, and an
// instant is repeated, or left out, by the same carry.
type replay struct {
	trace  *Trace
	record *Record
	rand   *sim.Rand
	i      int     // the next row
	base   float64 // ns, start of the present round through the record
	carry  float64
	n, k   int64 // messages of the present row, and how many have come
	at     float64
	size   uint32
}

func newReplay(t *Trace, record *Record, r *sim.Rand) *replay {
	p := &replay{trace: t, record: record, rand: r}
	p.rewind()
	return p
}

func (p *replay) rewind() {
	if p.record.Counts != nil {
		p.i = int(min(int64(p.trace.Start)/int64(*p.trace.Interval), int64(len(p.record.Counts))))
	} else {
		p.i, _ = slices.BinarySearch(p.record.TimesNS, int64(p.trace.Start))
	}
}

func (p *replay) rows() int { return max(len(p.record.Counts), len(p.record.TimesNS)) }

func (p *replay) next() (sim.Time, bool) {
	for empty := 0; p.k == p.n; {
		if p.i == p.rows() {
			if empty++; !p.trace.Repeat || empty > 1 {
				return sim.Never, false
			}
			p.base += float64(p.length() * p.trace.TimeScale)
			p.rewind()
			continue
		}
		p.row()
	}
	p.k++
	if p.record.Counts == nil {
		return instant(p.base + float64(p.offset()*p.trace.TimeScale))
	}
	width := float64(*p.trace.Interval)
	from := float64(p.i-1)*width - float64(p.trace.Start)
	if p.trace.Spacing == SpacingEven {
		return instant(p.base + float64((from+width*float64(p.k-1)/float64(p.n))*p.trace.TimeScale))
	}
	// The least of the uniform instants that are left lies at 1 − U^(1/left) of the rest of the interval.
	left := float64(p.n - p.k + 1)
	p.at += float64((1 - p.at) * (1 - random.Pow(p.rand.Float64(), 1/left)))
	return instant(p.base + float64((from+float64(width*p.at))*p.trace.TimeScale))
}

// row takes the next row of the record.
func (p *replay) row() {
	count := 1.0
	if p.record.Counts != nil {
		count = float64(p.record.Counts[p.i])
	}
	p.carry += float64(count * p.trace.RateScale)
	p.n, p.k, p.at = int64(p.carry), 0, 0
	p.carry -= float64(p.n)
	if p.record.Sizes != nil {
		p.size = p.record.Sizes[p.i]
	}
	p.i++
}

// offset is the present instant since the start of the replay, ns.
func (p *replay) offset() float64 { return float64(p.record.TimesNS[p.i-1] - int64(p.trace.Start)) }

// length is how long one round through the record is, ns.
func (p *replay) length() float64 {
	if p.record.Counts != nil {
		return float64(*p.trace.Interval)*float64(len(p.record.Counts)) - float64(p.trace.Start)
	}
	return float64(p.record.TimesNS[len(p.record.TimesNS)-1]+1) - float64(p.trace.Start)
}
