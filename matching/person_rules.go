package matching

import "slices"

// record is one lead or contact in comparable form.
type record struct {
	PersonRecord
	name     PersonName
	emails   []Email
	company  named
	sites    []Domain
	linkedIn string
}

func (s *scan) read(r PersonRecord) record {
	rec := record{
		PersonRecord: r,
		name:         ParsePersonName(r.FirstName, r.LastName, ""),
		company:      makeNamed(r.Company),
	}
	rec.linkedIn, _ = LinkedInPerson(r.LinkedIn)
	for _, address := range r.Emails {
		if e, ok := ParseEmail(address); ok {
			rec.emails = append(rec.emails, e)
		}
	}
	for _, d := range ParseDomains(r.CompanyDomains) {
		if d.Usable() && !excludedDomain(s.p, d) {
			rec.sites = append(rec.sites, d)
		}
	}
	return rec
}

// target is the id that may be enriched: a converted lead is read-only.
func (r record) target() string {
	if r.Lead && r.Converted && r.ConvertedContactID != "" {
		return r.ConvertedContactID
	}
	return r.ID
}

// byRule tries the rules in order. A hit without a rule says why a record that
// looks like the person is not the person at the new company.
func (s *scan) byRule(r record) (personHit, bool) {
	h := personHit{id: r.target(), lead: r.Lead && r.target() == r.ID, created: r.CreatedAt}
	if r.target() != r.ID {
		h.notes = append(h.notes, ReasonConvertedLead)
	}
	at, doubt := s.atNew(r)
	if s.linkedIn != "" && s.linkedIn == r.linkedIn && (at || r.nowhere()) {
		return h.found(RuleLinkedIn, ReasonLinkedInProfile), true
	}
	if hit, ok := s.byEmail(r, h); ok {
		return hit, true
	}
	return s.byName(r, h, at, doubt)
}

func (h personHit) found(rule PersonRule, why Reason) personHit {
	h.rule, h.why, h.verdict = rule, why, VerdictAuto
	return h
}

// doubtful turns a find into one that a person has to look at.
func (h personHit) doubtful(why Reason) personHit {
	h.notes = append(slices.Clone(h.notes), h.why)
	h.why, h.verdict = why, VerdictReview
	return h
}

// byEmail is the rule of the equal address. A role address is shared: with
// another name on it, it proves nothing alone (MP15).
func (s *scan) byEmail(r record, h personHit) (personHit, bool) {
	equal, personal := false, false
	for _, e := range r.emails {
		if s.emails[e.Key(s.p.PlusTags)] {
			equal = true
			personal = personal || !e.Role
		}
	}
	if !equal {
		return h, false
	}
	h = h.found(RuleEmail, ReasonEmailEqual)
	if !personal && SamePersonName(s.name, r.name, s.p.Nicknames) == NameDiffers {
		h = h.doubtful(ReasonRoleAddress)
	}
	if s.pagesDiffer(r) {
		h.notes = append(slices.Clone(h.notes), ReasonLinkedInConflict)
	}
	return h, true
}

// byName tries the two rules by name. They need two name parts (MP17).
func (s *scan) byName(r record, h personHit, at bool, doubt Reason) (personHit, bool) {
	if !s.name.Complete() {
		h.why = ReasonSingleName
		return h, s.name.First+s.name.Last != "" && s.name.First == r.name.First && s.name.Last == r.name.Last && at
	}
	switch SamePersonName(s.name, r.name, s.p.Nicknames) {
	case NameDiffers:
		return h, false
	case NameNickname:
		h.notes = append(h.notes, ReasonNickname)
	case NameTransposed:
		h.notes = append(h.notes, ReasonNameTransposed)
	}
	inDomain := s.inDomain(r)
	switch {
	case !at && doubt == "":
		if inDomain || s.elsewhere(r) && s.companyAlike(r) > 0 {
			h.why = ReasonOtherAccount
			return h, true
		}
		return h, false
	case s.pagesDiffer(r):
		h.why = ReasonLinkedInConflict
		return h, true
	case inDomain:
		h = h.found(RuleNameDomain, ReasonNameAndDomain)
	default:
		h = h.found(RuleNameCompany, ReasonNameAndCompany)
	}
	if !at {
		h = h.doubtful(doubt)
	}
	return h, true
}

// pagesDiffer tells that both sides have a LinkedIn profile and not the same.
func (s *scan) pagesDiffer(r record) bool {
	return s.linkedIn != "" && r.linkedIn != "" && s.linkedIn != r.linkedIn
}

// nowhere tells that nothing is known of the record's company.
func (r record) nowhere() bool {
	usable := func(e Email) bool { return e.Domain().Usable() }
	return r.AccountID == "" && r.company.Key == "" && len(r.sites) == 0 && !slices.ContainsFunc(r.emails, usable)
}

// inDomain tells that the record has an address in the new company's domain.
func (s *scan) inDomain(r record) bool {
	return slices.ContainsFunc(r.emails, func(e Email) bool {
		return !excludedDomain(s.p, e.Domain()) && shareDomain(s.domains, []Domain{e.Domain()})
	})
}

// elsewhere tells that the record is known to sit on another account: the
// account is known on both sides and differs, or it is the one being left.
func (s *scan) elsewhere(r record) bool {
	if r.AccountID == "" {
		return false
	}
	if s.q.ToAccountID != "" {
		return r.AccountID != s.q.ToAccountID
	}
	return r.AccountID == s.q.FromAccountID
}

// atNew tells whether the record is at the new company; with a doubt, a person
// has to say. An account outranks a domain, which companies of a group share
// (MP18), and a domain outranks a name.
func (s *scan) atNew(r record) (at bool, doubt Reason) {
	switch {
	case r.AccountID != "" && r.AccountID == s.q.ToAccountID:
		return true, ""
	case s.elsewhere(r):
		if r.AccountID != s.q.FromAccountID && s.companyAlike(r) == alikeEqual {
			return false, ReasonOtherAccount
		}
		return false, ""
	case s.inDomain(r) || shareDomain(s.domains, r.sites):
		return true, ""
	}
	switch s.companyAlike(r) {
	case alikeEqual:
		if len(s.domains) > 0 && len(r.sites) > 0 {
			return false, ReasonCompanyUncertain
		}
		return true, ""
	case alikeSimilar:
		return false, ReasonCompanyUncertain
	}
	return false, ""
}

// How alike a record's company name is to the new company's.
const (
	alikeNot     = 0
	alikeSimilar = 1
	alikeEqual   = 2
)

// alikeFrom is the likeness from which a similar company name is taken for
// the same when the person's name is equal too, doubtFrom that from which a
// person has to look.
const (
	alikeFrom = 0.85
	doubtFrom = 0.70
)

// companyAlike compares the company names alone.
func (s *scan) companyAlike(r record) int {
	if s.to.Key == "" || r.company.Key == "" || s.to.Generic {
		return alikeNot
	}
	compatible := LegalCompatible(s.to.CompanyName, r.company.CompanyName)
	if SameKey(s.to.CompanyName, r.company.CompanyName) {
		if compatible {
			return alikeEqual
		}
		return alikeSimilar
	}
	switch c := likenessOf(&s.to, &r.company); {
	case c >= alikeFrom:
		return alikeEqual
	case c >= doubtFrom:
		return alikeSimilar
	}
	return alikeNot
}
