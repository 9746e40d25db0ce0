package results

import "testing"

// A spreadsheet runs what looks like a formula; numbers stay numbers.
func TestATextIsNoFormula(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "orders": "orders", "=cmd()": "'=cmd()", "+1 and more": "'+1 and more", "@sum": "'@sum", "-2.5": "-2.5",
		"+1": "+1", "\t=1": "'\t=1", "a=b": "a=b",
	} {
		if got := CSVText(text); got != want {
			t.Errorf("%q is written %q, want %q", text, got, want)
		}
	}
}
