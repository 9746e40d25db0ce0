package spec

import (
	"reflect"
	"testing"
)

type checked struct{}

func (*checked) Validate() []Problem { return nil }

type checkedToo struct{}

func (*checkedToo) Validate() []Problem { return nil }

// Of two embedded methods of one name, a struct has neither.
func TestAStructThatEmbedsTwoValidatorsNeedsItsOwn(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("nothing says that neither is called")
		}
	}()
	CheckTags(reflect.TypeFor[struct {
		checked
		checkedToo
	}]())
}
