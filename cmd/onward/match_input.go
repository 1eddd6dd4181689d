package main

import (
	"context"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"

	"github.com/schollz/progressbar/v3"

	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/cmd/onward/show"
	"github.com/onward-crm/onward/internal/accountfile"
	"github.com/onward-crm/onward/matching"
)

// notADomain is said of websites and domains that matching can make nothing of.
const notADomain = "no domain, left out, want one such as example.com"

// input opens a file, or standard input.
func (p *program) input(path string) (in io.ReadCloser, name string, err error) {
	if path == "-" {
		return io.NopCloser(p.Stdin), "standard input", nil
	}
	f, err := os.Open(path)
	return f, path, err
}

// unlessInterrupted does not wait for a pipe into which nobody writes any more.
func unlessInterrupted[T any](ctx context.Context, read func() (T, error)) (T, error) {
	type result struct {
		got T
		err error
	}
	done := make(chan result, 1) // whoever reads never waits to hand over
	go func() {
		got, err := read()
		done <- result{got, err}
	}()
	select {
	case r := <-done:
		return r.got, r.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

// askedFile is a file of queries.
type askedFile struct {
	name  string
	rows  *accountfile.Reader[accountfile.Query]
	close func() error
}

func (p *program) openQueries(path string) (*askedFile, error) {
	in, name, err := p.input(path)
	if err != nil {
		return nil, exit.Usage(err)
	}
	rows, err := accountfile.Queries(name, in)
	if err != nil {
		_ = in.Close() // it was only read
		return nil, exit.Usage(err)
	}
	return &askedFile{name, rows, in.Close}, nil
}

// all gives the queries as matching understands them.
func (a *askedFile) all() iter.Seq2[query, error] {
	return func(yield func(query, error) bool) {
		for row, err := range a.rows.All() {
			if err != nil {
				yield(query{}, exit.Usage(err))
				return
			}
			c := matching.Company{Name: row.Company, Email: a.email(row), Country: row.Country, City: row.City}
			if !yield(query{row.ID, c}, nil) {
				return
			}
		}
	}
}

// email is the address of the query, or one in its domain: matching then knows
// that the domain is where mail comes from, and may be a provider's.
func (a *askedFile) email(row accountfile.Query) string {
	if row.Domain != "" {
		if d, ok := matching.ParseDomain(row.Domain); ok {
			return "someone@" + d.Host
		}
		a.rows.Note(row.Line, "email_domain", notADomain)
	}
	if row.Email == "" {
		return ""
	}
	if _, ok := matching.ParseEmail(row.Email); !ok {
		a.rows.Note(row.Line, "email", "no address, left out, want one such as someone@example.com")
		return ""
	}
	return row.Email
}

// accountList is a file of accounts, ready to be searched.
type accountList struct {
	index *matching.Index
	// all are the accounts in the order of the file, where that is needed.
	all []matching.Account
}

func (p *program) readAccounts(ctx context.Context, path string, keep bool) (*accountList, error) {
	in, name, err := p.input(path)
	if err != nil {
		return nil, exit.Usage(err)
	}
	defer in.Close()
	rows, err := accountfile.Accounts(name, in)
	if err != nil {
		return nil, exit.Usage(err)
	}
	list := &accountList{}
	bar := p.meter(-1, "accounts")
	var failed error
	list.index = matching.NewIndex(func(yield func(matching.Account) bool) {
		for row, err := range rows.All() {
			if failed = orTooMany(err, rows.Tally().Good); failed == nil {
				failed = ctx.Err()
			}
			if failed != nil {
				return
			}
			a := accountOf(rows, row)
			if keep {
				list.all = append(list.all, a)
			}
			_ = bar.Add(1) // a progress bar that cannot be drawn is no reason to stop
			if !yield(a) {
				return
			}
		}
	}, nil)
	_ = bar.Finish()
	if failed == nil {
		failed = ctx.Err() // then nobody waits for this any more, and nothing is said
	}
	if failed != nil {
		return nil, exit.Usage(failed)
	}
	if err := p.tell(name, rows.Tally()); err != nil {
		return nil, err
	}
	if list.index.Len() == 0 {
		return nil, exit.Usage(fmt.Errorf("%s: no accounts, want at least one row below the header", name))
	}
	return list, nil
}

func orTooMany(err error, accounts int) error {
	if err == nil && accounts > matching.MaxAccounts {
		return fmt.Errorf("more than %d accounts", matching.MaxAccounts)
	}
	return err
}

// accountOf makes an account of a row. A website without any domain in it says
// nothing, and whoever keeps the list wants to know.
func accountOf(rows *accountfile.Reader[accountfile.Account], row accountfile.Account) matching.Account {
	if row.Website != "" && len(matching.ParseDomains(row.Website)) == 0 {
		rows.Note(row.Line, "website", notADomain)
	}
	return matching.Account{
		ID: row.ID, Name: row.Name, Website: row.Website, Domains: row.Domain,
		Country: row.Country, City: row.City, Phone: row.Phone, ParentID: row.ParentID,
	}
}

// tell says what was wrong with a file; the error says that nothing of it was
// right.
func (p *program) tell(name string, t accountfile.Tally) error {
	if t.Bad > 0 {
		p.Say("%s of %s left out, %s good:", show.Count(t.Bad, "row"), name, show.Count(t.Good, "row"))
	} else if t.Noted > 0 {
		p.Say("%s about %s of %s:", show.Count(t.Noted, "remark"), show.Count(t.Good, "good row"), name)
	}
	for i, problem := range t.Problems {
		if i == show.MaxListed {
			break
		}
		p.Say("  %s", show.Printable(problem.Error()))
	}
	if t.Total > show.MaxListed {
		p.Say("  … and %d more", t.Total-show.MaxListed)
	}
	if t.Good == 0 && t.Bad > 0 {
		return exit.Usage(fmt.Errorf("%s: no good row", name))
	}
	return nil
}

// meter shows on a terminal how far the work is, and nothing elsewhere; total is
// -1 when it is not known. It turns when something was done: the library's own clock
// reads the bar without its lock.
func (p *program) meter(total int, what string) *progressbar.ProgressBar {
	return progressbar.NewOptions(total,
		progressbar.OptionSetVisibility(p.Terminal), progressbar.OptionSetSpinnerChangeInterval(0),
		progressbar.OptionSetWriter(p.Stderr), progressbar.OptionSetDescription(what), progressbar.OptionShowCount(),
		progressbar.OptionSetWidth(40), progressbar.OptionThrottle(meterPause),
		progressbar.OptionClearOnFinish())
}

// described names a company with everything that is known of it.
func described(c matching.Company) string {
	var known []string
	for _, s := range []string{c.Name, strings.TrimPrefix(c.Email, "someone@"), c.Domain, c.City, c.Country, c.Phone} {
		if s = strings.TrimSpace(s); s != "" {
			known = append(known, s)
		}
	}
	return strings.Join(known, ", ")
}
