package weir_test

import (
	"go/ast"
	"go/types"
	"reflect"
	"slices"
	"strings"
	"testing"

	"weir/models/aws"
)

// unreadButTagged are constants that no design reads though a field takes them, each with who reads the field.
var unreadButTagged = map[string]string{
	"kinesis.iterator_life": "stories of the API",
}

// A constant that no design reads can be overridden without effect, which makes a plausible wrong number. A field that
// takes it is no proof: the program must use the field.
func TestEveryConstantIsReadByADesignOrSaysWhyNot(t *testing.T) {
	read := readConstants(t)
	if len(read) < 300 {
		t.Fatalf("the search for constants that are read found only %d", len(read))
	}
	for _, name := range aws.Names {
		p, err := aws.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range p.Entries() {
			switch {
			case !read[e.Key] && e.Unread == "":
				t.Errorf("%s: no design reads %s, and it has no unread that says why", name, e.Key)
			case read[e.Key] && e.Unread != "" && unreadButTagged[e.Key] == "":
				t.Errorf("%s: %s is read, but its unread says: %s", name, e.Key, e.Unread)
			}
		}
	}
}

// readConstants returns the constants whose field is used in the packages that make designs: those of weir breakeven
// and of stories are none.
func readConstants(t *testing.T) map[string]bool {
	c := checker{byFolder: map[string][]*ast.File{}, packages: map[string]*types.Package{}, info: types.Info{
		Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
	}}
	for _, s := range sources(t) {
		if !s.test {
			c.byFolder[s.folder] = append(c.byFolder[s.folder], s.File)
		}
	}
	if _, err := c.Import("weir/experiments"); err != nil {
		t.Fatal(err)
	}
	used := map[types.Object]bool{}
	for _, o := range c.info.Uses {
		used[o] = true
	}
	read := map[string]bool{}
	for _, files := range c.byFolder {
		for _, f := range files {
			ast.Inspect(f, func(n ast.Node) bool {
				field, ok := n.(*ast.Field)
				if !ok || field.Tag == nil {
					return true
				}
				key := reflect.StructTag(strings.Trim(field.Tag.Value, "`")).Get("aws")
				if key != "" && slices.ContainsFunc(field.Names, func(name *ast.Ident) bool { return used[c.info.Defs[name]] }) {
					read[key] = true
				}
				return true
			})
		}
	}
	return read
}

// checker resolves the names of a package of the project and of those that it imports. It knows nothing of other
// packages, and overlooks what it then cannot resolve: fields of the project's own types are not among that.
type checker struct {
	byFolder map[string][]*ast.File
	packages map[string]*types.Package
	info     types.Info
}

func (c *checker) Import(path string) (*types.Package, error) {
	folder, own := strings.CutPrefix(path, "weir/")
	if c.packages[path] == nil && own {
		config := types.Config{Importer: c, Error: func(error) {}}
		c.packages[path], _ = config.Check(path, files, c.byFolder[folder], &c.info)
	} else if !own && c.packages[path] == nil {
		c.packages[path] = types.NewPackage(path, path[strings.LastIndexByte(path, '/')+1:])
		c.packages[path].MarkComplete()
	}
	return c.packages[path], nil
}
