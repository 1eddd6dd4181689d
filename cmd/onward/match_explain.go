package main

import (
	"fmt"
	"strings"

	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/cmd/onward/show"
	"github.com/onward-crm/onward/matching"
)

// explainMatch tells about one query of a file.
func (p *program) explainMatch(asked *askedFile, index *matching.Index, profile matching.Profile, id string) error {
	q, ok, err := find(asked.all(), id)
	if err != nil {
		return err
	}
	if !ok {
		if err := p.tell(asked.name, asked.rows.Tally()); err != nil {
			return err
		}
		return exit.Usage(fmt.Errorf("%s: no good row has the id %q", asked.name, id))
	}
	p.tellMatch(q, index.Match(profile, q.company), index)
	return nil
}

// explainDuplicates tells about one account among the others.
func (p *program) explainDuplicates(accounts *accountList, profile matching.Profile, id string) error {
	d := newDuplicates(accounts, profile)
	i, ok := d.at[id]
	if !ok {
		return exit.Usage(fmt.Errorf("no account has the id %q", id))
	}
	m := d.among(i)
	m.Ranked = m.Ranked[:min(len(m.Ranked), profile.MaxRanked)]
	p.tellMatch(query{id, companyOfAccount(d.all[i])}, m, d.index)
	return nil
}

// tellMatch writes what was found for one company, candidate by candidate.
func (p *program) tellMatch(q query, m matching.AccountMatch, index *matching.Index) {
	s := &story{out: p.Stdout}
	fmt.Fprintf(p.Stdout, "%s\n", show.Printable(q.id+": "+described(q.company)))
	s.line("answer", "%s%s: %s", m.Verdict, ofRecord(m.ID), words(string(m.Decisive)))
	s.line("reasons", "%s", wordList(m.Reasons))
	for i, c := range m.Ranked {
		s.title(fmt.Sprintf("Candidate %d", i+1))
		s.line("account", "%s (%s)", c.Name, c.ID)
		if a, ok := index.Get(c.ID); ok {
			s.line("", "%s", strings.TrimPrefix(strings.TrimPrefix(described(companyOfAccount(a)), a.Name), ", "))
		}
		s.line("evidence", "%s, confidence %s%s", words(string(c.Tier)), score(c.Confidence), uncalibrated(m, c))
		for _, e := range c.Evidence {
			s.line("", "– %s", evidence(e))
		}
	}
	if len(m.Conflicts) > 0 {
		s.title("Conflicts")
	}
	for _, c := range m.Conflicts {
		s.line("conflict", "%s %s %s", words(string(c.Reason)), c.AccountID, c.Detail)
	}
	if m.Capped {
		s.line("", "there were more candidates than are compared")
	}
}
