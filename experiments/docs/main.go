// Command docs writes docs.json: the doc comments of the types that a scenario file decodes into, by package, type and
// field. go generate runs it in experiments.
package main

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"log"
	"os"
	"path"
	"strings"
)

// folders hold the types, relative to experiments.
var folders = []string{
	"scenario", "../models/spec", "../models/sqs", "../models/storage", "../models/ec2", "../models/sdk",
	"../models/workload",
}

func main() {
	comments := map[string]string{}
	for _, folder := range folders {
		if err := read(folder, comments); err != nil {
			log.Fatal(err)
		}
	}
	data, err := json.MarshalIndent(comments, "", "  ")
	if err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile("docs/docs.json", append(data, '\n'), 0o644); err != nil {
		log.Fatal(err)
	}
}

func read(folder string, comments map[string]string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	name := path.Join("weir/experiments", folder)
	for _, e := range entries {
		if !source(e) {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path.Join(folder, e.Name()), nil, parser.ParseComments)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			decl, ok := n.(*ast.GenDecl)
			if !ok {
				return true
			}
			for _, s := range decl.Specs {
				if t, ok := s.(*ast.TypeSpec); ok {
					add(comments, name+"."+t.Name.Name, decl, t)
				}
			}
			return true
		})
	}
	return nil
}

func source(e fs.DirEntry) bool {
	return strings.HasSuffix(e.Name(), ".go") && !strings.HasSuffix(e.Name(), "_test.go")
}

func add(comments map[string]string, name string, decl *ast.GenDecl, t *ast.TypeSpec) {
	put := func(key string, groups ...*ast.CommentGroup) {
		for _, g := range groups {
			if text := strings.Join(strings.Fields(g.Text()), " "); text != "" {
				comments[key] = text
				return
			}
		}
	}
	put(name+".", t.Doc, decl.Doc)
	s, ok := t.Type.(*ast.StructType)
	if !ok {
		return
	}
	for _, f := range s.Fields.List {
		for _, id := range f.Names {
			put(name+"."+id.Name, f.Doc, f.Comment)
		}
	}
}
