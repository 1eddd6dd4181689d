package show

import (
	"strings"
	"testing"
)

func TestClipCountsCells(t *testing.T) {
	for _, tt := range []struct {
		text  string
		limit int
		want  string
	}{
		{"Beta Labs", 9, "Beta Labs"},
		{"Beta Labs", 6, "Beta …"},
		{"株式会社日立", 7, "株式会…"},
		{"Ame\u0301lie", 6, "Ame\u0301lie"},
		{"", 3, ""},
	} {
		if got := Clip(tt.text, tt.limit); got != tt.want || Cells(got) > tt.limit {
			t.Errorf("clip(%q, %d) = %q, want %q", tt.text, tt.limit, got, tt.want)
		}
	}
}

// TestTablesCannotBeSpoilt: names come from strangers, and may hold what moves
// the cursor.
func TestTablesCannotBeSpoilt(t *testing.T) {
	var out strings.Builder
	Table(&out, []Column{{Title: "NAME", Most: 20}, {Title: "X", Most: 5}}, [][]string{{"Eve\x1b[2J\nBob", "1"}, {"Ada", "2"}})
	want := "NAME         X\n───────────  ─\nEve [2J Bob  1\nAda          2\n"
	if out.String() != want {
		t.Errorf("got\n%q\nwant\n%q", out.String(), want)
	}
}
