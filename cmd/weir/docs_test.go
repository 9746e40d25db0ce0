package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// block is a fenced block of a page, and the line before it.
var block = regexp.MustCompile("(?m)(?:^`([a-z0-9.-]+)`:\n\n)?^```([a-z]*)\n((?s:.*?))^```$")

// What the pages show is what happens: each file they name is written, each command run, and each line of output that
// is shown stands in what the command prints, in the same order.
func TestTheDocumentationIsTrue(t *testing.T) {
	var pages []string
	err := filepath.WalkDir("../../docs", func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".md") {
			pages = append(pages, path)
		}
		return err
	})
	if err != nil || len(pages) < 8 {
		t.Fatalf("found %d pages: %v", len(pages), err)
	}
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimPrefix(page, "../../docs/"), func(t *testing.T) {
			t.Chdir(t.TempDir())
			for _, b := range block.FindAllStringSubmatch(string(text), -1) {
				name, language, content := b[1], b[2], b[3]
				switch {
				case language == "yaml" && name != "":
					if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
						t.Fatal(err)
					}
				case language == "console":
					checkSession(t, content)
				default:
					t.Errorf("a block of %q without a name is not tested:\n%s", language, content)
				}
			}
		})
	}
}

// spaces are what columns are aligned with, which other rows may widen.
var spaces = regexp.MustCompile(" +")

// checkSession runs the command of a session's first line and looks for the lines below it in its output.
func checkSession(t *testing.T, session string) {
	t.Helper()
	command, shown, _ := strings.Cut(session, "\n")
	args, ok := strings.CutPrefix(command, "$ weir ")
	if !ok {
		t.Fatalf("%q is no command of weir", command)
	}
	var out bytes.Buffer
	root := rootCommand()
	root.SetArgs(strings.Fields(args))
	root.SetOut(&out)
	if err := root.Execute(); err != nil && err != errMissed {
		t.Fatalf("%s: %v", command, err)
	}
	rest := spaces.ReplaceAllString(out.String(), " ")
	for line := range strings.Lines(shown) {
		line = spaces.ReplaceAllString(strings.TrimSpace(line), " ")
		if line == "…" || line == "" {
			continue
		}
		_, after, found := strings.Cut(rest, line)
		if !found {
			t.Errorf("%s does not print (any more)\n%s\nbut\n%s", command, line, out.String())
			return
		}
		rest = after
	}
}
