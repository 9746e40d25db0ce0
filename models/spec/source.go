package spec

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"
)

// MaxBytes is the largest file that is read as YAML.
const MaxBytes = 4 << 20

// valuesMax bounds the values of a file, each counted as often as aliases repeat it; depthMax bounds how deep it nests.
const (
	valuesMax = 200_000
	depthMax  = 64
)

// Source is a YAML file with the text of its lines, so that errors can show them.
type Source struct {
	File  string
	Root  *yaml.Node // the top mapping
	lines []string
	// adopted are the nodes in Root's tree that came from elsewhere, such as a command line.
	adopted map[*yaml.Node]string
}

// Parse reads a YAML file of one document that holds a mapping. The error is an Errors.
func Parse(file string, data []byte) (*Source, error) {
	s := &Source{File: file}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if err := s.checkText(data); err != nil {
		return nil, Errors{err}
	}
	s.lines = lineBreak.Split(string(data), -1)
	document, err := s.load(data)
	if err != nil {
		return nil, Errors{err}
	}
	if document == nil || len(document.Content) == 0 || isNull(document.Content[0]) {
		return nil, Errors{s.errorAt(nil, "", empty)}
	}
	s.Root = document.Content[0]
	if s.Root.Kind != yaml.MappingNode {
		return nil, Errors{s.errorAt(s.Root, "", "the file holds a "+kindName(s.Root)+
			", where keys with values such as name: orders are wanted")}
	}
	budget := valuesMax
	if err := s.bounded(s.Root, 0, &budget); err != nil {
		return nil, Errors{err}
	}
	return s, nil
}

// Fork returns the same source, which what is adopted from now on is not part of.
func (s *Source) Fork() *Source {
	fork := *s
	fork.adopted = maps.Clone(s.adopted)
	return &fork
}

// lineBreak is what YAML ends a line with.
var lineBreak = regexp.MustCompile("\r\n|[\r\n\u0085\u2028\u2029]")

const empty = "the file is empty: it needs keys with values, such as name: orders; weir demo shows a whole one"

// checkText refuses what cannot be YAML text of a sane size, before a parser sees it.
func (s *Source) checkText(data []byte) *Error {
	fail := func(text string) *Error { return &Error{File: s.File, Text: text} }
	switch {
	case len(data) > MaxBytes:
		return fail(fmt.Sprintf("the file is larger than %d MiB: a scenario is text of at most that size; a recorded "+
			"workload belongs in a file of its own", MaxBytes>>20))
	case len(bytes.TrimSpace(data)) == 0:
		return fail(empty)
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}), bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		return fail("the file is UTF-16: save it as UTF-8")
	case bytes.IndexByte(data, 0) >= 0:
		return fail("the file is binary: a scenario is YAML text in UTF-8")
	}
	if at := invalidUTF8(data); at >= 0 {
		line, column := position(data, at)
		return &Error{File: s.File, Line: line, Column: column,
			Text: fmt.Sprintf("the byte 0x%02X is not UTF-8: save the file as UTF-8 text", data[at])}
	}
	if at := bytes.IndexFunc(data, isControl); at >= 0 {
		line, column := position(data, at)
		return &Error{File: s.File, Line: line, Column: column,
			Text: fmt.Sprintf("the control character 0x%02X cannot stand in YAML text: remove it", data[at])}
	}
	values := 1
	for i, c := range data {
		if strings.IndexByte("\n\r,[{?", c) >= 0 || c == '-' && i+1 < len(data) && data[i+1] == ' ' {
			values++ // each value follows at least one of these, or the colon of its key
		}
	}
	if values > valuesMax {
		return fail(fmt.Sprintf("the file holds more than %d values: a recorded workload belongs in a file of its own",
			valuesMax))
	}
	return nil
}

func isControl(r rune) bool { return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0x7f }

// position returns line and column of a byte, from 1.
func position(data []byte, at int) (line, column int) {
	return 1 + bytes.Count(data[:at], []byte{'\n'}), 1 + utf8.RuneCount(data[bytes.LastIndexByte(data[:at], '\n')+1:at])
}

func invalidUTF8(data []byte) int {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

// load parses the one document of the data; nil when there is none.
func (s *Source) load(data []byte) (document *yaml.Node, failed *Error) {
	defer func() {
		// The parser reports some defects of its own by panicking; for us the text is then one it cannot read.
		if r := recover(); r != nil {
			document, failed = nil, s.errorAt(nil, "", fmt.Sprintf("this is not YAML: %v", r))
		}
	}()
	loader, err := yaml.NewLoader(bytes.NewReader(data),
		yaml.WithPlugin(loaderlimits.New(loaderlimits.DepthValue(depthMax))))
	if err != nil {
		return nil, s.syntax(err)
	}
	var first, further yaml.Node
	if err := loader.Load(&first); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, s.syntax(err)
	}
	if err := loader.Load(&further); err == nil {
		return nil, s.errorAt(&further, "",
			"a second document begins here: a file holds one; remove the --- and what follows it")
	} else if !errors.Is(err, io.EOF) {
		return nil, s.syntax(err)
	}
	return &first, nil
}

// bounded checks that the file stays small and shallow when its aliases are unfolded, and that no tag asks for more
// than plain text.
func (s *Source) bounded(n *yaml.Node, depth int, budget *int) *Error {
	if *budget--; *budget < 0 {
		return s.errorAt(n, "", fmt.Sprintf("with its aliases unfolded, the file holds more than %d values", valuesMax))
	}
	if depth > depthMax {
		return s.errorAt(n, "", fmt.Sprintf("the file nests deeper than %d levels", depthMax))
	}
	if n.Kind == yaml.AliasNode {
		return s.bounded(n.Alias, depth+1, budget)
	}
	if n.Style&yaml.TaggedStyle != 0 {
		return s.errorAt(n, "", "the tag "+Quote(n.Tag)+" is not known here: write the value without a tag")
	}
	for _, child := range n.Content {
		if err := s.bounded(child, depth+1, budget); err != nil {
			return err
		}
	}
	return nil
}

// advice says what to write where the parser only says what it met.
var advice = []struct{ met, text string }{
	{"found character that cannot start any token", "a value cannot begin with this character: write it in quotes"},
	{"mapping values are not allowed in this context", "a colon makes a key, which cannot stand here: indent it as its " +
		"neighbours, or write text that holds a colon in quotes"},
	{"did not find expected key", "this does not line up with the keys above: indent it as its neighbours"},
	{"did not find expected '-' indicator",
		"this does not line up with the list above: begin each item with - at the same column"},
	{"did not find expected ',' or ']'", "the list is not closed: a comma or ] is missing before this"},
	{"did not find expected ',' or '}'", "the braces are not closed: a comma or } is missing before this"},
	{"could not find expected ':'", "a key needs a colon and a space after it"},
	{"exceeded max depth", fmt.Sprintf("the file nests deeper than %d levels", depthMax)},
	{"found unexpected end of stream", "this quote is never closed"},
}

// syntax translates an error of the parser.
func (s *Source) syntax(err error) *Error {
	e := &Error{File: s.File, Text: strings.TrimPrefix(err.Error(), "yaml: ")}
	if load, ok := errors.AsType[*yaml.LoadError](err); ok {
		mark := load.Mark
		if load.ContextMark.Line > 0 && strings.Contains(load.Message, "unexpected end of stream") {
			mark = load.ContextMark // where the quote was opened
		}
		e.Line, e.Column, e.Text = min(mark.Line, len(s.lines)), max(mark.Column, 1), load.Message
	}
	e.source = s.line(e.Line)
	e.Text = "this is not YAML: " + e.Text
	for _, a := range advice {
		if strings.Contains(e.Text, a.met) {
			e.Text = "this is not YAML: " + a.text
			break
		}
	}
	if len(e.source) >= e.Column && e.Column > 0 && strings.TrimLeft(e.source[:e.Column], " \t") == "" &&
		strings.Contains(e.source[:e.Column], "\t") {
		e.Text = "this is not YAML: the line is indented with a tab: indent it with spaces"
	}
	return e
}

func (s *Source) line(number int) string {
	if number < 1 || number > len(s.lines) {
		return ""
	}
	return s.lines[number-1]
}

func (s *Source) errorAt(n *yaml.Node, path, text string) *Error {
	e := &Error{File: s.File, Path: path, Text: text}
	if n == nil {
		return e
	}
	if from, ok := s.adopted[n]; ok {
		e.File = from
		return e
	}
	if n.Line > 0 {
		e.Line, e.Column, e.source = n.Line, n.Column, s.line(n.Line)
	}
	return e
}

// ErrorAt returns an error at a node of the file, or about the file as a whole when the node is nil.
func (s *Source) ErrorAt(n *yaml.Node, path, format string, args ...any) *Error {
	return s.errorAt(n, path, fmt.Sprintf(format, args...))
}

// Adopt makes errors at the node, or below it, name where it came from instead of a place in the file.
func (s *Source) Adopt(n *yaml.Node, from string) {
	if s.adopted == nil {
		s.adopted = map[*yaml.Node]string{}
	}
	s.adopted[n] = from
	for _, child := range n.Content {
		s.Adopt(child, from)
	}
}
