// Package weir_test keeps the house in order: what imports what, what the models may not use, and how long things get.
package weir_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// source is one Go file of the project.
type source struct {
	path   string // from the root, such as models/sqs/queue.go
	folder string
	test   bool
	text   string
	*ast.File
}

// layers are the folders that may import one another, lowest first: each only itself and those before it.
var layers = []string{"sim", "models", "results", "experiments", "cmd"}

// shared are the models that others build on. The rest are services, and a service imports no other.
var shared = []string{
	"models/autoscaling", "models/aws", "models/calls", "models/cloudwatch", "models/cpu", "models/fault", "models/iam",
	"models/message", "models/meter", "models/quota", "models/sdk", "models/spec", "models/stream", "models/workload",
}

// timeless are the folders where nothing but the scenario and the seed may reach a result.
var timeless = []string{"sim", "models"}

// ambient are the packages that bring the machine, the clock or luck of their own into a trial.
var ambient = []string{
	"log", "log/slog", "math/rand", "math/rand/v2", "net", "os", "os/exec", "os/signal", "runtime", "sync", "sync/atomic",
	"syscall", "time", "unsafe",
}

const (
	functionLinesMax = 70
	columnsMax       = 120
)

var files = token.NewFileSet()

func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	err := filepath.WalkDir(".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && file != "." && strings.HasPrefix(entry.Name(), ".") {
			return fs.SkipDir
		}
		if entry.IsDir() || filepath.Ext(file) != ".go" {
			return nil
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		parsed, err := parser.ParseFile(files, file, text, parser.ParseComments)
		file = filepath.ToSlash(file)
		all = append(all, source{file, path.Dir(file), strings.HasSuffix(file, "_test.go"), string(text), parsed})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 50 {
		t.Fatalf("found %d Go files: not the whole project", len(all))
	}
	return all
}

// imports returns what a file imports; the project's own packages by their folder, marked as ours.
func (s *source) imports() (ours, others []string) {
	for _, i := range s.Imports {
		name := strings.Trim(i.Path.Value, `"`)
		if folder, found := strings.CutPrefix(name, "weir/"); found {
			ours = append(ours, folder)
		} else {
			others = append(others, name)
		}
	}
	return ours, others
}

func top(folder string) string {
	first, _, _ := strings.Cut(folder, "/")
	return first
}

func TestImportsRunOneWay(t *testing.T) {
	for _, s := range sources(t) {
		layer := slices.Index(layers, top(s.folder))
		if s.folder == "." && s.test {
			continue
		}
		if layer < 0 {
			t.Errorf("%s stands in no layer: there are %v", s.path, layers)
		}
		if s.test {
			continue // a test may compare a layer with what lies above it
		}
		ours, others := s.imports()
		for _, folder := range ours {
			if slices.Index(layers, top(folder)) > layer {
				t.Errorf("%s imports %s, which lies above it", s.path, folder)
			}
			if folder == "sim/queueing" && top(s.folder) == "models" {
				t.Errorf("%s imports the closed forms: they judge the models and may not be part of one", s.path)
			}
		}
		if s.folder != "sim" {
			continue
		}
		for _, name := range append(others, ours...) {
			if strings.Contains(name, ".") || slices.Contains(ours, name) {
				t.Errorf("%s imports %s: the kernel needs the standard library alone", s.path, name)
			}
		}
	}
}

func TestServicesImportNoOtherService(t *testing.T) {
	services := 0
	for _, s := range sources(t) {
		if top(s.folder) != "models" || s.test {
			continue
		}
		if !slices.Contains(shared, s.folder) {
			services++
		}
		ours, _ := s.imports()
		for _, folder := range ours {
			if top(folder) == "models" && !slices.Contains(shared, folder) {
				t.Errorf("%s imports the service %s: declare a small interface instead", s.path, folder)
			}
		}
	}
	if services == 0 {
		t.Error("found no services")
	}
}

func TestTrialsDependOnScenarioAndSeedAlone(t *testing.T) {
	for _, s := range sources(t) {
		if !slices.Contains(timeless, top(s.folder)) || s.test {
			continue
		}
		_, others := s.imports()
		for _, name := range others {
			if slices.Contains(ambient, name) && s.path != "sim/time.go" { // it prints lengths as Go does
				t.Errorf("%s imports %s", s.path, name)
			}
		}
		ast.Inspect(s.File, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				t.Errorf("%s starts a goroutine", files.Position(n.Pos()))
			case *ast.SelectStmt, *ast.SendStmt, *ast.ChanType:
				t.Errorf("%s uses a channel", files.Position(n.Pos()))
			case *ast.CallExpr:
				if name := called(n); strings.HasPrefix(name, "fmt.Print") || name == "print" || name == "println" {
					t.Errorf("%s prints", files.Position(n.Pos()))
				}
			}
			return true
		})
	}
}

// called returns the name of what is called, such as fmt.Println.
func called(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		if of, ok := f.X.(*ast.Ident); ok {
			return of.Name + "." + f.Sel.Name
		}
	}
	return ""
}

func TestFunctionsAndLinesStayShort(t *testing.T) {
	for _, s := range sources(t) {
		for _, d := range s.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || s.test { // a table of cases is as long as it is
				continue
			}
			lines := files.Position(f.End()).Line - files.Position(f.Pos()).Line + 1
			if lines > functionLinesMax {
				t.Errorf("%s: %s has %d lines, of at most %d", files.Position(f.Pos()), f.Name.Name, lines, functionLinesMax)
			}
		}
		whole := s.wholeTexts()
		for i, line := range strings.Split(s.text, "\n") {
			if columns := utf8.RuneCountInString(line); columns > columnsMax && !whole[i+1] {
				t.Errorf("%s:%d has %d columns, of at most %d", s.path, i+1, columns, columnsMax)
			}
		}
	}
}

// wholeTexts returns the lines that hold text which is easier to read, or to search for, in one piece: raw strings and
// long ones.
func (s *source) wholeTexts() map[int]bool {
	const long = 50
	lines := map[int]bool{}
	ast.Inspect(s.File, func(n ast.Node) bool {
		text, ok := n.(*ast.BasicLit)
		if ok && text.Kind == token.STRING && (text.Value[0] == '`' || len(text.Value) > long) {
			for line := files.Position(text.Pos()).Line; line <= files.Position(text.End()).Line; line++ {
				lines[line] = true
			}
		}
		return true
	})
	return lines
}

// unfinished is written in two parts, so that this file does not hold it.
var unfinished = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X)\b`)

func TestNothingIsLeftForLater(t *testing.T) {
	for _, s := range sources(t) {
		for i, line := range strings.Split(s.text, "\n") {
			if unfinished.MatchString(line) {
				t.Errorf("%s:%d leaves something for later: do it, or write it down as a known gap", s.path, i+1)
			}
		}
	}
}
