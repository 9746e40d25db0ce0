package spec

import (
	"bufio"
	"encoding"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
)

// Empirical is recorded values and their weights, given here or in a file.
type Empirical[T measured] struct {
	// The values.
	Values []T `yaml:"values"`
	// The weight of each value, all alike unless set.
	Weights []Number `yaml:"weights"`
	// A CSV file, relative to the scenario's folder: a value in the first column and, if there is a second one, its weight
	// or count. Values carry their unit as in the scenario (12ms), or the header ends with it (latency_ms).
	File string `yaml:"file"`

	read        []T
	readWeights []Number
}

// Limits of a file of recorded values.
const (
	recordedBytesMax = 32 << 20
	recordedRowsMax  = 1_000_000
)

func (e *Empirical[T]) recorded() ([]T, []Number) {
	if e.File != "" {
		return e.read, e.readWeights
	}
	return e.Values, e.Weights
}

// ReadFiles reads the values from the file, if there is one.
func (e *Empirical[T]) ReadFiles(open Open) []Problem {
	switch {
	case (e.File == "") == (len(e.Values) == 0):
		return []Problem{{"", "needs values or a file, one of them"}}
	case e.File == "":
		return nil
	case len(e.Weights) > 0:
		return []Problem{{"weights", "the weights of a file stand in its second column"}}
	case open == nil:
		return []Problem{{"file", "no file can be read here: write the values"}}
	}
	in, err := open(e.File)
	if err != nil {
		return []Problem{{"file", err.Error()}}
	}
	defer in.Close()
	if err := e.readCSV(in); err != nil {
		return []Problem{{"file", e.File + ":" + err.Error()}}
	}
	return nil
}

func (e *Empirical[T]) readCSV(in io.Reader) error {
	limited := &io.LimitedReader{R: in, N: recordedBytesMax + 1}
	buffered := bufio.NewReader(limited)
	if mark, _ := buffered.Peek(3); string(mark) == "\ufeff" {
		_, _ = buffered.Discard(3) // what was peeked at is there
	}
	rows := csv.NewReader(buffered)
	rows.Comment = '#'
	rows.ReuseRecord = true
	rows.TrimLeadingSpace = true
	suffix := ""
	for {
		row, err := rows.Read()
		parse, bad := errors.AsType[*csv.ParseError](err)
		switch {
		case errors.Is(err, io.EOF) && len(e.read) == 0:
			return errors.New(" the file holds no value")
		case errors.Is(err, io.EOF):
			return nil
		case limited.N == 0:
			return fmt.Errorf(" the file is larger than %d MiB: count equal values and give each its count",
				recordedBytesMax>>20)
		case bad:
			return fmt.Errorf("%d: %w", parse.Line, parse.Err)
		case err != nil:
			return err
		}
		if isHeader(row[0]) && suffix == "" && len(e.read) == 0 {
			suffix = unitOfHeader[T](row[0])
			continue
		}
		if err := e.add(row, suffix); err != nil {
			line, _ := rows.FieldPos(0)
			return fmt.Errorf("%d: %w", line, err)
		}
	}
}

// isHeader reports whether the first cell of a file is a name instead of a value.
func isHeader(cell string) bool {
	return cell == "" || !strings.ContainsRune("0123456789.+-", rune(cell[0]))
}

// noUnit is the suffix of values whose header names no unit.
const noUnit = " "

// unitOfHeader returns the unit that a header such as latency_ms ends with.
func unitOfHeader[T measured](header string) string {
	last := header[strings.LastIndexAny(header, "_ ")+1:]
	var zero T
	switch any(zero).(type) {
	case Duration:
		if name, ok := unitOfTime(last); ok {
			return name
		}
	case Size:
		for _, u := range append(sizeUnits, unit{"bytes", 1}) {
			if strings.EqualFold(u.name, last) {
				return u.name
			}
		}
	}
	return noUnit
}

func (e *Empirical[T]) add(row []string, suffix string) error {
	switch {
	case len(row) > 2:
		return fmt.Errorf("there are %d columns: a value and its weight are wanted", len(row))
	case len(e.read) >= recordedRowsMax:
		return fmt.Errorf("there are more than %d rows: count equal values and give each its count", recordedRowsMax)
	}
	var value T
	cell := strings.TrimSpace(row[0])
	if f, ok := parseFloat(cell); ok && suffix != "" && suffix != noUnit {
		u, known := unitNamed(timeUnits, suffix)
		if !known {
			u, known = unitNamed(sizeUnits, suffix)
		}
		if !known {
			u.factor = 1 // bytes
		}
		f = math.Round(f * float64(u.factor))
		if f < 0 || f > longest {
			return fmt.Errorf("%s is out of range", Quote(cell))
		}
		value = T(f)
	} else if err := any(&value).(encoding.TextUnmarshaler).UnmarshalText([]byte(cell)); err != nil {
		return err
	} else if float64(value) > longest {
		return fmt.Errorf("%s is out of range", Quote(cell))
	}
	e.read = append(e.read, value)
	if len(row) == 2 {
		weight, ok := parseFloat(strings.TrimSpace(row[1]))
		if !ok || weight < 0 {
			return fmt.Errorf("%s is not a weight: a number from 0", Quote(row[1]))
		}
		e.readWeights = append(e.readWeights, Number(weight))
	}
	return nil
}
