package results

import (
	"encoding/csv"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/parquet-go/parquet-go"
)

// Table is rows of texts and numbers, one observation each, for other programs to read.
type Table struct {
	Columns []TableColumn
	Rows    [][]any // string, int or float64 by column; NaN is missing
}

// TableColumn is a column of a table.
type TableColumn struct {
	Name string
	Kind TableKind
}

// TableKind is what a column holds.
type TableKind int

// The kinds.
const (
	TableText TableKind = iota
	TableWhole
	TableNumber
)

// CSVText returns a text that a spreadsheet takes for a text: one that would be a formula begins with an apostrophe.
func CSVText(s string) string {
	if s == "" || !strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return s
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		return s
	}
	return "'" + s
}

// WriteCSV writes the table as RFC 4180 has it, its names in the first line and what is missing empty.
func (t *Table) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	line := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		line[i] = c.Name
	}
	if err := out.Write(line); err != nil {
		return err
	}
	for _, row := range t.Rows {
		for i, cell := range row {
			switch v := cell.(type) {
			case string:
				line[i] = CSVText(v)
			case int:
				line[i] = strconv.Itoa(v)
			case float64:
				if line[i] = ""; !math.IsNaN(v) {
					line[i] = strconv.FormatFloat(v, 'g', -1, 64)
				}
			}
		}
		if err := out.Write(line); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// WriteParquet writes the table as Apache Parquet, its columns in alphabetical order and what is missing as null.
func (t *Table) WriteParquet(w io.Writer) error {
	group := parquet.Group{}
	for _, c := range t.Columns {
		switch c.Kind {
		case TableText:
			group[c.Name] = parquet.String()
		case TableWhole:
			group[c.Name] = parquet.Int(64)
		default:
			group[c.Name] = parquet.Optional(parquet.Leaf(parquet.DoubleType))
		}
	}
	schema := parquet.NewSchema("weir", group)
	place := map[string]int{} // of the columns, as the schema has them
	for i, path := range schema.Columns() {
		place[path[0]] = i
	}
	out := parquet.NewWriter(w, schema, parquet.Compression(&parquet.Zstd))
	row := make(parquet.Row, len(t.Columns))
	for _, cells := range t.Rows {
		for i, cell := range cells {
			at := place[t.Columns[i].Name]
			switch v := cell.(type) {
			case string:
				row[at] = parquet.ValueOf(v).Level(0, 0, at)
			case int:
				row[at] = parquet.ValueOf(int64(v)).Level(0, 0, at)
			case float64:
				if math.IsNaN(v) {
					row[at] = parquet.NullValue().Level(0, 0, at)
				} else {
					row[at] = parquet.ValueOf(v).Level(0, 1, at)
				}
			}
		}
		if _, err := out.WriteRows([]parquet.Row{row}); err != nil {
			return err
		}
	}
	return out.Close()
}
