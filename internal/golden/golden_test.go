package golden

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	const text = "why\nand how\n-- a.csv --\nId\n1\n-- empty --\n-- last --\nno marker: -- x -- y\n--  --\nend\n"
	want := Archive{Comment: "why\nand how\n", Files: []File{
		{"a.csv", "Id\n1\n"}, {"empty", ""}, {"last", "no marker: -- x -- y\n--  --\nend\n"},
	}}
	got := Parse(text)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("archive (-want +got):\n%s", diff)
	}
	if got.Format() != text {
		t.Errorf("written as %q, read from %q", got.Format(), text)
	}
}

func TestParseEndsTheLastLine(t *testing.T) {
	a := Parse("-- x --\r\nopen")
	if text, ok := a.Get("x"); !ok || text != "open\n" {
		t.Errorf("text %q, %v", text, ok)
	}
}

func TestWith(t *testing.T) {
	a := Parse("c\n-- x --\n1\n")
	b := a.With("x", "2").With("y", "3\n")
	if got, want := b.Format(), "c\n-- x --\n2\n-- y --\n3\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if text, _ := a.Get("x"); text != "1\n" {
		t.Errorf("With changed its receiver: %q", text)
	}
	if _, ok := a.Get("y"); ok {
		t.Error("With changed its receiver: y is there")
	}
}

func TestFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.txtar")
	a := Archive{Comment: "c\n", Files: []File{{"x", "1\n"}}}
	if err := a.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	got, err := ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(a, got); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
	if _, err := ReadFile(path + "x"); err == nil {
		t.Error("a missing file was read")
	}
}
