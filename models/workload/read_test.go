package workload

import (
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
)

func TestADefectiveRecordIsToldByLineColumnAndWhatToWrite(t *testing.T) {
	const counts, times = "counts: n, interval: 1m", "timestamps: t"
	for _, c := range []struct{ settings, file, want string }{
		// The file as a whole.
		{counts, "", "x.csv: the file is empty: it needs a row that names the columns, and rows below it"},
		{counts, "# nothing\n\n", "x.csv: the file is empty: it needs a row that names the columns, and rows below it"},
		{counts, "minute,n\n", "x.csv: the record has no messages"},
		{counts, "minute,n\n0,0\n1,0\n", "x.csv: the record has no messages"},
		{counts + ", start: 2m", "minute,n\n0,1\n1,1\n",
			"x.csv: the record has no messages in the part that start and length leave"},
		{counts + ", length: 3m", "minute,n\n0,1\n1,1\n",
			"x.csv: the record holds only 2m from its start on, less than length"},
		{counts + ", rate_scale: 0.1", "n\n9\n", "x.csv: rate_scale leaves less than one of the record's 9 messages"},
		{counts, "\x1f\x8b\x08\x00abc", "x.csv:1: the byte 0x1F is not text: a trace is a CSV file in UTF-8, not compressed"},
		{counts, "n\n1\x00\n", "x.csv:2: the byte 0x00 is not text: a trace is a CSV file in UTF-8, not compressed"},
		{counts, "n\n1\n\xe9\n", "x.csv:3: the byte 0xE9 is not text: a trace is a CSV file in UTF-8, not compressed"},
		{counts, "n\r1\r2\r", "x.csv:1: the byte 0x0D is not text: a trace is a CSV file in UTF-8, not compressed"},
		{counts, "n\n" + strings.Repeat("1", 70_000),
			"x.csv:2: the line is longer than 64 KiB: a trace is a CSV file with a row on each line"},
		// The header.
		{counts, "minute,requests\n0,1\n", `x.csv:1: there is no column "n"; the columns are minute, requests`},
		{"counts: request, interval: 1m", "minute,requests\n0,1\n",
			`x.csv:1: there is no column "request": did you mean requests; the columns are minute, requests`},
		{counts + ", at: minutes", "minute,n\n0,1\n",
			`x.csv:1: there is no column "minutes": did you mean minute; the columns are minute, n`},
		{times + ", size_column: size", "t,bytes\n0,1\n", `x.csv:1: there is no column "size"; the columns are t, bytes`},
		{counts, "0,45\n1,40\n", `x.csv:1:1: the first row must name the columns, such as minute,requests; it is "0,45"`},
		{counts, "minute;n\n0;45\n", `x.csv:1:1: the columns must be separated by commas, not as in "minute;n"`},
		{counts, "n,minute,n\n0,1,2\n", `x.csv:1:10: two columns are called "n": rename one of them`},
		// Cells.
		{counts, "minute,n\n0,1\n1\n", "x.csv:3: the row has 1 cell, the header 2: each row needs a value for each column"},
		{counts, "minute,n\n0,1,000\n", "x.csv:2: the row has 3 cells, the header 2: each row needs a value for each column"},
		{counts, "minute,n\n0,\"1\n", "x.csv:2:3: the quotes are not closed on this line"},
		{counts, "minute,n\n\"0\"0,1\n", "x.csv:2:1: after the closing quotes, a comma or the end of the line must follow"},
		{counts, "minute,n\n0,  ten\n", `x.csv:2:5: "ten" is not a count: write a whole number`},
		{counts, "minute,n\n0,\n", "x.csv:2:3: the cell is empty: write a count, 0 for none"},
		{counts, "minute,n\n0,-3\n", `x.csv:2:3: "-3": a count is never negative`},
		{counts, "minute,n\n0,3.5\n", `x.csv:2:3: "3.5" is not a count: write a whole number`},
		{counts, "minute,n\n0,5000000000\n", `x.csv:2:3: "5000000000" is more than a count can be, 4294967295`},
		{counts, "minute,n\n0,9223372036854775808\n",
			`x.csv:2:3: "9223372036854775808" is not a count: write a whole number`},
		{times + ", size_column: b", "t,b\n0,1KiB\n", `x.csv:2:3: "1KiB" is not a size in bytes: write a whole number`},
		// Gaps, duplicates and disorder.
		{counts, "minute,n\n0,45\n1,40\n3,31\n",
			"x.csv:4:1: 1 interval is missing between 1 and 3: write a row with count 0 for each, or set missing: zero"},
		{counts, "s,n\n0,45\n60,40\n300,31\n",
			"x.csv:4:1: 3 intervals are missing between 60 and 300: write a row with count 0 for each, or set missing: zero"},
		{counts, "when,n\n2014-04-10 23:59:00,1\n2014-04-11 00:05:00,1\n", "x.csv:3:1: 5 intervals are missing between " +
			"2014-04-10 23:59:00 and 2014-04-11 00:05:00: write a row with count 0 for each, or set missing: zero"},
		{counts, "minute,n\n0,45\n# again\n0,40\n",
			"x.csv:4:1: interval 0 stands twice, in line 2 and here: add the two counts together"},
		{counts, "minute,n\n5,45\n6,40\n5,40\n", "x.csv:4:1: interval 5 comes after 6: sort the rows by time"},
		{counts, "s,n\n0,45\n60,40\n90,40\n",
			"x.csv:4:1: interval 90 follows 60, not a whole number of intervals of 1m later: is interval right?"},
		{counts, "host,n\nweb1,45\n", `x.csv:2:1: "web1" is not the number or the date of an interval: ` +
			"name the column that holds it with at"},
		{counts + ", missing: zero", "minute,n\n0,1\n1,1\n20000000,1\n",
			"x.csv:4: the record is longer than 10000000 rows: cut it, or count its messages per longer interval"},
		{times, "t\n1.5\n1.25\n", "x.csv:3:1: 1.25 comes after 1.5: sort the rows by time"},
		{times, "t\n0\nsoon\n", `x.csv:3:1: "soon" is not an instant: write a number since the start of the record, ` +
			"or a date as 2014-04-10 00:04:00"},
		{times, "t\n-1\n", `x.csv:2:1: "-1": an instant is never negative`},
		{times, "id,t\n1,\n", "x.csv:2:3: the cell is empty: write an instant, or remove the row"},
		{times, "t\n04/10/2014 00:04\n",
			`x.csv:2:1: "04/10/2014 00:04" is not a date with a time: write it as 2014-04-10 00:04:00`},
		{times, "t\n2014-02-29 00:04:00\n",
			`x.csv:2:1: "2014-02-29 00:04:00" is not a date with a time: write it as 2014-04-10 00:04:00`},
		{times, "t\n0\n2014-02-28 00:04:00\n",
			`x.csv:3:1: "2014-02-28 00:04:00" stands below "0": write all instants as numbers, or all as dates`},
		{times, "t\n1404172800.5\n", "x.csv:2:1: the first instant lies 16252 days after the start of the record: " +
			"if these are Unix times, set start: 1404172800s"},
	} {
		s, err := tryDecode("arrivals: {trace: {file: x.csv, " + c.settings + "}}")
		if err != nil {
			t.Fatal(err)
		}
		_, err = ReadRecord("x.csv", strings.NewReader(c.file), s.Arrivals.Trace)
		var bad *RecordError
		if !errors.As(err, &bad) || err.Error() != c.want {
			t.Errorf("%s, %.60q:\n got %v\nwant %s", c.settings, c.file, err, c.want)
		}
	}
}

func TestARecordIsReadWhateverItsWriterDoesToCSV(t *testing.T) {
	for _, file := range []string{
		"minute,n\n0,45\n1,40\n",
		"minute,n\r\n0,45\r\n1,40\r\n",
		"\ufeffminute,n\n0,45\n1,40",
		"# recorded\n\n  minute , n \n 0 , 45 \n\n# a comment\n 1 , 40 \n\n",
		"\"minute\",\"n\"\n\"0\",\"45\"\n\"1\" , 40.0\n",
		"minute,host,n\n17,\"a, b\",45\n18,,4e1\n",
		"n\n45\n40\n",
	} {
		s := arrivals(t, "{trace: {file: x.csv, counts: n, interval: 1m}}")
		rec, err := ReadRecord("x.csv", strings.NewReader(file), s.Arrivals.Trace)
		if err != nil || len(rec.counts) != 2 || rec.counts[0] != 45 || rec.counts[1] != 40 {
			t.Errorf("%q: %+v, %v", file, rec, err)
		}
	}
}

func TestDatesCountTheSecondsSince1970(t *testing.T) {
	for text, want := range map[string]int64{
		"1970-01-01 00:00:00":           0,
		"1970-01-01T00:00":              0,
		"2000-02-29T23:59:59Z":          951868799e9,
		"2000-03-01 00:00:00 UTC":       951868800e9,
		"1969-12-31 23:59:59":           -1e9,
		"2014-04-10T00:04:00.25":        1397088240_250_000_000,
		"2014-04-10T02:04:00+02:00":     1397088240e9,
		"2014-04-09 20:04:00-0400":      1397088240e9,
		"2100-03-01 00:00:00":           4107542400e9,
		"2026-11-23 17:08:48.123456789": 1795453728_123_456_789,
	} {
		if got, ok := date([]byte(text)); !ok || got != want {
			t.Errorf("%s is %d, %t, want %d", text, got, ok, want)
		}
	}
	for _, text := range []string{
		"", "2014", "2014-04-10", "2014-04-10 24:00:00", "2014-04-31 00:00:00", "2014-13-01 00:00:00", "2014-04-10 00:60:00",
		"2014-04-10 00:00:60", "2014-04-10 00:00:1", "2014-04-10 00:00:100", "2014-04-10 00:00:", "2014-04-10 00:00:00+2",
		"2014-04-10 00:00:00 CET", "1014-04-10 00:00:00", "2014-04-10x00:00:00", "2014-04-10 00:00:00Z+",
	} {
		if got, ok := date([]byte(text)); ok {
			t.Errorf("%q is read as %d", text, got)
		}
	}
}

func TestDecimalsAreExactToTheirLastDigit(t *testing.T) {
	for _, c := range []struct {
		text   string
		digits int
		want   int64
	}{
		{"0", 9, 0}, {"1404172800.123456789", 9, 1404172800_123_456_789}, {"0.0000000004", 9, 0}, {"0.0000000005", 9, 1},
		{"1.9999999999", 9, 2_000_000_000}, {".5", 9, 500_000_000}, {"7.", 3, 7000}, {"12.3456", 3, 12346}, {"12.5", 0, 13},
		{"5e-05", 9, 50_000}, {"1.5E3", 0, 1500},
	} {
		if got, ok := decimal([]byte(c.text), c.digits); !ok || got != c.want {
			t.Errorf("%s with %d digits is %d, %t, want %d", c.text, c.digits, got, ok, c.want)
		}
	}
	for _, text := range []string{
		"", ".", "-1", "+1", "1..2", "1,5", "e5", "1e", "1e300", "0x10", "1_000", "99999999999999999999", "NaN", "Inf",
	} {
		if got, ok := decimal([]byte(text), 9); ok {
			t.Errorf("%q is read as %d", text, got)
		}
	}
}

// endless yields the same row again and again.
type endless struct {
	header, row string
	at          int
}

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		if e.at < len(e.header) {
			p[i] = e.header[e.at]
		} else {
			p[i] = e.row[(e.at-len(e.header))%len(e.row)]
		}
		e.at++
	}
	return len(p), nil
}

func TestAnEndlessFileIsRefusedInLittleMemory(t *testing.T) {
	for _, c := range []struct{ settings, row, want string }{
		{"timestamps: t", "# " + strings.Repeat("x", 60_000) + "\n",
			"x.csv:4475: the file is larger than 256 MiB: leave out the columns that are not needed, cut it, or count its " +
				"messages per interval"},
		{"timestamps: t", "0", "x.csv:2: the line is longer than 64 KiB: a trace is a CSV file with a row on each line"},
		{"timestamps: t", "7,\n", "x.csv:10000002: the record is longer than 10000000 rows: cut it, or count its " +
			"messages per longer interval"},
	} {
		s := arrivals(t, "{trace: {file: x.csv, "+c.settings+"}}")
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := ReadRecord("x.csv", &endless{header: "t,u\n", row: c.row}, s.Arrivals.Trace)
		runtime.ReadMemStats(&after)
		if err == nil || err.Error() != c.want {
			t.Errorf("%.10q: %v", c.row, err)
		}
		// A slice that grows to 80 MB has left smaller ones behind it.
		if used := after.TotalAlloc - before.TotalAlloc; used > 500<<20 {
			t.Errorf("%.10q: %d MiB were allocated", c.row, used>>20)
		}
	}
}

func TestAFileThatCannotBeReadFurtherIsAnError(t *testing.T) {
	s := arrivals(t, "{trace: {file: x.csv, timestamps: t}}")
	in := io.MultiReader(strings.NewReader("t\n1\n2\n"), broken{})
	_, err := ReadRecord("x.csv", in, s.Arrivals.Trace)
	if err == nil || err.Error() != "x.csv: cannot be read further: disk on fire" {
		t.Error(err)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("disk on fire") }

func BenchmarkReadRecord(b *testing.B) {
	file := "t,bytes\n" + strings.Repeat("1404172800.125,2048\n", 100_000)
	s := arrivals(b, "{trace: {file: x.csv, timestamps: t, size_column: bytes, start: 1404172800s}}")
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		if _, err := ReadRecord("x.csv", strings.NewReader(file), s.Arrivals.Trace); err != nil {
			b.Fatal(err)
		}
	}
}
