package matching

import (
	"testing"
)

func TestSimilarity(t *testing.T) {
	similar := func(a, b string) float64 { return NameSimilarity(ParseCompany(a), ParseCompany(b)) }
	tests := []struct {
		name, a, b string
		low, high  float64
	}{
		{"MA14 equal", "Acme, Inc.", "ACME Incorporated", 1, 1},
		{"MA24 same words, other order", "University of Washington", "Washington University", 0.6, 0.95},
		{"MA25 other digits", "Forever 21", "Forever 24", 0, 0.5},
		{"MA25 3M and 3Com", "3M", "3Com", 0, 0.3},
		{"MA26 slip", "Microsoft", "Microsfot", 0.9, 0.99},
		{"MA26 another", "Microsoft", "Micron", 0, 0.6},
		{"MA23 one word of two", "Delta", "Delta Dental", 0.4, 0.8},
		{"MA27 contained", "Apple", "Apple Leisure", 0.4, 0.8},
		{"a blank more", "Face Book", "Facebook", 1, 1},
		{"a blank more and a slip", "Face Bokk", "Facebook", 0.8, 0.95},
		{"numbers run together", "Route 6 6", "Route 66", 0, 0.5},
		{"nothing in common", "Acme", "Zenit", 0, 0},
		{"empty", "", "Acme", 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := similar(tt.a, tt.b)
			if got < tt.low || got > tt.high || got != similar(tt.b, tt.a) {
				t.Errorf("NameSimilarity(%q, %q) = %.3f, want %.2f to %.2f", tt.a, tt.b, got, tt.low, tt.high)
			}
		})
	}
}

func TestDistances(t *testing.T) {
	for _, tt := range []struct {
		a, b       string
		plain, osa int
	}{
		{"microsoft", "microsfot", 2, 1}, {"kitten", "sitting", 3, 3}, {"", "abc", 3, 3}, {"ä", "a", 1, 1}, {"ca", "abc", 3, 3}, {"same", "same", 0, 0},
	} {
		if l, o := Levenshtein(tt.a, tt.b), TypoDistance(tt.a, tt.b); l != tt.plain || o != tt.osa {
			t.Errorf("%q to %q: %d and %d, want %d and %d", tt.a, tt.b, l, o, tt.plain, tt.osa)
		}
	}
	for _, tt := range []struct {
		a, b string
		want float64
	}{{"martha", "marhta", 0.9611}, {"dixon", "dicksonx", 0.8133}, {"", "x", 0}, {"", "", 1}, {"abc", "xyz", 0}} {
		if got := JaroWinkler(tt.a, tt.b); got < tt.want-0.0001 || got > tt.want+0.0001 {
			t.Errorf("JaroWinkler(%q, %q) = %.4f, want %.4f", tt.a, tt.b, got, tt.want)
		}
	}
}
