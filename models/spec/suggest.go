package spec

import (
	"strings"
	"unicode"
)

// Suggest returns the name nearest to what was written, or "" when none is near, or two are equally near.
func Suggest(written string, names []string) string {
	written = snake(written)
	best, nearest := "", len(written)/3+2
	for _, name := range names {
		switch d := distance(written, name); {
		case d < nearest:
			best, nearest = name, d
		case d == nearest && name != best:
			best = ""
		}
	}
	return best
}

// DidYouMean returns the suggestion as the end of a sentence, or "" when no name is near.
func DidYouMean(written string, names []string) string {
	if s := Suggest(written, names); s != "" {
		return ": did you mean " + s + "?"
	}
	return ""
}

// snake turns VisibilityTimeout and visibility-timeout into visibility_timeout.
func snake(s string) string {
	var b strings.Builder
	lower := false
	for _, r := range s {
		switch {
		case r == '-' || r == ' ':
			r = '_'
		case unicode.IsUpper(r) && lower:
			b.WriteByte('_')
		}
		lower = unicode.IsLower(r)
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// ThereIs says which names there are.
func ThereIs(names []string) string {
	switch len(names) {
	case 0:
		return "there is none"
	case 1:
		return "there is " + names[0]
	}
	return "there are " + nameList(names, 30)
}

// nameList writes names one after the other, the first most of them.
func nameList(names []string, most int) string {
	if len(names) > most {
		return strings.Join(names[:most], ", ") + " …"
	}
	return strings.Join(names, ", ")
}

// distance is the number of letters to insert, delete, replace or swap (Damerau and Levenshtein, adjacent swaps only).
func distance(a, b string) int {
	if len(a) > NameMax || len(b) > NameMax {
		return max(len(a), len(b))
	}
	var rows [3][NameMax + 1]int // the last row but one, the last, and this one
	for j := range len(b) + 1 {
		rows[1][j] = j
	}
	for i := 1; i <= len(a); i++ {
		rows[2][0] = i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			rows[2][j] = min(rows[1][j]+1, rows[2][j-1]+1, rows[1][j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[2][j] = min(rows[2][j], rows[0][j-2]+1)
			}
		}
		rows[0], rows[1] = rows[1], rows[2]
	}
	return rows[1][len(b)]
}
