package spec

import (
	"bytes"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"
)

func TestAFileThatIsNotYAMLTextIsRefused(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"empty":            {"", "the file is empty"},
		"blank":            {" \n\t\n", "the file is empty"},
		"comments":         {"# a\n# b", "the file is empty"},
		"explicit nothing": {"---\n...\n", "the file is empty"},
		"null":             {"~", "the file is empty"},
		"binary":           {"name: \x00", "binary"},
		"UTF-16":           {"\xff\xfen\x00", "UTF-16"},
		"Latin-1":          {"a: 1\nb: \xe9", "test.yaml:2:4: the byte 0xE9 is not UTF-8"},
		"control":          {"a: 1\nb: \x07", "test.yaml:2:4: the control character 0x07"},
		"a list":           {"- a", "test.yaml:1:1: the file holds a list"},
		"a word":           {"a", "test.yaml:1:1: the file holds a single value"},
		"two documents":    {"a: 1\n---\nb: 2", "test.yaml:2:1: a second document begins here"},
		"a broken second":  {"a: 1\n---\nb: [", "this is not YAML"},
		"too large":        {strings.Repeat("a", MaxBytes+1), "larger than 4 MiB"},
		"too many values":  {"a: [" + strings.Repeat("x,", valuesMax) + "]", "more than 200000 values: a recorded workload"},
		"a tag":            {"a: !!binary aGk=", "test.yaml:1:4: the tag \"!!binary\""},
		"a tag of a key":   {"!x a: 1", "the tag \"!x\""},
		"a directive":      {"%YAML 3.0\n---\na: 1", "this is not YAML"},
	} {
		source, err := Parse("test.yaml", []byte(c.text))
		if source != nil || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want an error with %q", name, err, c.want)
		}
	}
}

func TestAFileThatIsYAMLTextIsRead(t *testing.T) {
	for _, text := range []string{"a: 1", "\ufeffa: 1", "a: 1\r\n", "--- \na: 1\n...\n", "{a: 1}", "a: 1\rb: 2",
		"# x\na: &b 1\nc: *b", "\ta: 1"} {
		if _, err := Parse("test.yaml", []byte(text)); err != nil && text != "\ta: 1" {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// hostile files are small, or at least allowed, and want to be large, deep or slow to read.
var hostile = map[string]string{
	"laughs":           laughs(9, 10),
	"many laughs":      laughs(30, 2),
	"self alias":       "a: &a [*a]",
	"self alias twice": "a: &a {b: *a, c: *a}",
	"deep lists":       "a: " + strings.Repeat("[", 1<<20),
	"deep mappings":    "a: " + strings.Repeat("{a: ", 1<<18),
	"deep dashes":      strings.Repeat("- ", 1<<20),
	"deep keys":        strings.Repeat("? ", 1<<20),
	"deep indentation": staircase(2000),
	"long scalar":      "a: " + strings.Repeat("x", MaxBytes-4),
	"long folded":      "a: >\n" + strings.Repeat(" x\n\n", 40_000),
	"long plain":       "a: x" + strings.Repeat("\n x", 150_000),
	"long comment":     "a: 1 #" + strings.Repeat("x", MaxBytes-10),
	"many comments":    "a: 1\n" + strings.Repeat("# x\n", 150_000),
	"comments between": strings.Repeat("# x\n- a\n", 70_000),
	"many anchors":     many(30_000, func(i string) string { return "k" + i + ": &a" + i + " x\n" }),
	"many aliases":     "k: &a x\n" + many(30_000, func(i string) string { return "k" + i + ": *a\n" }),
	"many keys":        many(100_000, func(i string) string { return "k" + i + ": x\n" }),
	"equal keys":       strings.Repeat("a: x\n", 150_000),
	"blank lines":      "a: 1" + strings.Repeat("\n", 190_000),
	"spaces":           "a:" + strings.Repeat(" ", 1<<20) + "1",
	"quotes":           "a: \"" + strings.Repeat("\\n", 1<<19) + "\"",
	"open quote":       "a: \"" + strings.Repeat("x\n", 90_000),
	"flow pairs":       "a: [" + strings.Repeat("a: b,", 150_000) + "]",
	"colons":           strings.Repeat(":", 1<<20),
	"question marks":   strings.Repeat("?", 1<<20),
	"dashes":           strings.Repeat("-", 1<<20),
	"ampersands":       strings.Repeat("&", 1<<20),
	"documents":        strings.Repeat("---\n", 190_000),
	"tags":             "a: " + strings.Repeat("!a ", 1<<18),
	"long name":        strings.Repeat("x", MaxBytes-3) + ": 1",
	"percent":          strings.Repeat("%", 1<<20),
	"directives":       strings.Repeat("%TAG !a! b\n", 100_000) + "---\na: 1",
}

func laughs(levels, width int) string {
	var b strings.Builder
	b.WriteString("a: &a x\n")
	for i := range levels {
		name, before := string(rune('a'+(i+1)%26))+strings.Repeat("x", (i+1)/26), string(rune('a'+i%26))+strings.Repeat("x",
			i/26)
		b.WriteString(name + ": &" + name + " [*" + strings.Repeat(before+",*", width-1) + before + "]\n")
	}
	return b.String()
}

func staircase(steps int) string {
	var b strings.Builder
	for i := range steps {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

func many(n int, line func(i string) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(line(strconv.Itoa(i)))
	}
	return b.String()
}

// TestHostileFilesAreReadOrRefusedInTime gives each file ten seconds, which a slow and busy machine needs a part of.
func TestHostileFilesAreReadOrRefusedInTime(t *testing.T) {
	for name, text := range hostile {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			source, err := Parse("test.yaml", []byte(text))
			if err == nil {
				d := Decoder{Source: source}
				d.Decode(source.Root, new(design), "")
				err = d.Errors.Sorted()
			}
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("it took %s", took)
			} else {
				t.Logf("%d bytes took %s", len(text), took)
			}
			if err == nil {
				t.Error("it is no design, and yet there is no error")
			} else if len(err.Error()) > 1<<16 {
				t.Errorf("the error has %d bytes", len(err.Error()))
			}
		})
	}
}

func TestAdoptedNodesNameWhereTheyComeFrom(t *testing.T) {
	source, err := Parse("test.yaml", []byte("name: a"))
	if err != nil {
		t.Fatal(err)
	}
	value := &yaml.Node{Kind: yaml.ScalarNode, Value: "5", Line: 1, Column: 8}
	source.Adopt(value, "--set count=5")
	if got := source.ErrorAt(value, "count", "is wrong").Error(); got != "--set count=5: count: is wrong" {
		t.Errorf("the error is %q", got)
	}
	if got := source.ErrorAt(source.Root, "", "is wrong").Error(); !strings.HasPrefix(got, "test.yaml:1:1: is wrong\n") {
		t.Errorf("the error is %q", got)
	}
}

func TestALongLineIsCutAroundTheCaret(t *testing.T) {
	line := strings.Repeat("0123456789", 100)
	for _, column := range []int{0, 5, 99, 500, 999, 1000} {
		cut, caret := window(line, column)
		runes := []rune(cut)
		if len(runes) > 102 || caret > len(runes) {
			t.Fatalf("column %d: %q, caret at %d", column, cut, caret)
		}
		if column < 1000 && runes[caret] != rune(line[column]) {
			t.Errorf("column %d: the caret stands under %q", column, runes[caret])
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, text := range hostile {
		if len(text) < 1000 {
			f.Add([]byte(text))
		}
	}
	for _, text := range []string{
		"name: a\ntimeout: 5m\nwork: {lognormal: {p50: 1ms, p99: 1s}}\nparts: {a: , b: {depth: 3}}",
		"name: a\nlist: [{depth: 3}, {pause: 1s}]\nto: queues.orders\nraw: {x: [1, 2]}\nchoice: {right: {depth: 5}}",
		"name: a\nwork: {mixture: [{weight: 1, of: {empirical: {values: [1ms, 2ms], weights: [1, 2]}}}]}\nsize: 2KiB",
		"name: &a x\nnote: *a\nshare: 5%\ndeep: 5/min\nlimit: 0\nunlimited: none",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		source, err := Parse("fuzz.yaml", data)
		if err != nil {
			wellFormed(t, err)
			return
		}
		first := new(design)
		d := &Decoder{Source: source, Open: memory(string(data))}
		d.Decode(source.Root, first, "")
		if err := d.Errors.Sorted(); err != nil {
			wellFormed(t, err)
			for _, e := range d.Errors {
				if e.Line < 1 && !e.last {
					t.Errorf("an error has no position: %v", e)
				}
			}
			return
		}
		if first.Work != nil {
			first.Work.Dist()
		}
		readsBack(t, first, data)
	})
}

// wellFormed checks that an error can be shown to a person.
func wellFormed(t *testing.T, err error) {
	text := err.Error()
	if len(text) == 0 || len(text) > 1<<17 || strings.ContainsAny(text, "\x00\x1b\r\t") {
		t.Errorf("the error is %q", text)
	}
}

// readsBack checks that a decoded value, written and read again, is written in the same way.
func readsBack(t *testing.T, first *design, data []byte) {
	once, err := yaml.Dump(Encode(first))
	if err != nil {
		t.Fatal(err)
	}
	source, err := Parse("again.yaml", once)
	if err != nil {
		t.Fatalf("%s\n%v", once, err)
	}
	second := new(design)
	d := &Decoder{Source: source, Open: memory(string(data))}
	d.Decode(source.Root, second, "")
	if err := d.Errors.Sorted(); err != nil {
		t.Fatalf("%s\n%v", once, err)
	}
	twice, err := yaml.Dump(Encode(second))
	if err != nil || !bytes.Equal(once, twice) {
		t.Errorf("written once:\n%s\ntwice:\n%s\n%v", once, twice, err)
	}
}
