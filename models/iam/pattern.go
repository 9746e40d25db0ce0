package iam

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// pattern is a text to compare with, its wildcards told apart from the characters that are meant as they are.
type pattern []token

// token is a character, or one of the wildcards.
type token rune

const (
	one     token = -1 - iota // any one character
	oneHere                   // any one character but a colon
	many                      // any characters
	here                      // any characters but colons
)

// wildcards says what * and ? mean.
type wildcards uint8

const (
	literal   wildcards = iota // themselves
	anywhere                   // they stand for any characters
	bySegment                  // they stay between two colons, but for a * that ends its segment
)

// variables looks up the request's value of a key; nil where ${...} is text.
type variables func(key string) (string, bool)

// compile makes a pattern. It returns false when the text has a variable that the request has no value for: the text
// then matches nothing.
func compile(text string, mean wildcards, values variables) (pattern, bool) {
	var p pattern
	for rest := text; rest != ""; {
		if values != nil && strings.HasPrefix(rest, "${") {
			if name, after, closed := strings.Cut(rest[2:], "}"); closed {
				value, ok := expand(name, values)
				if !ok {
					return nil, false
				}
				p = append(p, plain(value)...)
				rest = after
				continue
			}
		}
		r, size := utf8.DecodeRuneInString(rest)
		rest = rest[size:]
		p = append(p, mean.of(r, rest))
	}
	return p, true
}

// expand returns what a variable stands for: ${key}, ${key, 'otherwise'}, or one of the characters ${*}, ${?}, ${$}.
func expand(name string, values variables) (string, bool) {
	if name == "*" || name == "?" || name == "$" {
		return name, true
	}
	key, otherwise, has := strings.Cut(name, ",")
	if value, ok := values(strings.TrimSpace(key)); ok {
		return value, true
	}
	return strings.Trim(strings.TrimSpace(otherwise), "'"), has
}

func plain(text string) (p pattern) {
	for _, r := range text {
		p = append(p, token(r))
	}
	return p
}

// folded returns the pattern in lower case.
func (p pattern) folded() pattern {
	for i, t := range p {
		if t >= 0 {
			p[i] = token(unicode.ToLower(rune(t)))
		}
	}
	return p
}

func (w wildcards) of(r rune, rest string) token {
	endsSegment := rest == "" || rest[0] == ':'
	switch {
	case w == literal:
	case r == '?' && w == bySegment:
		return oneHere
	case r == '?':
		return one
	case r == '*' && w == bySegment && !endsSegment:
		return here
	case r == '*':
		return many
	}
	return token(r)
}

// matches reports whether the pattern stands for the whole text. It keeps the set of places in the text that the part
// of the pattern read so far may lead to.
func (p pattern) matches(text string) bool {
	runes := []rune(text)
	reached := make([]bool, len(runes)+1)
	reached[0] = true
	for _, t := range p {
		if t == many || t == here {
			for i, r := range runes {
				reached[i+1] = reached[i+1] || reached[i] && (t == many || r != ':')
			}
			continue
		}
		for i := len(runes); i > 0; i-- {
			r := runes[i-1]
			reached[i] = reached[i-1] && (t == token(r) || t == one || t == oneHere && r != ':')
		}
		reached[0] = false
	}
	return reached[len(runes)]
}

// matchARN compares the six parts of an ARN each with its own pattern.
func matchARN(text, value string, values variables) bool {
	want, got := strings.SplitN(text, ":", arnParts), strings.SplitN(value, ":", arnParts)
	if len(want) != len(got) {
		return false
	}
	for i := range want {
		if p, ok := compile(want[i], anywhere, values); !ok || !p.matches(got[i]) {
			return false
		}
	}
	return true
}
