package crm

import (
	"fmt"
	"strings"
)

// suffixAlphabet spells the case of five characters as one: bit i is set when
// character i is an upper-case letter. Source: Salesforce, "What are Salesforce
// ID's composed of".
const suffixAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"

// WidenID turns a 15-character id into its 18-character form and checks the
// suffix of one that has it already. Ids are compared on 18 characters and
// never folded. The error says what is wrong with the id.
func WidenID(id string) (string, error) {
	if !idLength(id) {
		return "", fmt.Errorf("crm: id %q: has %d characters, want 15 or 18", clip(id), len(id))
	}
	for i := range len(id) {
		if !isAlphanumeric(id[i]) {
			return "", fmt.Errorf("crm: id %q: character %d is neither letter nor digit", clip(id), i+1)
		}
	}
	full := id[:15] + idSuffix(id[:15])
	if len(id) == 18 && !strings.EqualFold(full, id) {
		return "", fmt.Errorf("crm: id %q: check characters are %s, want %s", clip(id), id[15:], full[15:])
	}
	return full, nil
}

// SameID reports whether two ids, 15 or 18 characters long, name one record.
func SameID(a, b string) bool {
	if a == b {
		return a != ""
	}
	if !idLength(a) || !idLength(b) || a[:15] != b[:15] {
		return false
	}
	x, errX := WidenID(a)
	y, errY := WidenID(b)
	return errX == nil && errY == nil && x == y
}

func idLength(id string) bool { return len(id) == 15 || len(id) == 18 }

func idSuffix(id15 string) string {
	var out [3]byte
	for group := range 3 {
		bits := 0
		for i := range 5 {
			if c := id15[group*5+i]; c >= 'A' && c <= 'Z' {
				bits |= 1 << i
			}
		}
		out[group] = suffixAlphabet[bits]
	}
	return string(out[:])
}

func isAlphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

// clip keeps an error message short whatever it quotes.
func clip(s string) string {
	if len(s) > 24 {
		return s[:24] + "…"
	}
	return s
}
