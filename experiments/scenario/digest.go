package scenario

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"maps"
	"slices"

	"go.yaml.in/yaml/v4"

	"weir/models/spec"
)

// ofOtherDocuments are the keys that say how other documents are made of this one.
var ofOtherDocuments = []string{"variants", "sweep", "sample"}

// Digest returns the SHA-256 of what the document says, every default spelled out, and of the files that were read
// through its Open so far. How the text is laid out makes no difference. Neither do other variants and the sweep: each
// is a document of its own. What is uncertain does: other values are drawn.
func (d *Document) Digest() string {
	h := sha256.New()
	n := spec.Encode(d.value)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i].Value, n.Content[i+1]
		if slices.Contains(ofOtherDocuments, key) || key == "uncertainty" && len(value.Content) == 0 {
			continue
		}
		fmt.Fprintf(h, "%q:", key)
		write(h, value)
	}
	for _, name := range slices.Sorted(maps.Keys(d.read)) {
		fmt.Fprintf(h, "%q=%s", name, d.read[name])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// write writes a node into a hash, the keys of mappings in their order.
func write(h hash.Hash, n *yaml.Node) {
	switch n.Kind {
	case yaml.AliasNode:
		write(h, n.Alias)
	case yaml.MappingNode:
		values := map[string]*yaml.Node{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			values[n.Content[i].Value] = n.Content[i+1]
		}
		fmt.Fprint(h, "{")
		for _, key := range slices.Sorted(maps.Keys(values)) {
			fmt.Fprintf(h, "%q:", key)
			write(h, values[key])
		}
		fmt.Fprint(h, "}")
	case yaml.SequenceNode:
		fmt.Fprint(h, "[")
		for _, item := range n.Content {
			write(h, item)
		}
		fmt.Fprint(h, "]")
	default:
		fmt.Fprintf(h, "%q,", n.Value)
	}
}

// WriteEffective writes what the document says as a scenario file of its own: with its variant and settings applied and
// every default spelled out, without other variants and the sweep. The files that it names are not copied.
func (d *Document) WriteEffective(w io.Writer) error {
	n := spec.Encode(d.value)
	kept := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if !slices.Contains(ofOtherDocuments, n.Content[i].Value) {
			kept.Content = append(kept.Content, n.Content[i], n.Content[i+1])
		}
	}
	enc := yaml.NewEncoder(w)
	enc.SetIndent(2)
	if err := enc.Encode(kept); err != nil {
		return err
	}
	return enc.Close()
}
