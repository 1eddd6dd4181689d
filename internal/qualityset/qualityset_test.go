package main

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	accountsHead = "id,name,website,country,city,phone,parent_id\n"
	queriesHead  = "id,company,email_domain,country,city\n"
	labelsHead   = "query_id,account_id,ok_ids,source,kind,mode,tag\n"
)

// write makes a folder of a set of which every query is one that is taken.
func write(t *testing.T, accounts, queries, labels string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"accounts.csv": accountsHead + accounts, "queries.csv": queriesHead + queries, "labels.csv": labelsHead + labels} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// taken gives the ids of n queries that are taken, if they are free.
func taken(n int) []string {
	var ids []string
	for i := 0; len(ids) < n; i++ {
		if id := fmt.Sprint("Q", i); spread(id)%oneIn == 0 {
			ids = append(ids, id)
		}
	}
	return ids
}

// TestOnlyFreeRows: a row that a source with conditions may have made stays out,
// by whichever of its names it shows.
func TestOnlyFreeRows(t *testing.T) {
	const accounts = `A1,Granite Brewing,granite.com,US,,,A5
A2,Marble Bank,,US,,,A1
A3,Basalt Labs,,,,,
A4,Slate Works,,,,,
A5,Obsidian Hall,,,,,
A6,Nobody Asks,,,,,
A7,Ministry of Stone,,FR,,,
A8,Twice Named,,FR,,,
A9,Twice Named,,DE,,,
`
	q := taken(8)
	var queries strings.Builder
	for i, company := range []string{"Granite", "Marble", "Basalt", "Basalt Laboratories", "Slate", "Unknown Start-up", "Ministry of Stone", "Twice Named"} {
		fmt.Fprintf(&queries, "%s,%s,,,\n", q[i], company)
	}
	labels := strings.Join([]string{
		q[0] + ",A1,A5|A2,ror,alias,name,token",
		q[1] + ",A2,,sec,sec_2015,name,token",
		q[2] + ",A3,,ror,exact,name,token",         // A3 is free by this one alone,
		q[3] + ",A3,,ietf,variant,name,token",      // and not by this one
		q[4] + ",A4,,ror,x_ietf_variant,name,none", // whose text is another source's
		q[5] + ",,,yc,exact,name,near",
		q[6] + ",,,ror,homonym,name,near", // A7 is of the same register
		q[7] + ",,,occ,homonym,name,near", // one of two
	}, "\n") + "\n"
	out := t.TempDir()
	if err := run(write(t, accounts, queries.String(), labels), out); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"accounts.csv": "id,name,website,country,city,parent_id\nA1,Granite Brewing,granite.com,US,,\nA2,Marble Bank,,US,,A1\nA7,Ministry of Stone,,FR,,\n",
		"queries.csv":  queriesHead + q[0] + ",Granite,,,\n" + q[1] + ",Marble,,,\n" + q[6] + ",Ministry of Stone,,,\n" + q[7] + ",Twice Named,,,\n",
		"labels.csv": labelsHead + q[0] + ",A1,A2,ror,alias,name,token\n" + q[1] + ",A2,,sec,sec_2015,name,token\n" +
			q[6] + ",,,ror,homonym,name,near\n" + q[7] + ",,,occ,homonym,name,near\n",
	} {
		got, err := os.ReadFile(filepath.Join(out, name))
		if err != nil || string(got) != want {
			t.Errorf("%s, %v:\n%s\nwant\n%s", name, err, got, want)
		}
	}
}

// TestMistakableGoFirst: others are taken because somebody may take them for what
// was asked.
func TestMistakableGoFirst(t *testing.T) {
	accounts := []row{{"id": "1", "name": "Bank of Slate"}, {"id": "2", "name": "Quarry"}, {"id": "3", "name": "Slate and Marble Works"}}
	got := mistakable(accounts, []row{{"company": "MARBLE, Slate"}})
	if got[0]["id"] != "3" || len(got) != 3 {
		t.Errorf("%v", got)
	}
}

// TestCommittedSet is what the whole set gives, where that is at hand, and names
// free sources only in any case.
func TestCommittedSet(t *testing.T) {
	const committed = "../../matching/testdata/quality"
	s, err := readSet(committed)
	if err != nil {
		t.Fatal(err)
	}
	if i := slices.IndexFunc(s.labels, func(l row) bool { return !isFree(l) }); i >= 0 {
		t.Errorf("not free: %v", s.labels[i])
	}
	whole := os.Getenv("ONWARD_MATCHING_DATA")
	if whole == "" {
		t.Skip("ONWARD_MATCHING_DATA names no folder with the whole set: not compared with it")
	}
	other, err := readSet(whole)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(other.queries, func(q row) bool { return maps.Equal(q, s.queries[0]) }) {
		t.Skip("ONWARD_MATCHING_DATA names another set")
	}
	out := t.TempDir()
	if err := run(whole, out); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"accounts.csv", "queries.csv", "labels.csv"} {
		want, err := os.ReadFile(filepath.Join(out, name))
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(committed, name))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what the whole set gives (%v): run the command in its README.md", name, err)
		}
	}
}
