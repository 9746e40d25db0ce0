package workload

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"unicode"

	"weir/models/spec"
)

// ReadRecord reads the columns that a trace names, and the part of them that it uses, from a CSV file. The error is a
// *RecordError.
func ReadRecord(file string, in io.Reader, t *Trace) (*Record, error) {
	r := recordReader{table: newTable(file, in), trace: t, record: &Record{}, at: -1, size: -1}
	if err := r.findColumns(); err != nil {
		return nil, err
	}
	read := r.timestamp
	if t.Counts != "" {
		read = r.count
	}
	for {
		more, err := r.row(r.columns)
		if err != nil {
			return nil, err
		}
		done := !more
		if more {
			if done, err = read(); err != nil {
				return nil, err
			}
		}
		if done {
			if err := r.check(); err != nil {
				return nil, err
			}
			return r.record, nil
		}
	}
}

// recordReader is the state of reading a record.
type recordReader struct {
	*table
	trace  *Trace
	record *Record

	columns         int
	value, at, size int // columns; -1: none

	rows     int64 // intervals passed, or instants
	first    int64 // the number or instant of the first row
	last     int64 // and of the row above
	lastText []byte
	lastLine int
	step     int64 // between two intervals in the column at; 0: not known yet
	dates    bool
}

func (r *recordReader) findColumns() error {
	names, err := r.header()
	if err != nil {
		return err
	}
	r.columns = len(names)
	find := func(name string) (int, error) {
		if i := slices.Index(names, name); i >= 0 {
			return i, nil
		}
		return 0, r.fail(-1, "there is no column %s%s; the columns are %s", spec.Quote(name),
			strings.TrimSuffix(spec.DidYouMean(name, names), "?"), listed(names))
	}
	t := r.trace
	if r.value, err = find(t.Counts + t.Timestamps); err != nil {
		return err
	}
	switch {
	case t.At != "":
		r.at, err = find(t.At)
	case t.Counts != "" && r.value > 0:
		r.at = 0
	case t.SizeColumn != "":
		r.size, err = find(t.SizeColumn)
	}
	return err
}

// listed returns names as they can stand in a message, whatever they hold.
func listed(names []string) string {
	const most = 20
	more := ""
	if len(names) > most {
		names, more = names[:most], " …"
	}
	var shown []string
	for _, name := range names {
		shown = append(shown, fmt.Sprintf("%.40s", strings.Map(printable, name)))
	}
	return strings.Join(shown, ", ") + more
}

func printable(r rune) rune {
	if unicode.IsPrint(r) {
		return r
	}
	return unicode.ReplacementChar
}

// check returns what is wrong with the record as a whole.
func (r *recordReader) check() error {
	rec, t := r.record, r.trace
	text := ""
	switch {
	case rec.messages == 0 && (t.Start > 0 || t.Length != nil):
		text = "the record has no messages in the part that start and length leave"
	case rec.messages == 0:
		text = "the record has no messages"
	case float64(rec.messages)*t.RateScale < 1:
		text = fmt.Sprintf("rate_scale leaves less than one of the record's %d messages", rec.messages)
	case t.Counts != "" && t.Length != nil && rec.length(t) < int64(*t.Length):
		text = fmt.Sprintf("the record holds only %s from its start on, less than length", spec.Duration(rec.length(t)))
	default:
		return nil
	}
	return &RecordError{File: r.file, Text: text}
}

func (r *recordReader) full(rows int64) error {
	if rows > recordRowsMax {
		return r.fail(-1, "the record is longer than %d rows: cut it, or count its messages per longer interval",
			recordRowsMax)
	}
	return nil
}

// count takes a row of counts. It returns true when the rest of the record is not needed.
func (r *recordReader) count() (done bool, err error) {
	missing, err := r.follows()
	if err != nil {
		return false, err
	}
	n, err := r.whole(r.value, "a count")
	if err != nil {
		return false, err
	}
	interval := int64(*r.trace.Interval)
	begin, end := int64(r.trace.Start)/interval, int64(math.MaxInt64)
	if r.trace.Length != nil {
		end = begin + int64(*r.trace.Length)/interval
	}
	present := r.rows + missing
	if err := r.full(min(present, end) - begin + 1); err != nil {
		return false, err
	}
	for i := max(r.rows, begin); i < min(present, end); i++ {
		r.record.addCount(0)
	}
	r.rows = present + 1
	if present >= begin && present < end {
		r.record.addCount(n)
	}
	return r.rows >= end, nil
}

// follows checks that the present interval follows the one above, and returns how many are missing in between if that
// is allowed.
func (r *recordReader) follows() (missing int64, err error) {
	if r.at < 0 {
		return 0, nil
	}
	at, err := r.instant(r.at)
	if err != nil {
		return 0, err
	}
	defer r.remember(at, r.at)
	if r.rows == 0 {
		return 0, nil
	}
	gap := at - r.last
	if r.step == 0 && gap > 0 {
		r.step = r.stepOf(gap)
	}
	text, above := r.cells[r.at].text, r.lastText
	switch {
	case gap == 0:
		return 0, r.fail(r.at, "interval %.40s stands twice, in line %d and here: add the two counts together", text,
			r.lastLine)
	case gap < 0:
		return 0, r.fail(r.at, "interval %.40s comes after %.40s: sort the rows by time", text, above)
	case gap%r.step != 0:
		return 0, r.fail(r.at, "interval %.40s follows %.40s, not a whole number of intervals of %s later: is interval "+
			"right?", text, above, *r.trace.Interval)
	case gap > r.step && r.trace.Missing != MissingZero:
		return 0, r.fail(r.at, "%s missing between %.40s and %.40s: write a row with count 0 for each, or set missing: zero",
			isOrAre(gap/r.step-1, "interval"), above, text)
	}
	return gap/r.step - 1, nil
}

// remember keeps the instant of the present row for the one below it.
func (r *recordReader) remember(at int64, column int) {
	r.last, r.lastLine = at, r.line
	r.lastText = append(r.lastText[:0], r.cells[column].text...)
}

func isOrAre(n int64, what string) string {
	if n == 1 {
		return "1 " + what + " is"
	}
	return fmt.Sprintf("%d %ss are", n, what)
}

// stepOf returns what lies between two intervals in the column at, by the first two rows: numbers count either the
// time or the intervals.
func (r *recordReader) stepOf(gap int64) int64 {
	interval, one := int64(*r.trace.Interval), int64(1)
	for range r.trace.Unit.digits() {
		one *= 10
	}
	if !r.dates && gap != interval && (gap == one || gap%interval != 0) {
		return one
	}
	return interval
}

// timestamp takes a row with an instant. It returns true when the rest of the record is not needed.
func (r *recordReader) timestamp() (done bool, err error) {
	at, err := r.instant(r.value)
	if err != nil {
		return false, err
	}
	if r.rows > 0 && at < r.last {
		return false, r.fail(r.value, "%.40s comes after %.40s: sort the rows by time", r.cells[r.value].text, r.lastText)
	}
	if r.rows == 0 && r.dates {
		r.first = at
	}
	r.rows++
	r.remember(at, r.value)
	since := at - r.first - int64(r.trace.Start)
	switch {
	case since < 0:
		return false, nil
	case r.trace.Length != nil && since >= int64(*r.trace.Length):
		return true, nil
	}
	rec := r.record
	if rec.messages == 0 && since > firstMax {
		return false, r.fail(r.value, "the first instant lies %d days after the start of the record: if these are Unix "+
			"times, set start: %ds", since/dayNS, at/1_000_000_000)
	}
	if err := r.full(rec.messages + 1); err != nil {
		return false, err
	}
	rec.times = append(rec.times, since)
	rec.messages++
	if r.size >= 0 {
		size, err := r.whole(r.size, "a size in bytes")
		if err != nil {
			return false, err
		}
		rec.sizes = append(rec.sizes, size)
	}
	return false, nil
}

// firstMax is the latest first instant that is taken for one: numbers far from 0 are Unix times.
const (
	dayNS    = 86400e9
	firstMax = 366 * dayNS
)

// instant reads the instant, or the number of an interval, in a column.
func (r *recordReader) instant(column int) (int64, error) {
	text := r.cells[column].text
	at, isDate := date(text)
	if !isDate {
		var ok bool
		if at, ok = decimal(text, r.trace.Unit.digits()); !ok {
			return 0, r.notInstant(column)
		}
	}
	if r.rows == 0 {
		r.dates = isDate
	} else if isDate != r.dates {
		return 0, r.fail(column, "%s stands below %s: write all instants as numbers, or all as dates",
			spec.Quote(string(text)), spec.Quote(string(r.lastText)))
	}
	return at, nil
}

func (r *recordReader) notInstant(column int) error {
	text := string(r.cells[column].text)
	switch {
	case text == "":
		return r.fail(column, "the cell is empty: write an instant, or remove the row")
	case text[0] == '-':
		return r.fail(column, "%s: an instant is never negative", spec.Quote(text))
	case strings.ContainsAny(text, ":/-"):
		return r.fail(column, "%s is not a date with a time: write it as 2014-04-10 00:04:00", spec.Quote(text))
	case r.trace.Counts != "" && r.trace.At == "":
		return r.fail(column, "%s is not the number or the date of an interval: name the column that holds it with at",
			spec.Quote(text))
	}
	return r.fail(column, "%s is not an instant: write a number since the start of the record, or a date as "+
		"2014-04-10 00:04:00", spec.Quote(text))
}

// whole reads a whole number of at most 32 bits; 94.0 is one too.
func (r *recordReader) whole(column int, what string) (uint32, error) {
	const million = 1_000_000
	text := r.cells[column].text
	value, ok := decimal(text, 6)
	if ok && value <= math.MaxUint32*million && value%million == 0 {
		return uint32(value / million), nil
	}
	shown := spec.Quote(string(text))
	switch {
	case ok && value > math.MaxUint32*million:
		return 0, r.fail(column, "%s is more than %s can be, %d", shown, what, uint32(math.MaxUint32))
	case len(text) == 0:
		return 0, r.fail(column, "the cell is empty: write %s, 0 for none", what)
	case text[0] == '-':
		return 0, r.fail(column, "%s: %s is never negative", shown, what)
	}
	return 0, r.fail(column, "%s is not %s: write a whole number", shown, what)
}
