package mirror

import (
	"context"
	"maps"
	"slices"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/routing"
)

// Live finds accounts by asking the CRM, once for all companies of a batch. It is
// for small CRMs and single runs: it costs calls, and it finds less than a
// [Mirror]. It asks for the spellings of a website, the additional domains, the
// LinkedIn page, the name as reported, and accounts that have all words of the
// name; where all this finds nobody, for the most telling word. Misspelt names
// are not found, nor are accounts known by nothing but their contacts' addresses,
// for no CRM can be asked for those by an index.
//
// It is safe for concurrent use and keeps nothing between two questions. What it
// finds for a company does not depend on the others of the batch.
type Live struct {
	client *crm.Client
	policy *routing.Policy
}

var _ routing.AccountFinder = (*Live)(nil)

// NewLive returns a finder over a CRM. Both arguments are needed.
func NewLive(c *crm.Client, p *routing.Policy) *Live { return &Live{client: c, policy: p} }

// maxLevels bounds how far hierarchies and mergers are followed upwards.
const maxLevels = 5

// Candidates asks for the accounts that the companies may be and compares them.
// The error is the CRM's, with its class.
func (l *Live) Candidates(ctx context.Context, p matching.Profile, cs []matching.Company) ([]routing.Candidates, error) {
	s := &session{live: l, found: map[string]matching.Account{}, of: make([]map[string]bool, len(cs))}
	steps := []func(context.Context) error{
		func(ctx context.Context) error { return s.ask(ctx, p, cs, firstPhrases) },
		func(ctx context.Context) error { return s.ask(ctx, p, cs, s.lastPhrases) },
		s.families, s.deals, s.owners,
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	out := make([]routing.Candidates, len(cs))
	for i, c := range cs {
		index := matching.NewIndex(slices.Values(s.accountsOf(i)), nil)
		match, accounts := index.MatchWith(p, c)
		out[i] = routing.Candidates{Accounts: accounts, Capped: match.Capped, Match: &match}
	}
	return out, nil
}

// session is one question with what was found so far.
type session struct {
	live  *Live
	found map[string]matching.Account
	of    []map[string]bool // by company: the accounts that fit its own questions
}

// ask puts the phrases of all companies into one question and notes who found
// whom.
func (s *session) ask(ctx context.Context, p matching.Profile, cs []matching.Company, phrases func(q *phrasebook, i int, c matching.Company)) error {
	book := newPhrasebook(s.live.policy.Config().Names, &p)
	for i, c := range cs {
		phrases(book, i, c)
	}
	if err := s.fields(ctx, book); err != nil {
		return err
	}
	qs := book.queries(s.live.policy.AccountFields())
	if len(qs) == 0 {
		return nil
	}
	found, err := s.live.client.Find(ctx, qs)
	if err != nil {
		return err
	}
	for n, records := range found {
		for _, r := range records {
			s.hand(r, book.companies(qs[n], r))
		}
	}
	return nil
}

// hand notes that an account answers questions of companies.
func (s *session) hand(r crm.Record, companies []int) {
	for _, i := range companies {
		if s.of[i] == nil {
			s.of[i] = map[string]bool{}
		}
		s.of[i][r.ID] = true
		s.keep(r)
	}
}

// fields leaves out the fields that the CRM cannot filter by.
func (s *session) fields(ctx context.Context, book *phrasebook) error {
	if !book.asksAny() {
		return nil
	}
	schema, err := s.live.client.Describe(ctx, crm.ObjectAccount)
	if err != nil {
		return err
	}
	for _, name := range book.fieldNames() {
		if f, ok := schema.Field(name); name != "Id" && (!ok || f.Type == crm.TypeLongText) {
			book.leaveOut(name)
		}
	}
	return nil
}

func (s *session) records(ctx context.Context, q crm.Query) ([]crm.Record, error) {
	found, err := s.live.client.Find(ctx, []crm.Query{q})
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

func (s *session) keep(r crm.Record) {
	if _, ok := s.found[r.ID]; !ok {
		s.found[r.ID] = account(s.live.policy, r)
	}
}

// families fetches the masters and parents of what was found.
func (s *session) families(ctx context.Context) error {
	asked := map[string]bool{}
	for range maxLevels {
		missing := map[string]bool{}
		for _, a := range s.found {
			for _, id := range [2]string{a.MasterID, a.ParentID} {
				if _, ok := s.found[id]; id != "" && !ok && !asked[id] {
					missing[id], asked[id] = true, true
				}
			}
		}
		if len(missing) == 0 {
			return nil
		}
		records, err := s.records(ctx, crm.Query{
			Object: crm.ObjectAccount, Select: s.live.policy.AccountFields(), Deleted: true,
			Where: []crm.Cond{{Field: "Id", Op: crm.OpIn, Values: slices.Sorted(maps.Keys(missing))}},
		})
		if err != nil {
			return err
		}
		for _, r := range records {
			s.keep(r)
		}
	}
	return nil
}

// deals counts the open opportunities of what was found.
func (s *session) deals(ctx context.Context) error {
	if len(s.found) == 0 {
		return nil
	}
	records, err := s.records(ctx, crm.Query{
		Object: crm.ObjectOpportunity, Select: []string{"AccountId"},
		Where: []crm.Cond{
			{Field: "AccountId", Op: crm.OpIn, Values: slices.Sorted(maps.Keys(s.found))},
			{Field: "IsClosed", Op: crm.OpIn, Values: []string{"false"}},
		},
	})
	if err != nil {
		return err
	}
	for _, r := range records {
		if a, ok := s.found[r.Fields["AccountId"]]; ok {
			a.OpenOpportunities++
			s.found[a.ID] = a
		}
	}
	return nil
}

// owners asks which owners of what was found are active.
func (s *session) owners(ctx context.Context) error {
	ids := map[string]bool{}
	for _, a := range s.found {
		if a.OwnerID != "" {
			ids[a.OwnerID] = true
		}
	}
	if len(ids) == 0 {
		return nil
	}
	records, err := s.records(ctx, crm.Query{
		Object: crm.ObjectUser, Select: []string{"IsActive"},
		Where: []crm.Cond{{Field: "Id", Op: crm.OpIn, Values: slices.Sorted(maps.Keys(ids))}},
	})
	if err != nil {
		return err
	}
	active := map[string]bool{}
	for _, r := range records {
		active[r.ID] = crm.IsTrue(r.Fields["IsActive"])
	}
	for id, a := range s.found {
		a.ActiveOwner = active[a.OwnerID]
		s.found[id] = a
	}
	return nil
}

// accountsOf lists what was found for a company, with masters and parents as far
// up as would have been asked for this company alone.
func (s *session) accountsOf(i int) []matching.Account {
	ids := maps.Clone(s.of[i])
	next := slices.Sorted(maps.Keys(ids))
	for level := 0; level < maxLevels && len(next) > 0; level++ {
		var up []string
		for _, id := range next {
			for _, above := range [2]string{s.found[id].MasterID, s.found[id].ParentID} {
				if _, ok := s.found[above]; ok && !ids[above] {
					ids[above] = true
					up = append(up, above)
				}
			}
		}
		next = up
	}
	out := make([]matching.Account, 0, len(ids))
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		out = append(out, s.found[id])
	}
	return out
}
