package aws

import (
	"encoding"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"weir/models/spec"
)

// unlimited is how a limit is written that does not exist. A field then holds the greatest value of its type.
const unlimited = "none"

// types are the field types that take the constants of each unit.
var types = map[string]reflect.Type{
	"duration":  reflect.TypeFor[spec.Duration](),
	"size":      reflect.TypeFor[spec.Size](),
	"share":     reflect.TypeFor[spec.Share](),
	"rate":      reflect.TypeFor[spec.Rate](),
	"count":     reflect.TypeFor[int64](),
	"number":    reflect.TypeFor[float64](),
	"durations": reflect.TypeFor[spec.Durations](),
	"flag":      reflect.TypeFor[bool](),
}

// Fill sets the fields of the struct that target points to from the constants that their tags name, as in
// `aws:"sqs.in_flight_max"`; embedded structs count as part of it. It panics when a tag names no constant, or when a
// field has not the type of the constant's unit: defects of the program, not of its input.
func (p *Profile) Fill(target any) {
	p.fill(reflect.ValueOf(target).Elem())
}

func (p *Profile) fill(v reflect.Value) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		key := field.Tag.Get("aws")
		if key == "" {
			if field.Anonymous && field.Type.Kind() == reflect.Struct {
				p.fill(v.Field(i))
			}
			continue
		}
		at, ok := p.places[key]
		if !ok {
			panic("aws: there is no constant " + key)
		}
		e := &p.entries[at]
		if field.Type != types[e.Unit] {
			panic(fmt.Sprintf("aws: %s is a %s: it fills a %s, not a %s", key, e.Unit, types[e.Unit], field.Type))
		}
		v.Field(i).Set(e.decoded)
	}
}

// check decodes the value and reports whether it is one of the constant's unit and within its bounds. The decoded value
// is shared by all that are filled from it: nobody changes what it points to.
func (e *Entry) check() error {
	t, ok := types[e.Unit]
	if !ok {
		return fmt.Errorf("there is no unit %q", e.Unit)
	}
	v := reflect.New(t).Elem()
	if err := e.decode(v); err != nil {
		return err
	}
	e.decoded = v
	for _, bound := range []struct {
		text    string
		outside func(value, bound float64) bool
		means   string
	}{
		{e.least, func(value, bound float64) bool { return value < bound }, "at least"},
		{e.most, func(value, bound float64) bool { return value > bound }, "at most"},
	} {
		if bound.text == "" {
			continue
		}
		limit := Entry{Unit: e.Unit, node: &yaml.Node{Kind: yaml.ScalarNode, Value: bound.text}}
		at := reflect.New(t).Elem()
		if err := limit.decode(at); err != nil {
			return err
		}
		if bound.outside(number(v), number(at)) {
			return fmt.Errorf("%s is out of range: it must be %s %s", e.Value, bound.means, bound.text)
		}
	}
	return nil
}

func number(v reflect.Value) float64 {
	if v.CanInt() {
		return float64(v.Int())
	}
	return v.Float()
}

// decode sets v, which has the type of the constant's unit, to the value.
func (e *Entry) decode(v reflect.Value) error {
	if e.node.Kind == yaml.ScalarNode {
		return decodeScalar(e.node.Value, e.Unit, v)
	}
	if e.Unit != "durations" {
		return fmt.Errorf("%s must be a single value: a %s", e.Value, e.Unit)
	}
	d := spec.Decoder{Source: &spec.Source{}}
	d.Decode(e.node, v.Addr().Interface(), "")
	if len(d.Errors) > 0 {
		first := d.Errors[0]
		return errors.New(strings.TrimPrefix(first.Path+": "+first.Text, ": "))
	}
	return nil
}

func decodeScalar(text, unit string, v reflect.Value) error {
	if text == unlimited {
		return setUnlimited(unit, v)
	}
	if t, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return t.UnmarshalText([]byte(text))
	}
	switch v.Kind() {
	case reflect.Bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return fmt.Errorf("%q must be true or false", text)
		}
		v.SetBool(b)
	case reflect.Int64:
		i, err := strconv.ParseInt(strings.ReplaceAll(text, "_", ""), 10, 64)
		if err != nil || i < 0 {
			return fmt.Errorf("%q is not a count: write a whole number from 0, or %s", text, unlimited)
		}
		v.SetInt(i)
	default:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
			return fmt.Errorf("%q is not a number", text)
		}
		v.SetFloat(f)
	}
	return nil
}

// setUnlimited sets v to the greatest value of its type.
func setUnlimited(unit string, v reflect.Value) error {
	switch unit {
	case "duration", "size", "count":
		v.SetInt(math.MaxInt64)
	case "rate", "number":
		v.SetFloat(math.MaxFloat64)
	default:
		return fmt.Errorf("a %s has no %s: it is not a limit", unit, unlimited)
	}
	return nil
}
