package results

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// The elements of a JUnit report, as Jenkins, GitLab and GitHub's reporters read it (Apache Ant's XML formatter, and
// the schema of Jenkins' xunit plugin).
type junitSuites struct {
	XMLName xml.Name `xml:"testsuites"`
	Name    string   `xml:"name,attr"`
	junitCounts
	Suites []junitSuite `xml:"testsuite"`
}

type junitCounts struct {
	Tests    int    `xml:"tests,attr"`
	Failures int    `xml:"failures,attr"`
	Errors   int    `xml:"errors,attr"`
	Skipped  int    `xml:"skipped,attr"`
	Time     string `xml:"time,attr"`
}

type junitSuite struct {
	Name string `xml:"name,attr"`
	junitCounts
	Properties []junitProperty `xml:"properties>property"`
	Cases      []junitCase     `xml:"testcase"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	Time    string        `xml:"time,attr"`
	Failure *junitProblem `xml:"failure,omitempty"`
	Error   *junitProblem `xml:"error,omitempty"`
	Output  string        `xml:"system-out,omitempty"`
}

type junitProblem struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

// WriteJUnit writes the objectives of designs as JUnit XML: a suite for each design and a case for each objective. One
// that is missed, or that cannot be decided, is a failure, as it is for the exit status; a run that ended early is an
// error besides.
func WriteJUnit(w io.Writer, summaries []*Summary) error {
	all := junitSuites{Name: "weir"}
	seconds := 0.0
	for _, s := range summaries {
		suite := suiteOf(s)
		seconds += s.Run.WallSeconds
		all.Tests += suite.Tests
		all.Failures += suite.Failures
		all.Errors += suite.Errors
		all.Suites = append(all.Suites, suite)
	}
	all.Time = junitTime(seconds)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := errors.Join(enc.Encode(all), enc.Close()); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func junitTime(seconds float64) string { return strconv.FormatFloat(seconds, 'f', 3, 64) }

func suiteOf(s *Summary) junitSuite {
	suite := junitSuite{Name: s.Scenario.Title()}
	suite.Time = junitTime(s.Run.WallSeconds)
	for _, p := range [][2]string{
		{"weir.version", s.Weir.Version}, {"weir.commit", s.Weir.Commit}, {"seed", strconv.FormatUint(s.Scenario.Seed, 10)},
		{"digest", s.Scenario.Digest}, {"profile", s.Scenario.Profile}, {"region", s.Scenario.Region},
		{"replications", strconv.Itoa(s.Run.Replications)}, {"duration_s", number(s.Run.DurationSeconds)},
		{"warmup_s", number(s.Run.WarmupSeconds)},
	} {
		suite.Properties = append(suite.Properties, junitProperty{p[0], p[1]})
	}
	for _, o := range s.Objectives {
		c := junitCase{Name: o.Text, Class: suite.Name, Time: junitTime(0)}
		observed := fmt.Sprintf("observed %s, %s", o.Shown(), o.intervalText())
		notes := strings.Join(nonEmpty(o.Doubt(), o.Note), "; ")
		switch {
		case o.Met:
			c.Output = strings.Join(nonEmpty(observed, notes), "; ")
		default:
			kind := "missed"
			if o.Undecided != "" {
				kind = "undecided"
			}
			c.Failure = &junitProblem{kind + ": " + o.Text + ", observed " + o.Shown(), kind,
				strings.Join(nonEmpty(observed, notes), "; ")}
			suite.Failures++
		}
		suite.Cases = append(suite.Cases, c)
	}
	if len(s.Run.Partial) > 0 {
		reasons := strings.Join(s.Run.Partial, "; ")
		suite.Cases = append(suite.Cases, junitCase{
			Name: "the run is whole", Class: suite.Name, Time: junitTime(0),
			Error: &junitProblem{"the results are partial", "partial", reasons},
		})
		suite.Errors++
	}
	suite.Tests = len(suite.Cases)
	return suite
}

// intervalText writes the interval of what was observed.
func (o Objective) intervalText() string {
	if e := o.Observed; e.Low <= e.High {
		format := FormatOf(o.Unit)
		return fmt.Sprintf("95 %% interval %s to %s over %d replications", format(e.Low), format(e.High), e.N)
	}
	return fmt.Sprintf("without an interval, from %d replications", o.Observed.N)
}

func nonEmpty(texts ...string) (kept []string) {
	for _, text := range texts {
		if text != "" {
			kept = append(kept, text)
		}
	}
	return kept
}
