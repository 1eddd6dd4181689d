package target

import (
	"slices"
	"strings"

	"github.com/onward-crm/onward/dri"
)

// Membership says that an account stands in a report, and what that means.
type Membership struct {
	Report   string   `json:"report"`
	Name     string   `json:"name,omitempty"`
	Category Category `json:"category,omitempty"`
	// Searched tells that people are looked for there because of this report; Personas
	// are those that count, none for all; PerAccount is its cap, 0 for none.
	Searched   bool     `json:"searched,omitempty"`
	Personas   []string `json:"personas,omitempty"`
	PerAccount int      `json:"per_account,omitempty"`
}

// Watched is an account that stands in at least one report.
type Watched struct {
	ID      string `json:"id"`
	Name    string `json:"name,omitempty"`
	Website string `json:"website,omitempty"`
	// Memberships are all reports that hold it, in the order in which they were
	// merged.
	Memberships []Membership `json:"memberships"`
}

// Book holds the accounts that are watched. It never changes and is safe for
// concurrent use; the zero Book is empty.
type Book struct {
	accounts []Watched
	byID     map[string]int
}

// Merge puts listings together: an account that several of them hold is one, with
// all its memberships (AT02). The first name and website that are known stand. Rows
// without an account are left out (see Listing.Resolve).
func Merge(listings ...Listing) *Book {
	b := &Book{byID: map[string]int{}}
	for _, l := range listings {
		m := Membership{
			Report: l.Report.ID, Name: l.Report.Name, Category: l.Report.Category,
			Searched: l.Report.Searches(), Personas: l.Report.Personas, PerAccount: l.Report.PerAccount,
		}
		for _, a := range l.Accounts {
			if a.ID != "" {
				b.add(a, m)
			}
		}
	}
	slices.SortFunc(b.accounts, func(x, y Watched) int { return strings.Compare(x.ID, y.ID) })
	for i := range b.accounts {
		b.byID[b.accounts[i].ID] = i
	}
	return b
}

func (b *Book) add(a Account, m Membership) {
	i, ok := b.byID[a.ID]
	if !ok {
		i = len(b.accounts)
		b.byID[a.ID] = i
		b.accounts = append(b.accounts, Watched{ID: a.ID})
	}
	w := &b.accounts[i]
	if w.Name == "" {
		w.Name = a.Name
	}
	if w.Website == "" {
		w.Website = a.Website
	}
	if !slices.ContainsFunc(w.Memberships, func(have Membership) bool { return have.Report == m.Report }) {
		w.Memberships = append(w.Memberships, m)
	}
}

// Watched returns an account by its id on 18 characters.
func (b *Book) Watched(id string) (Watched, bool) {
	if b == nil {
		return Watched{}, false
	}
	i, ok := b.byID[id]
	if !ok {
		return Watched{}, false
	}
	return b.accounts[i], true
}

// Accounts lists the accounts, by id. The list must not be changed.
func (b *Book) Accounts() []Watched {
	if b == nil {
		return nil
	}
	return b.accounts
}

// Classes are the classes that the reports put the account in, in the order of
// its memberships, each once.
func (w Watched) Classes() []dri.Class {
	var out []dri.Class
	for _, m := range w.Memberships {
		if class, ok := m.Category.Class(); ok && !slices.Contains(out, class) {
			out = append(out, class)
		}
	}
	return out
}

// Class is the one of its classes that comes first in precedence (DR07); an empty
// precedence means the default. What the CRM itself says of the account is not
// among them.
func (w Watched) Class(precedence []dri.Class) dri.Class {
	return dri.ClassOf(dri.Side{Classes: w.Classes()}, precedence)
}

// Disqualified reports whether any report says that nobody is delivered there.
func (w Watched) Disqualified() bool {
	return slices.ContainsFunc(w.Memberships, func(m Membership) bool { return m.Category == CategoryDisqualified })
}

// Searched reports whether people are looked for at the account: some report asks
// for it, and none disqualifies it.
func (w Watched) Searched() bool {
	return !w.Disqualified() && slices.ContainsFunc(w.Memberships, func(m Membership) bool { return m.Searched })
}

// Personas are the names of those that count at the account; nil means all. Each
// report that asks for people adds its own.
func (w Watched) Personas() []string {
	var out []string
	for _, m := range w.Memberships {
		switch {
		case !m.Searched:
		case len(m.Personas) == 0:
			return nil
		default:
			out = append(out, m.Personas...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Reports are the ids of all reports that hold the account.
func (w Watched) Reports() []string {
	out := make([]string, len(w.Memberships))
	for i, m := range w.Memberships {
		out[i] = m.Report
	}
	return out
}

// cap is the smallest cap of the reports that ask for people, else the run's; 0
// for none.
func (w Watched) cap(run int) int {
	least := 0
	for _, m := range w.Memberships {
		if m.Searched && m.PerAccount > 0 && (least == 0 || m.PerAccount < least) {
			least = m.PerAccount
		}
	}
	if least == 0 {
		return run
	}
	return least
}
