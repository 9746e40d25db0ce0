package spec

import (
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// textMax is the longest text that a field holds.
const textMax = 10_000

// scalar decodes a single value into one of Go's own kinds.
func (d *Decoder) scalar(p place, v reflect.Value) {
	if p.node.Kind != yaml.ScalarNode {
		d.Fail(p.node, p.path, "must be a single value, not a %s", kindName(p.node))
		return
	}
	text := p.node.Value
	switch v.Kind() {
	case reflect.String:
		d.word(p, v)
	case reflect.Bool:
		if text != "true" && text != "false" {
			d.Fail(p.node, p.path, "%s must be true or false%s", Quote(text), truth(text))
			return
		}
		v.SetBool(text == "true")
	case reflect.Int, reflect.Int64, reflect.Int32:
		i, err := strconv.ParseInt(text, 10, 64)
		if err != nil || v.OverflowInt(i) {
			d.Fail(p.node, p.path, "%s", notWhole(text))
			return
		}
		v.SetInt(i)
	case reflect.Uint64:
		u, err := strconv.ParseUint(text, 10, 64)
		if err != nil && negative(text) {
			d.Fail(p.node, p.path, "%s is negative: write a whole number from 0", Quote(text))
			return
		} else if err != nil {
			d.Fail(p.node, p.path, "%s", notWhole(text))
			return
		}
		v.SetUint(u)
	case reflect.Float64:
		f, ok := parseFloat(text)
		if !ok {
			d.Fail(p.node, p.path, "%s", notNumber(text))
			return
		}
		v.SetFloat(f)
	default:
		panic("spec: cannot decode into " + v.Type().String())
	}
}

// word decodes a text, or one of the words of an enumeration.
func (d *Decoder) word(p place, v reflect.Value) {
	text := p.node.Value
	if allowed, ok := v.Interface().(Enumerated); ok && !slices.Contains(allowed.Values(), text) {
		d.Fail(p.node, p.path, "%s is not known here%s", Quote(text),
			OrList(DidYouMean(text, allowed.Values()), allowed.Values()))
		return
	}
	if len(text) > textMax {
		d.Fail(p.node, p.path, "the text is too long: at most %d bytes", textMax)
		return
	}
	v.SetString(text)
}

func truth(text string) string {
	switch strings.ToLower(text) {
	case "yes", "y", "on", "1", "t", "true":
		return ": write true"
	case "no", "n", "off", "0", "f", "false":
		return ": write false"
	}
	return ""
}

func notWhole(text string) string {
	f, ok := parseFloat(text)
	whole := ok && f == math.Trunc(f)
	switch {
	case whole && (f > 1e15 || f < -1e15):
		return Quote(text) + " is too large"
	case whole:
		return Quote(text) + " is not written as a whole number: write " + strconv.FormatInt(int64(f), 10)
	}
	if digits := strings.NewReplacer("_", "", ",", "", " ", "").Replace(text); digits != text && digits != "" &&
		areDigits(digits) {
		return Quote(text) + " is not written as a whole number: write " + digits
	}
	if what := otherQuantity(text, ""); what != "" && !ok {
		return Quote(text) + " is " + what + ", where a whole number without a unit is wanted"
	}
	return Quote(text) + " is not a whole number"
}
