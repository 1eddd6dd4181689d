package main

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/onward-crm/onward/matching"
)

// set is a labelled set: accounts, and queries with the account that each is.
type set struct {
	accounts []matching.Account
	queries  []query
}

// query is one labelled report.
type query struct {
	id      string
	company matching.Company
	right   []string // ids of accounts that are right, none for a company that is not there
	source  string
	kind    string
	mode    string
	tag     string
}

func (q *query) isRight(id string) bool { return slices.Contains(q.right, id) }

// readSet reads accounts.csv, queries.csv and labels.csv of a folder.
func readSet(dir string) (*set, error) {
	s := &set{}
	var err error
	if s.accounts, err = readAccounts(filepath.Join(dir, "accounts.csv")); err != nil {
		return nil, err
	}
	labels := map[string]map[string]string{}
	if err := eachRow(filepath.Join(dir, "labels.csv"), func(r map[string]string) { labels[r["query_id"]] = r }); err != nil {
		return nil, err
	}
	return s, eachRow(filepath.Join(dir, "queries.csv"), func(r map[string]string) {
		l := labels[r["id"]]
		q := query{
			id: r["id"], source: l["source"], kind: l["kind"], mode: l["mode"], tag: l["tag"],
			company: matching.Company{Name: r["company"], Country: r["country"], City: r["city"]},
		}
		if r["email_domain"] != "" {
			q.company.Email = "someone@" + r["email_domain"]
		}
		if l["account_id"] != "" {
			q.right = append(q.right, l["account_id"])
			if l["ok_ids"] != "" {
				q.right = append(q.right, strings.Split(l["ok_ids"], "|")...)
			}
		}
		s.queries = append(s.queries, q)
	})
}

func readAccounts(path string) ([]matching.Account, error) {
	var accounts []matching.Account
	err := eachRow(path, func(r map[string]string) {
		accounts = append(accounts, matching.Account{
			ID: r["id"], Name: r["name"], Website: r["website"], Country: r["country"], City: r["city"], Phone: r["phone"], ParentID: r["parent_id"],
		})
	})
	return accounts, err
}

// eachRow reads a CSV file whose first row names the columns.
func eachRow(path string, yield func(map[string]string)) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if len(rows) == 0 {
		return fmt.Errorf("%s: empty, want a first row with the names of the columns", path)
	}
	for _, row := range rows[1:] {
		r := map[string]string{}
		for i, name := range rows[0] {
			r[name] = row[i]
		}
		yield(r)
	}
	return nil
}
