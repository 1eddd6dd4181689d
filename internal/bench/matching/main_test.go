package main

import (
	"encoding/csv"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestRunOnMadeData: from files to the table.
func TestRunOnMadeData(t *testing.T) {
	dir := t.TempDir()
	accounts := [][]string{{"id", "name", "website", "country", "city", "phone", "parent_id"}}
	queries := [][]string{{"id", "company", "email_domain", "country", "city"}}
	labels := [][]string{{"query_id", "account_id", "ok_ids", "source", "kind", "mode", "tag"}}
	for _, a := range ten {
		accounts = append(accounts, []string{a.id, a.name, a.website, a.country, a.city, a.phone, a.parent})
		queries = append(queries, []string{"q" + a.id, a.name, "", a.country, ""})
		labels = append(labels, []string{"q" + a.id, a.id, "", "made", "exact", "name", "equal"})
	}
	write(t, filepath.Join(dir, "accounts.csv"), accounts)
	write(t, filepath.Join(dir, "queries.csv"), queries)
	write(t, filepath.Join(dir, "labels.csv"), labels)
	o, err := parse([]string{"-data", dir, "-scale", "60", "-only", "onward,token,cosine", "-by", "kind,tag", "-budget", "1s"})
	if err != nil {
		t.Fatal(err)
	}
	o.log = io.Discard
	text, err := run(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| onward, profile balanced | 10 | 10 |", "| onward, profile balanced | 60 | 10 |", "| 3-gram TF-IDF cosine, domain first | 60 | 10 |",
		"| exact | has one | token set, all accounts | 10 | 10 | 0 |", "| equal | has one | onward, profile balanced | 10 | 10 | 0 |",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the text lacks %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "token set, all accounts | 60") {
		t.Error("a matcher that looks at every account was measured on a made list")
	}
}

func write(t *testing.T, path string, records [][]string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := csv.NewWriter(f).WriteAll(records); err != nil {
		t.Fatal(err)
	}
}

// TestFlags: a quick run measures no made list unless one is named.
func TestFlags(t *testing.T) {
	for _, row := range []struct {
		args string
		want []int
		bad  bool
	}{
		{"-data d", []int{100_000, 1_000_000}, false},
		{"-data d -quick", nil, false},
		{"-data d -quick -scale 500,200", []int{200, 500}, false},
		{"-data d -scale x", nil, true},
		{"-data d -by colour", nil, true},
		{"-quick", nil, true},
	} {
		o, err := parse(strings.Fields(row.args))
		if (err != nil) != row.bad || err == nil && !slices.Equal(o.scale, row.want) {
			t.Errorf("%s: %v, error %v", row.args, o.scale, err)
		}
	}
}

// TestFigures: how the table writes numbers.
func TestFigures(t *testing.T) {
	for got, want := range map[string]string{
		thousands(1234567): "1,234,567", thousands(999): "999", figure(12.34): "12.3", figure(4321.5): "4,322",
		short(1500 * time.Microsecond): "1.5 ms", short(250 * time.Microsecond): "250 µs", short(2100 * time.Millisecond): "2.1 s",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
