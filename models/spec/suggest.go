package spec

import "strings"

// Suggest returns the name nearest to what was written, or "" when none is near.
func Suggest(written string, names []string) string {
	best, nearest := "", len(written)/3+2
	for _, name := range names {
		if d := distance(strings.ToLower(written), name); d < nearest {
			best, nearest = name, d
		}
	}
	return best
}

// distance is the number of letters to insert, delete, replace or swap (Damerau and Levenshtein, adjacent swaps only).
func distance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return max(len(a), len(b))
	}
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
