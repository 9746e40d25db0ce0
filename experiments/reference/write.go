package reference

import (
	"fmt"
	"io"
	"strings"
)

// width is how wide a line of text is, in columns.
const width = 100

// WriteText writes the page for a terminal.
func (p *Page) WriteText(w io.Writer) error {
	var b strings.Builder
	b.WriteString(p.Title + "\n")
	wrap(&b, p.Text, "")
	b.WriteString("\n")
	for _, k := range p.Keys {
		b.WriteString(k.Name)
		if k.Form != "" {
			b.WriteString("  " + k.Form)
		}
		if k.Default != "" {
			b.WriteString("  [" + k.Default + "]")
		}
		b.WriteString("\n")
		wrap(&b, k.Text, "    ")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// wrap writes a text in lines of the page's width.
func wrap(b *strings.Builder, text, indent string) {
	line := indent
	for word := range strings.FieldsSeq(text) {
		if len(line)+1+len(word) > width && line != indent {
			b.WriteString(line + "\n")
			line = indent
		}
		if line != indent {
			line += " "
		}
		line += word
	}
	if line != indent {
		b.WriteString(line + "\n")
	}
}

// WriteMarkdown writes the page as Markdown.
func (p *Page) WriteMarkdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n", p.Title)
	if p.Text != "" {
		fmt.Fprintf(&b, "%s\n\n", p.Text)
	}
	b.WriteString("| key | holds | default | |\n|---|---|---|---|\n")
	cell := strings.NewReplacer("|", "\\|", "\n", " ").Replace
	for _, k := range p.Keys {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", k.Name, cell(k.Form), cell(k.Default), cell(k.Text))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
