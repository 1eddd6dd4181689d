package matching

import (
	"testing"
)

func TestSamePhone(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"+49 (0)89 123456-0", "0049 89 1234560", true},
		{"+1 415 555 0100", "(415) 555-0100 x12", true},
		{"+1 415 555 0100", "+1 415 555 0101", false},
		{"12345", "12345", false},
		{"", "", false},
	} {
		if got := SamePhone(tt.a, tt.b); got != tt.want || SamePhone(tt.b, tt.a) != tt.want {
			t.Errorf("SamePhone(%q, %q) = %v", tt.a, tt.b, got)
		}
	}
}
