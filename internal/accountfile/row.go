package accountfile

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The lengths from which on a text is none that a person would type, in
// characters.
const (
	maxID   = 255
	maxText = 1000
)

// Account is one row of a list of accounts.
type Account struct {
	// Line is where the row begins, counted from 1.
	Line int
	// ID and Name are never empty. All values are without surrounding blanks.
	ID, Name string
	// Website and Domain are as people typed them. Without a website the domain
	// stands for it, and Domain is empty.
	Website, Domain string
	// Country is a country's code if the file has one, or its name.
	Country, City, Phone string
	// ParentID is the next account up in the hierarchy.
	ParentID string
}

// Query is one row of a list of companies to be found.
type Query struct {
	// Line is where the row begins, counted from 1.
	Line int
	// ID and Company are never empty. All values are without surrounding blanks.
	ID, Company string
	// Domain is the domain of an e-mail address, Email the address itself, both
	// as people typed them.
	Domain, Email string
	// Country is a country's code if the file has one, or its name.
	Country, City string
}

// Accounts begins to read a list of accounts. Its name is used in problems only.
// An error means that nothing of the file can be used; it is a Problem, or wraps
// what the reader said.
func Accounts(name string, r io.Reader) (*Reader[Account], error) {
	return open(name, r, accountFields, account)
}

// Queries begins to read a list of companies; otherwise it is as Accounts.
func Queries(name string, r io.Reader) (*Reader[Query], error) {
	return open(name, r, queryFields, query)
}

func account(r *row) Account {
	v := r.values
	a := Account{
		Line: r.line, ID: v[accountID], Name: v[accountName], Website: v[accountWebsite], Domain: v[accountDomain],
		Country: cmp.Or(v[accountCountryCode], v[accountCountry]), City: v[accountCity], Phone: v[accountPhone], ParentID: v[accountParent],
	}
	if a.Website == "" {
		a.Website, a.Domain = a.Domain, ""
	}
	return a
}

func query(r *row) Query {
	v := r.values
	return Query{
		Line: r.line, ID: v[queryID], Company: v[queryCompany], Domain: v[queryDomain], Email: v[queryEmail],
		Country: cmp.Or(v[queryCountryCode], v[queryCountry]), City: v[queryCity],
	}
}

// row is one row with a value for each field, "" for none.
type row struct {
	line   int
	values []string
	faults []fault
	bad    bool
}

// fault is what is wrong with one field.
type fault struct {
	field   int
	message string
}

// fail refuses the row.
func (r *row) fail(field int, message string) {
	r.bad = true
	r.faults = append(r.faults, fault{field, message})
}

// check tidies the values and finds those that are none. The first two fields of
// every list are the id and the name. A needed value that is none costs the row,
// any other only itself.
func (r *row) check(fields []field) {
	for i, f := range fields {
		limit, what := maxText, "a name"
		if i == 0 {
			limit, what = maxID, "an id"
			r.values[i] = strings.TrimSpace(r.values[i])
		} else {
			r.values[i] = oneLine(r.values[i])
		}
		wrong := flaw(r.values[i], limit)
		switch {
		case wrong != "" && f.needed != "":
			r.fail(i, wrong+", want "+what)
		case wrong != "":
			r.values[i] = ""
			r.faults = append(r.faults, fault{i, wrong + ", left out"})
		case f.needed != "" && r.values[i] == "":
			r.fail(i, "empty, want "+what)
		case i == 1:
			r.checkName(i)
		}
	}
}

// checkName refuses a name that is only punctuation, and remarks on one that is
// a single sign: such companies exist, and are hardly ever meant.
func (r *row) checkName(i int) {
	switch name := r.values[i]; {
	case !strings.ContainsFunc(name, func(c rune) bool { return unicode.IsLetter(c) || unicode.IsNumber(c) }):
		r.fail(i, "no letter and no digit, want a name")
	case utf8.RuneCountInString(name) == 1:
		r.faults = append(r.faults, fault{i, "a name of one sign, which can hardly be found"})
	}
}

// flaw says why a text cannot be a value, "" when it can.
func flaw(s string, limit int) string {
	if n := utf8.RuneCountInString(s); n > limit {
		return fmt.Sprintf("%d characters, more than %d", n, limit)
	}
	if strings.ContainsFunc(s, unicode.IsControl) {
		return "control characters"
	}
	return ""
}

// oneLine makes one blank of every run of blanks and line ends, which exports
// leave inside of names.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
