package workload

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"weir/models/spec"
)

// Limits of a recorded workload's file.
const (
	recordBytesMax = 256 << 20
	recordRowsMax  = 10_000_000
	lineBytesMax   = 64 << 10
)

// A RecordError is something wrong with the file of a recorded workload, and what to write instead.
type RecordError struct {
	File         string
	Line, Column int // from 1; 0 when the file as a whole is meant
	Text         string
}

// Error returns file, line, column and text.
func (e *RecordError) Error() string {
	switch {
	case e.Line == 0:
		return e.File + ": " + e.Text
	case e.Column == 0:
		return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Text)
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Text)
}

// table reads the rows of a CSV file one by one, in the memory of one line.
type table struct {
	file  string
	in    *bufio.Reader
	bytes int64
	line  int // the number of the present line
	text  []byte
	cells []cell
}

// cell is what stands in one column of the present row.
type cell struct {
	text []byte
	at   int // its first byte in the line
}

func newTable(file string, in io.Reader) *table {
	return &table{file: file, in: bufio.NewReaderSize(in, lineBytesMax)}
}

// fail returns an error about a column of the present row, or about the row as a whole when the column is negative.
func (t *table) fail(column int, format string, args ...any) error {
	e := &RecordError{File: t.file, Line: t.line, Text: fmt.Sprintf(format, args...)}
	if column >= 0 && column < len(t.cells) {
		e.Column = utf8.RuneCount(t.text[:t.cells[column].at]) + 1
	}
	return e
}

// next reads the next row that is neither empty nor a comment. It returns false at the end of the file.
func (t *table) next() (bool, error) {
	for {
		text, err := t.in.ReadSlice('\n')
		t.bytes += int64(len(text))
		t.line++
		t.cells = t.cells[:0]
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			return false, t.fail(-1, "the line is longer than %d KiB: a trace is a CSV file with a row on each line",
				lineBytesMax>>10)
		case err != nil && !errors.Is(err, io.EOF):
			return false, &RecordError{File: t.file, Text: "cannot be read further: " + err.Error()}
		case err != nil && len(text) == 0:
			return false, nil
		case t.bytes > recordBytesMax:
			return false, t.fail(-1, "the file is larger than %d MiB: leave out the columns that are not needed, "+
				"cut it, or count its messages per interval", recordBytesMax>>20)
		}
		if t.line == 1 {
			text = bytes.TrimPrefix(text, []byte("\ufeff"))
		}
		text = bytes.TrimRight(text, "\r\n")
		if i := notText(text); i >= 0 {
			return false, t.fail(-1, "the byte 0x%02X is not text: a trace is a CSV file in UTF-8, not compressed", text[i])
		}
		if text = bytes.TrimSpace(text); len(text) == 0 || text[0] == '#' {
			continue
		}
		t.text = text
		return true, t.split()
	}
}

// notText returns where a byte stands that text in UTF-8 cannot hold, or -1.
func notText(text []byte) int {
	ascii := true
	for i, c := range text {
		if c < ' ' && c != '\t' {
			return i
		}
		ascii = ascii && c < utf8.RuneSelf
	}
	if ascii || utf8.Valid(text) {
		return -1
	}
	return bytes.IndexRune(text, utf8.RuneError)
}

// split cuts the present line into cells.
func (t *table) split() error {
	for at := 0; ; {
		end := at
		if open := t.blank(at); open < len(t.text) && t.text[open] == '"' {
			closing := bytes.IndexByte(t.text[open+1:], '"')
			if closing < 0 {
				t.cells = append(t.cells, cell{nil, open})
				return t.fail(len(t.cells)-1, "the quotes are not closed on this line")
			}
			end = open + 1 + closing + 1
			t.cells = append(t.cells, cell{t.text[open+1 : end-1], open})
			if end = t.blank(end); end == len(t.text) {
				return nil
			}
			if t.text[end] != ',' {
				return t.fail(len(t.cells)-1, "after the closing quotes, a comma or the end of the line must follow")
			}
		} else {
			comma := bytes.IndexByte(t.text[at:], ',')
			if end = at + comma; comma < 0 {
				end = len(t.text)
			}
			t.cells = append(t.cells, cell{bytes.TrimSpace(t.text[at:end]), min(open, end)})
			if comma < 0 {
				return nil
			}
		}
		at = end + 1
	}
}

// blank returns where the blanks of the line end that stand at a byte.
func (t *table) blank(at int) int {
	for at < len(t.text) && (t.text[at] == ' ' || t.text[at] == '\t') {
		at++
	}
	return at
}

// header reads the row that names the columns.
func (t *table) header() ([]string, error) {
	more, err := t.next()
	switch {
	case err != nil:
		return nil, err
	case !more:
		return nil, &RecordError{File: t.file, Text: "the file is empty: it needs a row that names the columns, " +
			"and rows below it"}
	case bytes.IndexByte(t.text, ',') < 0 && bytes.ContainsAny(t.text, ";\t|"):
		return nil, t.fail(0, "the columns must be separated by commas, not as in %s", spec.Quote(string(t.text)))
	}
	var names []string
	numbers := 0
	for i, c := range t.cells {
		name := string(c.text)
		for _, other := range names {
			if other == name && name != "" {
				return nil, t.fail(i, "two columns are called %s: rename one of them", spec.Quote(name))
			}
		}
		names = append(names, name)
		if name != "" && strings.ContainsRune("0123456789.+-", rune(name[0])) {
			numbers++
		}
	}
	if numbers == len(names) {
		return nil, t.fail(0, "the first row must name the columns, such as minute,requests; it is %s",
			spec.Quote(string(t.text)))
	}
	return names, nil
}

// row reads the next row, which must have as many cells as the header. It returns false at the end of the file.
func (t *table) row(columns int) (bool, error) {
	more, err := t.next()
	if more && err == nil && len(t.cells) != columns {
		err = t.fail(-1, "the row has %s, the header %d: each row needs a value for each column",
			plural(len(t.cells), "cell"), columns)
	}
	return more && err == nil, err
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
