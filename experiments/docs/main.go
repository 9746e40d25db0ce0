// Command docs writes docs.json: the doc comments of the types that a scenario file decodes into, by package, type and
// field. go generate runs it in experiments.
package main

import (
	"encoding/json"
	"log"
	"os"

	"weir/experiments/scenario/godoc"
)

func main() {
	comments, err := godoc.OfScenario("..")
	if err != nil {
		log.Fatal(err)
	}
	data, err := json.MarshalIndent(comments, "", "  ")
	if err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile("docs/docs.json", append(data, '\n'), 0o644); err != nil {
		log.Fatal(err)
	}
}
