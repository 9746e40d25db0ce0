// Package godoc reads doc comments from the source, for the descriptions of the scenario's schema. Only the generator
// and tests use it.
package godoc

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"weir/models/spec"
)

// nothing is the ending of files to skip when none are.
const nothing = ""

// Describe returns the doc comments of the types in the packages of a module, whose files stand in a folder.
func Describe(module, folder string) (spec.Describe, error) {
	texts, err := Comments(module, folder)
	return func(t reflect.Type, field string) string {
		name, _, _ := strings.Cut(t.Name(), "[") // without type parameters
		return texts[t.PkgPath()+"."+name+"."+field]
	}, err
}

// Comments returns the same by package, type and field, such as weir/models/spec.Bounds.Low. The comment of a type
// stands at the empty field.
func Comments(module, folder string) (map[string]string, error) {
	return comments(module, folder, nothing)
}

// comments reads the files but those with the ending skipped.
func comments(module, folder, skipped string) (map[string]string, error) {
	texts := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := entry.Name(); entry.IsDir() && path != folder && (strings.HasPrefix(name, ".") || name == "testdata") {
			return filepath.SkipDir
		}
		if entry.IsDir() || !strings.HasSuffix(path, ".go") {
			return nil
		}
		if skipped != nothing && strings.HasSuffix(path, skipped) {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(folder, filepath.Dir(path))
		if err != nil {
			return err
		}
		collect(file, strings.TrimSuffix(module+"/"+filepath.ToSlash(relative), "/."), texts)
		return nil
	})
	return texts, err
}

// collect adds the comments of the types of a file and of their fields.
func collect(file *ast.File, pkg string, texts map[string]string) {
	for _, decl := range file.Decls {
		general, ok := decl.(*ast.GenDecl)
		if !ok || general.Tok != token.TYPE {
			continue
		}
		for _, s := range general.Specs {
			declared := s.(*ast.TypeSpec)
			name := pkg + "." + declared.Name.Name + "."
			comment := declared.Doc
			if comment == nil {
				comment = general.Doc
			}
			texts[name] = sentence(comment)
			if structure, ok := declared.Type.(*ast.StructType); ok {
				fields(structure, name, texts)
			}
		}
	}
}

func fields(structure *ast.StructType, name string, texts map[string]string) {
	for _, field := range structure.Fields.List {
		comment := field.Doc
		if comment == nil {
			comment = field.Comment
		}
		for _, ident := range field.Names {
			texts[name+ident.Name] = sentence(comment)
		}
	}
}

// sentence is the text of a comment in one line.
func sentence(comment *ast.CommentGroup) string {
	return strings.Join(strings.Fields(comment.Text()), " ")
}

// OfScenario returns the comments of the packages that a scenario file decodes into, and of what results are written
// from, of the module whose root is given.
func OfScenario(root string) (map[string]string, error) {
	all := map[string]string{}
	for _, folder := range []string{
		"experiments/scenario", "results", "results/cost",
		"models/analytics", "models/autoscaling", "models/cache", "models/calls",
		"models/cloudwatch", "models/deploy", "models/ec2", "models/eventbridge", "models/fault", "models/firehose",
		"models/gateway", "models/iam", "models/kcl", "models/kinesis", "models/kms", "models/lambda", "models/network",
		"models/sdk", "models/service", "models/sns", "models/spec", "models/sqs", "models/storage", "models/stream",
		"models/video", "models/workload",
	} {
		texts, err := comments("weir/"+folder, filepath.Join(root, folder), "_test.go") // no scenario has their types
		if err != nil {
			return nil, err
		}
		for key, text := range texts {
			if text != "" {
				all[key] = text
			}
		}
	}
	return all, nil
}
