package matching

import (
	"slices"
	"strings"
	"testing"
)

func TestMP11NicknameVariants(t *testing.T) {
	got := NicknameVariants("Bob")
	if !slices.Contains(got, "robert") || !slices.Contains(got, "bob") || !slices.IsSorted(got) || len(got) > maxVariants {
		t.Errorf("NicknameVariants(Bob) = %q", got)
	}
	if got := NicknameVariants("Zyxwv"); !slices.Equal(got, []string{"zyxwv"}) {
		t.Errorf("NicknameVariants(Zyxwv) = %q", got)
	}
	for name := range nicknames().of {
		variants := NicknameVariants(name)
		if len(variants) > maxVariants || !slices.Contains(variants, name) {
			t.Errorf("variants of %q: %q", name, variants)
		}
		if Fold(name) != name || strings.ContainsAny(name, "-.") {
			t.Errorf("%q is not folded", name)
		}
	}
}
