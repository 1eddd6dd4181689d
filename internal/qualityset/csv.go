package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// row is one line of a file, by the names of the columns.
type row map[string]string

// set is a labelled set, in the order of its files.
type set struct{ accounts, queries, labels []row }

// The columns that are written. Phones are left out: no source has any.
var (
	accountColumns = []string{"id", "name", "website", "country", "city", "parent_id"}
	queryColumns   = []string{"id", "company", "email_domain", "country", "city"}
	labelColumns   = []string{"query_id", "account_id", "ok_ids", "source", "kind", "mode", "tag"}
)

func readSet(dir string) (*set, error) {
	s := &set{}
	for _, f := range []struct {
		name    string
		rows    *[]row
		columns []string
	}{
		{"accounts.csv", &s.accounts, accountColumns}, {"queries.csv", &s.queries, queryColumns}, {"labels.csv", &s.labels, labelColumns},
	} {
		var err error
		if *f.rows, err = readRows(filepath.Join(dir, f.name), f.columns); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func readRows(path string, columns []string) ([]row, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(lines) == 0 {
		return nil, fmt.Errorf("%s: empty", path)
	}
	for _, c := range columns {
		if !slices.Contains(lines[0], c) {
			return nil, fmt.Errorf("%s: no column %s", path, c)
		}
	}
	var rows []row
	for _, cells := range lines[1:] {
		r := row{}
		for i, name := range lines[0] {
			r[name] = cells[i]
		}
		rows = append(rows, r)
	}
	return rows, nil
}

func writeSet(dir string, s *set) error {
	for _, f := range []struct {
		name    string
		rows    []row
		columns []string
	}{
		{"accounts.csv", s.accounts, accountColumns}, {"queries.csv", s.queries, queryColumns}, {"labels.csv", s.labels, labelColumns},
	} {
		if err := os.WriteFile(filepath.Join(dir, f.name), formatRows(f.rows, f.columns), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func formatRows(rows []row, columns []string) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write(columns) // a buffer takes everything
	for _, r := range rows {
		cells := make([]string, len(columns))
		for i, c := range columns {
			cells[i] = r[c]
		}
		_ = w.Write(cells)
	}
	w.Flush()
	return b.Bytes()
}
