package matching

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// MatchPerson answers whether a mover is already in the CRM, at the new company.
//
// The rules are tried in order: same LinkedIn profile and already at the new
// company; same e-mail address; same name and an address in the new company's
// domain; same name and the same or a similar company. Among records of the
// best rule a contact goes before a lead, then the newest, then the lowest id;
// the others are listed as duplicates. The mover's records at the old company
// (Person.PastIDs, Person.FromAccountID) are past records and never duplicates.
// A converted lead stands for its contact.
//
// LinkedIn pages that differ veto the rules by name: the record belongs to a
// namesake. A doubtful record gives a review and no id. The order of records
// never changes the answer.
func MatchPerson(p Profile, q Person, records []PersonRecord) PersonMatch {
	s := newScan(&p, q)
	for _, r := range records {
		s.see(r)
	}
	return s.answer()
}

// personHit is a record that a rule found.
type personHit struct {
	id      string // the record to enrich, a converted lead's contact
	lead    bool
	rule    PersonRule
	verdict Verdict
	why     Reason
	notes   []Reason
	created time.Time
}

// scan is one question and what was seen so far.
type scan struct {
	p         *Profile
	q         Person
	name      PersonName
	emails    map[string]bool
	domains   []Domain // of the new company
	linkedIn  string
	to        named
	hits      []personHit
	namesakes []personHit
	notes     []Reason
}

func newScan(p *Profile, q Person) *scan {
	s := &scan{
		p: p, q: q,
		name:   ParsePersonName(q.FirstName, q.LastName, ""),
		emails: map[string]bool{},
		to:     makeNamed(q.To.Name),
	}
	s.linkedIn, _ = LinkedInPerson(q.LinkedIn)
	for _, address := range append([]string{q.NewEmail, q.To.Email}, q.Emails...) {
		if e, ok := ParseEmail(address); ok {
			s.emails[e.Key(p.PlusTags)] = true
		}
	}
	to := q.To
	if to.Email == "" {
		to.Email = q.NewEmail
	}
	s.domains = makeQuery(p, to).primary
	return s
}

// see tries the rules on one record.
func (s *scan) see(r PersonRecord) {
	rec := s.read(r)
	h, ok := s.byRule(rec)
	switch {
	case !ok:
		return
	case s.past(rec):
		s.notes = append(s.notes, ReasonPastRecord)
	case r.Converted && r.ConvertedContactID == "":
		s.notes = append(s.notes, ReasonDanglingConversion)
	case h.rule == RuleNone && h.why == ReasonLinkedInConflict:
		s.namesakes = append(s.namesakes, h)
	case h.rule == RuleNone:
		s.notes = append(s.notes, h.why)
	default:
		s.hits = append(s.hits, h)
	}
}

// past tells the mover's own record at the old company.
func (s *scan) past(rec record) bool {
	if slices.Contains(s.q.PastIDs, rec.ID) || slices.Contains(s.q.PastIDs, rec.target()) {
		return true
	}
	from := s.q.FromAccountID
	return from != "" && rec.AccountID == from && s.q.ToAccountID != from
}

// answer chooses among the records that were found.
func (s *scan) answer() PersonMatch {
	hits := dedupe(s.hits)
	out := PersonMatch{Verdict: VerdictNone, Namesakes: public(dedupe(s.namesakes))}
	reasons := s.notes
	switch {
	case len(hits) == 0:
		s.answerNone(&out)
	case hits[0].verdict == VerdictReview:
		out.Verdict, out.Rule, out.Decisive = VerdictReview, hits[0].rule, hits[0].why
		out.Others = public(hits)
	default:
		h := hits[0]
		out.Verdict, out.ID, out.Lead, out.Rule = VerdictAuto, h.id, h.lead, h.rule
		out.Decisive = decisivePerson(hits)
		out.Others = public(hits[1:])
	}
	if len(hits) > 0 {
		reasons = append(reasons, hits[0].why)
		reasons = append(reasons, hits[0].notes...)
	}
	for _, n := range out.Namesakes {
		reasons = append(reasons, n.Reason)
	}
	out.Reasons = sortReasons(append(reasons, out.Decisive))
	return out
}

// answerNone says why nothing was found; namesakes are held when the profile
// asks for it.
func (s *scan) answerNone(out *PersonMatch) {
	for _, why := range []Reason{ReasonDanglingConversion, ReasonOtherAccount, ReasonPastRecord, ReasonSingleName} {
		if slices.Contains(s.notes, why) {
			out.Decisive = why
			break
		}
	}
	switch {
	case len(out.Namesakes) > 0:
		out.Decisive = ReasonLinkedInConflict
		if s.p.NamesakeReview {
			out.Verdict = VerdictReview
		}
	case out.Decisive != "":
	case len(s.emails) == 0 && s.linkedIn == "" && s.name.First == "" && s.name.Last == "":
		out.Decisive = ReasonInsufficient
	case !s.name.Complete():
		out.Decisive = ReasonSingleName
	default:
		out.Decisive = ReasonNoCandidate
	}
}

// decisivePerson names the rule, or what put the first record before another
// of the same rule.
func decisivePerson(hits []personHit) Reason {
	first := hits[0]
	if len(hits) == 1 || hits[1].verdict != first.verdict || hits[1].rule != first.rule {
		return first.why
	}
	switch second := hits[1]; {
	case first.lead != second.lead:
		return ReasonContactBeatsLead
	case !first.created.Equal(second.created):
		return ReasonNewest
	}
	return ReasonLowestID
}

// dedupe sorts hits, best first, and keeps the best for each record: a contact
// is found by itself and through the lead it was converted from.
func dedupe(hits []personHit) []personHit {
	slices.SortFunc(hits, comparePersons)
	var out []personHit
	seen := map[string]bool{}
	for _, h := range hits {
		if !seen[h.id] {
			seen[h.id] = true
			out = append(out, h)
		}
	}
	return out
}

func comparePersons(a, b personHit) int {
	return cmp.Or(
		cmp.Compare(verdictRank(b.verdict), verdictRank(a.verdict)),
		cmp.Compare(ruleRank(a.rule), ruleRank(b.rule)),
		cmp.Compare(boolRank(a.lead), boolRank(b.lead)),
		b.created.Compare(a.created),
		strings.Compare(a.id, b.id),
		strings.Compare(string(a.why), string(b.why)),
		slices.Compare(a.notes, b.notes),
	)
}

func ruleRank(r PersonRule) int {
	switch r {
	case RuleLinkedIn:
		return 0
	case RuleEmail:
		return 1
	case RuleNameDomain:
		return 2
	case RuleNameCompany:
		return 3
	}
	return 4
}

func public(hits []personHit) []PersonHit {
	var out []PersonHit
	for _, h := range hits {
		out = append(out, PersonHit{ID: h.id, Lead: h.lead, Rule: h.rule, Reason: h.why})
	}
	return out
}
