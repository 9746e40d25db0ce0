// Package lint holds designs against rules: what AWS documents that a design of messaging and serverless services
// should look like, as far as a scenario can say it. A rule looks at the scenario alone, and points to the place in
// the file; where a run can show what it is about, a finding has settings that mend it and the figures to look at, and
// Prove runs the design as it is and mended, with the same random numbers.
//
// A rule is held to be silent unless what it says is true of the scenario: what the scenario does not say counts as
// fine, loads are the least that is known to come, times of work the least that they take.
package lint
