package spec

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// MaxBytes is the largest file that is read as YAML.
const MaxBytes = 4 << 20

// nodesMax bounds what aliases can unfold to, and depthMax how deep a file can nest.
const (
	nodesMax = 200_000
	depthMax = 64
)

// Source is a YAML file with the text of its lines, so that errors can show them.
type Source struct {
	File  string
	Root  *yaml.Node // the top mapping
	lines []string
}

// Error is one thing wrong with a file.
type Error struct {
	File         string
	Line, Column int    // from 1; 0 when there is no position
	Path         string // of the value, such as queues.orders.retention
	Text         string // what is wrong, and what to write instead
	source       string // the line
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
		pad := strings.Map(func(r rune) rune {
			if r == '\t' {
				return r
			}
			return ' '
		}, string([]rune(e.source)[:min(max(e.Column-1, 0), utf8.RuneCountInString(e.source))]))
		fmt.Fprintf(&b, "\n%s%s\n%s| %s^", margin, e.source, strings.Repeat(" ", len(margin)-2), pad)
	}
	return b.String()
}

// Errors is all that is wrong with a file, in the order of its lines.
type Errors []*Error

// Error joins the errors.
func (es Errors) Error() string {
	texts := make([]string, len(es))
	for i, e := range es {
		texts[i] = e.Error()
	}
	return strings.Join(texts, "\n")
}

// Sorted returns the errors in the order of their positions, or nil when there are none.
func (es Errors) Sorted() error {
	if len(es) == 0 {
		return nil
	}
	slices.SortStableFunc(es, func(a, b *Error) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return es
}

// Parse reads a YAML file of one document that holds a mapping. The error is an Errors.
func Parse(file string, data []byte) (*Source, error) {
	s := &Source{File: file}
	fail := func(format string, args ...any) error {
		return Errors{{File: file, Text: fmt.Sprintf(format, args...)}}
	}
	switch {
	case len(data) > MaxBytes:
		return nil, fail("the file is larger than %d MiB: a scenario is text; a recorded trace belongs in a file of its own",
			MaxBytes>>20)
	case len(bytes.TrimSpace(data)) == 0:
		return nil, fail("the file is empty: a scenario needs at least a producer, a queue and a fleet; see weir demo")
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}) || bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		return nil, fail("the file is UTF-16: save it as UTF-8")
	case bytes.IndexByte(data, 0) >= 0 || !utf8.Valid(data):
		return nil, fail("the file is binary, not YAML text in UTF-8")
	}
	s.lines = strings.Split(strings.ReplaceAll(string(data), "\r\n", "\n"), "\n")
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var document, further yaml.Node
	if err := decoder.Decode(&document); err != nil {
		return nil, Errors{s.syntax(err)}
	}
	if err := decoder.Decode(&further); !errors.Is(err, io.EOF) {
		if err != nil {
			return nil, Errors{s.syntax(err)}
		}
		return nil, Errors{s.errorAt(&further, "", "a second document begins here: a file holds one scenario")}
	}
	if len(document.Content) != 1 || document.Content[0].Kind != yaml.MappingNode {
		return nil, Errors{s.errorAt(&document, "", "a scenario is a mapping of keys such as queues: and fleets:")}
	}
	s.Root = document.Content[0]
	budget := nodesMax
	if err := s.bounded(s.Root, 0, &budget); err != nil {
		return nil, Errors{err}
	}
	return s, nil
}

// bounded checks that the file stays small and shallow when its aliases are unfolded.
func (s *Source) bounded(n *yaml.Node, depth int, budget *int) *Error {
	if *budget--; *budget < 0 {
		return s.errorAt(n, "", fmt.Sprintf("the file unfolds to more than %d values", nodesMax))
	}
	if depth > depthMax {
		return s.errorAt(n, "", fmt.Sprintf("the file nests deeper than %d levels", depthMax))
	}
	if n.Kind == yaml.AliasNode {
		return s.bounded(n.Alias, depth+1, budget)
	}
	for _, child := range n.Content {
		if err := s.bounded(child, depth+1, budget); err != nil {
			return err
		}
	}
	return nil
}

func (s *Source) syntax(err error) *Error {
	e := &Error{File: s.File, Text: strings.TrimPrefix(err.Error(), "yaml: ")}
	var load *yaml.LoadError
	if errors.As(err, &load) {
		e.Line, e.Column, e.Text = load.Mark.Line, max(load.Mark.Column, 1), load.Message
	}
	e.Text = "this is not YAML: " + e.Text
	e.source = s.line(e.Line)
	return e
}

func (s *Source) line(number int) string {
	if number < 1 || number > len(s.lines) {
		return ""
	}
	if line := s.lines[number-1]; len(line) <= 200 {
		return line
	}
	return ""
}

func (s *Source) errorAt(n *yaml.Node, path, text string) *Error {
	e := &Error{File: s.File, Path: path, Text: text}
	if n != nil && n.Line > 0 {
		e.Line, e.Column, e.source = n.Line, n.Column, s.line(n.Line)
	}
	return e
}

// ErrorAt returns an error at a node of the file.
func (s *Source) ErrorAt(n *yaml.Node, path, format string, args ...any) *Error {
	return s.errorAt(n, path, fmt.Sprintf(format, args...))
}
