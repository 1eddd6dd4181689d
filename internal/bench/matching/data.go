package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// account is one line of accounts.csv.
type account struct {
	id, name, website, country, city, phone, parent string
}

// query is one line of queries.csv.
type query struct {
	id, company, domain, country, city string
}

// label is one line of labels.csv; account is empty when the list has none.
type label struct {
	query, account          string
	others                  []string // accounts that are right too
	source, kind, mode, tag string
}

// column gives the value of a column that queries are grouped by.
func (l label) column(name string) (string, bool) {
	switch name {
	case "source":
		return l.source, true
	case "kind":
		return l.kind, true
	case "mode":
		return l.mode, true
	case "tag":
		return l.tag, true
	}
	return "", false
}

// dataset is a labelled set.
type dataset struct {
	accounts []account
	queries  []query
	labels   map[string]label // by query
}

// load reads the three files of a folder.
func load(dir string) (dataset, error) {
	d := dataset{labels: map[string]label{}}
	err := errors.Join(
		lines(filepath.Join(dir, "accounts.csv"), func(at func(string) string) {
			d.accounts = append(d.accounts, account{at("id"), at("name"), at("website"), at("country"), at("city"), at("phone"), at("parent_id")})
		}),
		lines(filepath.Join(dir, "queries.csv"), func(at func(string) string) {
			d.queries = append(d.queries, query{at("id"), at("company"), at("email_domain"), at("country"), at("city")})
		}),
		lines(filepath.Join(dir, "labels.csv"), func(at func(string) string) {
			l := label{query: at("query_id"), account: at("account_id"), source: at("source"), kind: at("kind"), mode: at("mode"), tag: at("tag")}
			l.others = strings.FieldsFunc(at("ok_ids"), func(r rune) bool { return r == '|' })
			d.labels[l.query] = l
		}),
	)
	if err == nil && (len(d.accounts) == 0 || len(d.queries) == 0 || len(d.labels) == 0) {
		err = fmt.Errorf("%s holds no accounts, no queries or no labels", dir)
	}
	return d, err
}

// lines calls each for every line of a CSV file, with the value of a column by its
// name; a column that the file lacks is empty.
func lines(path string, each func(at func(string) string)) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	r := csv.NewReader(f)
	head, err := r.Read()
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	column := map[string]int{}
	for i, name := range head {
		column[name] = i
	}
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		each(func(name string) string {
			i, ok := column[name]
			if !ok {
				return ""
			}
			return record[i]
		})
	}
}

// shuffled gives the queries in an order that is the same in every run, so that
// the first so many of them are a sample: files keep their kinds together.
func shuffled(queries []query) []query {
	out := slices.Clone(queries)
	r := rand.New(rand.NewPCG(27, 2))
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// detached copies accounts together with their text. What an index keeps of the
// copy is then its own, and is counted as such.
func detached(accounts []account) []account {
	out := make([]account, len(accounts))
	for i, a := range accounts {
		c := strings.Clone
		out[i] = account{c(a.id), c(a.name), c(a.website), c(a.country), c(a.city), c(a.phone), c(a.parent)}
	}
	return out
}

// writeAccounts writes a list as accounts.csv has it.
func writeAccounts(path string, all []account) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := csv.NewWriter(f)
	_ = w.Write([]string{"id", "name", "website", "country", "city", "phone", "parent_id"}) // Flush tells
	for _, a := range all {
		_ = w.Write([]string{a.id, a.name, a.website, a.country, a.city, a.phone, a.parent})
	}
	w.Flush()
	return errors.Join(w.Error(), f.Close())
}
