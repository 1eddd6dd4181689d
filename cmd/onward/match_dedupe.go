package main

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"sync/atomic"

	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/cmd/onward/show"
	"github.com/onward-crm/onward/matching"
)

// pairColumns are the columns of the list of duplicates.
var pairColumns = []string{"account_id", "duplicate_id", "score", "verdict", "tier", "reason"}

// pair is two accounts, by their places in the list, that may be one company.
type pair struct {
	first, second int
	match         matching.AccountMatch
}

// dedupe looks up each account among the others, and writes the pairs that may be
// one company, each once, in the order of the list.
func (p *program) dedupe(ctx context.Context, accounts *accountList, profile matching.Profile, path string) error {
	d := newDuplicates(accounts, profile)
	var pairs []pair
	bar := p.meter(len(accounts.all), "accounts")
	err := inOrder(ctx, places(len(accounts.all)), d.look, func(found []*pair) error {
		for _, f := range found {
			if f != nil {
				pairs = append(pairs, *f)
			}
		}
		_ = bar.Add(len(found)) // a progress bar that cannot be drawn is no reason to stop
		return nil
	})
	_ = bar.Finish()
	if err != nil {
		return err
	}
	out, err := p.openSink(path)
	if err != nil {
		return exit.Trouble(err)
	}
	defer out.drop()
	if err := out.write(pairColumns); err != nil {
		return exit.Trouble(err)
	}
	pairs = eachOnce(pairs)
	for _, f := range pairs {
		m := f.match
		cells := []string{accounts.all[f.first].ID, accounts.all[f.second].ID, score(m.Confidence), string(m.Verdict), string(m.Tier), string(m.Decisive)}
		if err := out.write(cells); err != nil {
			return exit.Trouble(err)
		}
	}
	if err := out.keep(); err != nil {
		return exit.Trouble(err)
	}
	p.Say("%s compared: %s may be one company", show.Count(len(accounts.all), "account"), show.Count(len(pairs), "pair"))
	p.sayCapped(int(d.capped.Load()))
	return nil
}

func places(n int) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		for i := range n {
			if !yield(i, nil) {
				return
			}
		}
	}
}

// eachOnce sorts pairs by their places. Of a pair that was found from both sides
// the surer answer is kept.
func eachOnce(pairs []pair) []pair {
	slices.SortStableFunc(pairs, func(a, b pair) int {
		return cmp.Or(cmp.Compare(a.first, b.first), cmp.Compare(a.second, b.second),
			cmp.Compare(a.match.Verdict, b.match.Verdict), // auto stands before review in the alphabet too
			cmp.Compare(b.match.Confidence, a.match.Confidence))
	})
	return slices.CompactFunc(pairs, func(a, b pair) bool { return a.first == b.first && a.second == b.second })
}

// duplicates is what the look-ups of all accounts have in common.
type duplicates struct {
	accountList
	profile matching.Profile
	at      map[string]int // places by id
	capped  atomic.Int64   // look-ups with more candidates than are compared
	family  []int          // for each account, and each parent that is not in the list: a step towards the one that stands for its hierarchy
}

func newDuplicates(accounts *accountList, profile matching.Profile) *duplicates {
	d := &duplicates{accountList: *accounts, profile: profile, at: make(map[string]int, len(accounts.all))}
	// All candidates are listed, so that all relatives among them are seen at once.
	d.profile.MaxRanked = d.profile.MaxCandidates
	for i, a := range d.all {
		d.at[a.ID] = i
		d.family = append(d.family, i)
	}
	absent := map[string]int{}
	for i, a := range d.all {
		if a.ParentID == "" {
			continue
		}
		parent, there := d.at[a.ParentID]
		if !there {
			if parent, there = absent[a.ParentID]; !there {
				parent = len(d.family)
				absent[a.ParentID] = parent
				d.family = append(d.family, parent)
			}
		}
		d.family[d.root(i)] = d.root(parent)
	}
	for i := range d.family { // from here on nothing changes: workers read it together
		d.family[i] = d.root(i)
	}
	return d
}

// root climbs to the one that stands for a hierarchy, and shortens the way. A
// hierarchy that bites its own tail is one too.
func (d *duplicates) root(i int) int {
	for d.family[i] != i {
		d.family[i] = d.family[d.family[i]]
		i = d.family[i]
	}
	return i
}

// look looks up the accounts at some places; nil for those without a duplicate.
func (d *duplicates) look(chunk []int) []*pair {
	out := make([]*pair, len(chunk))
	for n, i := range chunk {
		m := d.among(i)
		if m.Capped {
			d.capped.Add(1)
		}
		if m.Verdict == matching.VerdictNone || len(m.Ranked) == 0 {
			continue
		}
		j := d.at[m.Ranked[0].ID]
		m.Ranked, m.Reasons, m.Conflicts = nil, nil, nil // all pairs are kept until the end
		out[n] = &pair{min(i, j), max(i, j), m}
	}
	return out
}

// moreRounds bounds how often relatives are excluded. One round is enough unless
// there are more candidates than are compared.
const moreRounds = 10

// among looks up one account among all that are neither itself nor in one
// hierarchy with it.
func (d *duplicates) among(i int) matching.AccountMatch {
	a, p := d.all[i], d.profile
	p.ExcludeAccounts = []string{a.ID}
	for range moreRounds {
		m := d.index.Match(p, companyOfAccount(a))
		before := len(p.ExcludeAccounts)
		for _, r := range m.Ranked {
			if d.family[d.at[r.ID]] == d.family[i] {
				p.ExcludeAccounts = append(p.ExcludeAccounts, r.ID)
			}
		}
		if len(p.ExcludeAccounts) == before {
			return m
		}
	}
	return matching.AccountMatch{Verdict: matching.VerdictNone, Tier: matching.TierNone, Decisive: matching.ReasonNoCandidate, Capped: true}
}

// companyOfAccount is an account as if somebody had reported it.
func companyOfAccount(a matching.Account) matching.Company {
	website := a.Website
	if a.Domains != "" {
		website += " " + a.Domains
	}
	return matching.Company{Name: a.Name, Domain: website, Country: a.Country, City: a.City, Phone: a.Phone}
}
