package spec

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Error is one thing wrong with a file.
type Error struct {
	File         string
	Line, Column int    // from 1; 0 when there is no position
	Path         string // of the value, such as queues.orders.retention
	Text         string // what is wrong, and what to write instead
	source       string // the line
	last         bool   // stands after all others
}

// Error returns file, position, path and text, and below them the line with a caret.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", e.Line, e.Column)
	}
	b.WriteString(": ")
	if e.Path != "" {
		b.WriteString(e.Path + ": ")
	}
	b.WriteString(e.Text)
	if e.source != "" {
		margin := fmt.Sprintf("%5d | ", e.Line)
		line, caret := window(e.source, e.Column-1)
		fmt.Fprintf(&b, "\n%s%s\n%s| %s^", margin, line, strings.Repeat(" ", len(margin)-2), strings.Repeat(" ", caret))
	}
	return b.String()
}

// window cuts a line around a column, from 0, so that it fits a terminal, and returns the column in the cut. What would
// move the caret or the terminal is replaced.
func window(line string, column int) (cut string, caret int) {
	const width, before = 100, 60
	runes := []rune(line)
	for i, r := range runes {
		switch {
		case r == '\t':
			runes[i] = ' '
		case !unicode.IsPrint(r):
			runes[i] = utf8.RuneError
		}
	}
	column = min(max(column, 0), len(runes))
	from := 0
	if len(runes) > width {
		from = min(max(column-before, 0), len(runes)-width)
	}
	head, tail := "", ""
	if from > 0 {
		head = "…"
	}
	to := min(from+width, len(runes))
	if to < len(runes) {
		tail = "…"
	}
	return head + strings.TrimRight(string(runes[from:to]), " ") + tail, utf8.RuneCountInString(head) + column - from
}

// errorsMax is how many errors of a file are told: who reads more of them?
const errorsMax = 50

// Errors is what is wrong with a file.
type Errors []*Error

// Error joins the errors, one below the other.
func (es Errors) Error() string {
	texts := make([]string, 0, len(es))
	for _, e := range es {
		texts = append(texts, e.Error())
	}
	return strings.Join(texts, "\n")
}

// Sorted returns the errors in the order of their positions, each once, or nil when there are none.
func (es Errors) Sorted() error {
	if len(es) == 0 {
		return nil
	}
	slices.SortStableFunc(es, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column))
	})
	return slices.CompactFunc(es, func(a, b *Error) bool { return *a == *b })
}

func rank(e *Error) int {
	if e.last {
		return 1
	}
	return 0
}
