package reference

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/dustin/go-humanize"

	"weir/experiments"
	"weir/experiments/library"
	"weir/models/aws"
	"weir/models/message"
	"weir/results"
)

// Topics are the pages beside those of the scenario's keys.
var Topics = []string{"figures", "usage", "summary", "causes"}

// Of returns the page of a topic, or of a path in the scenario file.
func Of(topic, region string) (*Page, error) {
	switch topic {
	case "figures":
		return Figures()
	case "usage":
		return Usage(region)
	case "summary":
		return Summary(), nil
	case "causes":
		return Causes(), nil
	}
	return Keys(topic)
}

// Figures returns the figures that components have, by kind, which objectives name as metrics. They are those of the
// components of the shipped designs.
func Figures() (*Page, error) {
	page := &Page{Title: "The figures of components", Text: "What an objective can name as metric, with of: the component. A " +
		"path has rate_per_s, goodput, late_share, overtaken, amplification, and latency and wait with .mean, .p50, .p90, " +
		".p95, .p99, .p99_9, .max. Cost is of the whole design."}
	units := map[string]map[string]string{}
	for _, name := range library.Names() {
		text, folder, err := library.Open(name)
		if err != nil {
			return nil, err
		}
		design, err := experiments.New(name+"/scenario.yaml", text, nil, folder)
		if err != nil {
			return nil, err
		}
		for _, variant := range append(design.Document.VariantNames(), "") {
			other, err := design.With(variant)
			if err != nil {
				return nil, err
			}
			err = other.Figures(func(kind, figure, unit string) {
				if units[kind] == nil {
					units[kind] = map[string]string{}
				}
				units[kind][figure] = unit
			})
			if err != nil {
				return nil, err
			}
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(units)) {
		for _, figure := range slices.Sorted(maps.Keys(units[kind])) {
			page.Keys = append(page.Keys, Key{Name: kind + " " + figure, Form: units[kind][figure]})
		}
	}
	return page, nil
}

// Usage returns what is billed, with the prices of a region.
func Usage(region string) (*Page, error) {
	prices, err := aws.LoadPrices(region)
	if err != nil {
		return nil, err
	}
	page := &Page{Title: "What is billed in " + region, Text: "The lines of a bill, with the first tier of their prices."}
	prices.Each(func(item, variant string, p aws.Price) {
		per := "for each "
		if p.Per != 1 {
			per = "for " + humanize.Comma(int64(p.Per)) + " × "
		}
		page.Keys = append(page.Keys, Key{
			Name: strings.TrimSuffix(item+" "+variant, " "), Form: fmt.Sprintf("$%g %s%s", p.Tiers[0].USD, per, p.Unit),
			Text: fmt.Sprintf("%s (%s)", p.Source, p.Date),
		})
	})
	slices.SortFunc(page.Keys, func(a, b Key) int { return cmp.Compare(a.Name, b.Name) })
	return page, nil
}

// Causes returns what a message can be late for.
func Causes() *Page {
	page := &Page{Title: "Why a message is late", Text: "Every nanosecond of a message's age is booked to one cause."}
	for _, g := range message.Glossary {
		page.Keys = append(page.Keys, Key{Name: g.Name, Text: g.Text})
	}
	return page
}

// Summary returns the fields of summary.json, which --format json prints.
func Summary() *Page {
	page := &Page{Title: "The fields of summary.json", Text: "An estimate is {value, low, high, n}: the mean over replications, " +
		"its 95 % confidence interval, and how many have a value. NAME stands for a path, component, sender or cause."}
	page.Keys = fields(nil, reflect.TypeFor[results.Summary](), "")
	return page
}

// fields appends the fields of a struct as JSON has them.
func fields(keys []Key, t reflect.Type, path string) []Key {
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" || name == "" || !f.IsExported() {
			continue
		}
		at := strings.TrimPrefix(path+"."+name, ".")
		form, below := jsonForm(f.Type)
		keys = append(keys, Key{Name: at, Form: form, Text: experiments.Comment(t, f.Name)})
		if below != nil {
			keys = fields(keys, below, at+strings.Repeat(".NAME", strings.Count(form, "by name")))
		}
	}
	return keys
}

// jsonForm says what a type is in JSON, and the struct below it, if there is one.
func jsonForm(t reflect.Type) (form string, below reflect.Type) {
	switch t.Kind() {
	case reflect.Pointer:
		return jsonForm(t.Elem())
	case reflect.Map:
		form, below = jsonForm(t.Elem())
		return form + ", by name", below
	case reflect.Slice:
		form, below = jsonForm(t.Elem())
		return "list of " + form, below
	case reflect.Struct:
		if t.Name() == "Estimate" {
			return "estimate", nil
		}
		return "object", t
	case reflect.String:
		return "text", nil
	case reflect.Bool:
		return "true or false", nil
	}
	return "number", nil
}
