// Package compare runs several designs under common random numbers and compares what they yield: the variants of a
// scenario file, or several files.
package compare

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"weir/experiments"
	"weir/models/spec"
	"weir/results"
)

// Base is what the design that a file itself describes is called beside its variants.
const Base = "base"

// Entry is one of the designs to compare.
type Entry struct {
	Name, File string
	Design     *experiments.Design
}

// Open reads the designs to compare, the baseline first. From one file these are its base and the given variants, all
// of them when none are given; from several, each file's base. The baseline is the first unless another is named. An
// error of what was asked for is an *experiments.InputError, and one of a file a spec.Errors.
func Open(files, variants []string, baseline string, settings []string) ([]Entry, error) {
	var entries []Entry
	var err error
	if len(files) == 1 {
		entries, err = ofVariants(files[0], variants, baseline, settings)
	} else {
		entries, err = ofFiles(files, variants, settings)
	}
	if err != nil {
		return nil, err
	}
	if entries, err = baselineFirst(entries, baseline); err != nil {
		return nil, err
	}
	if len(entries) < 2 {
		return nil, experiments.InputErrorf("there is one design only, %s: nothing to compare. Give a file with variants, or several files",
			entries[0].Name)
	}
	return entries, check(entries)
}

// ofVariants opens the base of a file and its variants.
func ofVariants(file string, variants []string, baseline string, settings []string) ([]Entry, error) {
	base, err := experiments.Open(file, "", settings)
	if err != nil {
		return nil, err
	}
	names := base.Document.VariantNames()
	known := names
	if !slices.Contains(names, Base) {
		known = append([]string{Base}, names...)
	}
	chosen := known
	if len(variants) > 0 {
		first := baseline
		if first == "" {
			first = Base
		}
		chosen = append([]string{first}, variants...)
	}
	var entries []Entry
	for _, name := range chosen {
		if slices.ContainsFunc(entries, func(e Entry) bool { return e.Name == name }) {
			continue
		}
		if !slices.Contains(known, name) {
			return nil, experiments.InputErrorf("%s has no variant %s%s", file, spec.Quote(name),
				spec.OrList(spec.DidYouMean(name, known), known))
		}
		design := base
		if slices.Contains(names, name) {
			if design, err = base.With(name); err != nil {
				return nil, err
			}
		}
		entries = append(entries, Entry{name, file, design})
	}
	return entries, nil
}

// ofFiles opens the base of each file. A design is called as its file without folder and ending, or as its file when
// that would be ambiguous.
func ofFiles(files, variants, settings []string) ([]Entry, error) {
	if len(files) == 0 {
		return nil, experiments.InputErrorf("compare needs a file: for example weir compare scenario.yaml")
	}
	if len(variants) > 0 {
		return nil, experiments.InputErrorf("--variant chooses among the variants of one file: with several, each is compared as it is")
	}
	short := func(file string) string {
		name := filepath.Base(file)
		return strings.TrimSuffix(name, filepath.Ext(name))
	}
	var entries []Entry
	for i, file := range files {
		if slices.Contains(files[:i], file) {
			return nil, experiments.InputErrorf("%s is given twice", file)
		}
		name := short(file)
		for k, other := range files {
			if k != i && short(other) == name {
				name = file
			}
		}
		design, err := experiments.Open(file, "", settings)
		if err != nil {
			return nil, err
		}
		entries = append(entries, Entry{name, file, design})
	}
	return entries, nil
}

// baselineFirst puts the baseline before the others.
func baselineFirst(entries []Entry, baseline string) ([]Entry, error) {
	if baseline == "" {
		return entries, nil
	}
	var names []string
	for i, e := range entries {
		if e.Name == baseline || e.File == baseline && len(entries) > 1 && entries[0].File != entries[1].File {
			return append([]Entry{e}, slices.Delete(slices.Clone(entries), i, i+1)...), nil
		}
		names = append(names, e.Name)
	}
	return nil, experiments.InputErrorf("--baseline %s is none of the designs%s", spec.Quote(baseline),
		spec.OrList(spec.DidYouMean(baseline, names), names))
}

// check refuses designs whose replications are no pairs.
func check(entries []Entry) error {
	first := entries[0]
	a := first.Design.Document.Run
	for _, e := range entries[1:] {
		b := e.Design.Document.Run
		differs := func(key, flag string, a, b any) error {
			return experiments.InputErrorf("%s and %s differ in %s, %v and %v, so their replications are no pairs: set one for all with %s",
				first.Name, e.Name, key, a, b, flag)
		}
		switch {
		case a.Seed != b.Seed:
			return differs("run.seed", fmt.Sprintf("--seed %d", a.Seed), a.Seed, b.Seed)
		case a.Replications != b.Replications:
			return differs("run.replications", fmt.Sprintf("--replications %d", a.Replications), a.Replications, b.Replications)
		case a.Duration != b.Duration:
			return differs("run.duration", fmt.Sprintf("--set run.duration=%s", text(a.Duration)), text(a.Duration),
				text(b.Duration))
		case a.Warmup != b.Warmup:
			return differs("run.warmup", fmt.Sprintf("--set run.warmup=%s", text(a.Warmup)), text(a.Warmup), text(b.Warmup))
		case a.Batches != b.Batches:
			return differs("run.batches", fmt.Sprintf("--set run.batches=%d", a.Batches), a.Batches, b.Batches)
		case a.Group != b.Group:
			return differs("run.group", fmt.Sprintf("--set run.group=%d", a.Group), a.Group, b.Group)
		case (len(first.Design.Document.Uncertainty) > 0) != (len(e.Design.Document.Uncertainty) > 0):
			return experiments.InputErrorf("only one of %s and %s is uncertain, so what is drawn for one makes no pair with the other: give both "+
				"their uncertainty, or none", first.Name, e.Name)
		}
	}
	return nil
}

// text writes a setting as the scenario file has it.
func text(v interface{ MarshalText() ([]byte, error) }) string {
	written, err := v.MarshalText()
	if err != nil {
		return "?" // what was read can be written
	}
	return string(written)
}

// Outcome is what a comparison yields: its document, and of each design the ensemble and the summary.
type Outcome struct {
	Comparison *results.Comparison
	Ensembles  []*results.Ensemble
	Summaries  []*results.Summary
}

// Run runs the designs and keeps the replications that all of them finish; what two designs of one digest yield is run
// once. When the context is done, it compares what is finished, and the comparison's Method.Partial says so.
func Run(ctx context.Context, entries []Entry, build results.Build, progress func(design int) experiments.Progress,
) (*Outcome, error) {
	var distinct []*experiments.Design
	of := make([]int, len(entries))
	for i, e := range entries {
		digest := e.Design.Document.Digest()
		of[i] = slices.IndexFunc(distinct, func(d *experiments.Design) bool { return d.Document.Digest() == digest })
		if of[i] < 0 {
			of[i] = len(distinct)
			distinct = append(distinct, e.Design)
		}
	}
	ensembles, err := experiments.RunTogether(ctx, distinct, progress)
	if err != nil {
		return nil, err
	}
	out := &Outcome{}
	contenders := make([]results.Contender, len(entries))
	for i, e := range entries {
		ensemble := ensembles[of[i]]
		summary := e.Design.Summarise(ensemble, build, 0)
		out.Ensembles, out.Summaries = append(out.Ensembles, ensemble), append(out.Summaries, summary)
		contenders[i] = results.Contender{Name: e.Name, File: e.File, Summary: summary}
	}
	var replications []int
	for _, o := range ensembles[0].Outcomes {
		if !slices.Contains(replications, o.Replication) { // a batch is an outcome, too
			replications = append(replications, o.Replication)
		}
	}
	out.Comparison = results.Compare(build, replications, contenders)
	out.Comparison.Method.Partial = ensembles[0].Dropped
	out.Comparison.Question = strings.Join(strings.Fields(entries[0].Design.Document.Description), " ")
	return out, nil
}
