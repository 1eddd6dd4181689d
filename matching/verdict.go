package matching

import "slices"

// Verdict says what may be done with an answer.
type Verdict string

const (
	// VerdictNone: nothing in the CRM is this company or person.
	VerdictNone Verdict = "none"
	// VerdictReview: a person has to look; the candidates are in Ranked.
	VerdictReview Verdict = "review"
	// VerdictAuto: the answer may be used without asking.
	VerdictAuto Verdict = "auto"
)

// Tier is the kind of evidence that found an account, strongest first.
// The zero value means that no tier was reached yet.
type Tier string

const (
	TierPinned       Tier = "pinned"             // 0: an admin's pin
	TierIdentifier   Tier = "identifier"         // 1: id or LinkedIn company page
	TierExactHost    Tier = "exact_host"         // 2: host = website's host
	TierDomain       Tier = "registrable_domain" // 3: registrable domain = website's or additional
	TierContactsMail Tier = "contacts_domain"    // 4: dominant e-mail domain of the account's contacts
	TierExactName    Tier = "exact_name"         // 5: same normalised name
	TierFuzzyName    Tier = "fuzzy_name"         // 6: similar name, with a confidence
	TierAcronym      Tier = "acronym"            // 7: initials plus a supporting fact
	TierNone         Tier = "none"               // 8: nothing
)

// AccountMatch is the answer to "which account is this company?".
type AccountMatch struct {
	Verdict Verdict `json:"verdict"`
	// ID is the chosen account; empty unless Verdict is VerdictAuto. On review
	// the likeliest candidate is Ranked[0].
	ID string `json:"id,omitempty"`
	// Tier and Confidence (0 to 1) belong to the best candidate. Tier is TierNone
	// when there is none or it is only listed as weak.
	Tier       Tier    `json:"tier"`
	Confidence float64 `json:"confidence"`
	// Uncalibrated marks a confidence that was not measured on labelled data.
	Uncalibrated bool `json:"uncalibrated,omitempty"`
	// Decisive is the reason that decided: a tier, a tie-breaker, a conflict.
	Decisive Reason `json:"decisive"`
	// Reasons are all reasons that apply to the answer, sorted by name.
	Reasons []Reason `json:"reasons,omitempty"`
	// SameOwner tells that all tied candidates have one owner, so that the owner
	// is certain though the account is not (MA35); it is that owner's id.
	SameOwner string `json:"same_owner,omitempty"`
	// Ranked lists the candidates, best first, at most Profile.MaxRanked.
	Ranked []Ranked `json:"ranked,omitempty"`
	// Conflicts are facts that speak against each other; never resolved silently.
	Conflicts []Conflict `json:"conflicts,omitempty"`
	// Capped tells that accounts were not compared that might be the answer as well:
	// more have the domain or name than Profile.MaxCandidates, or are as near.
	Capped bool `json:"capped,omitempty"`
}

// doubts tells that what was left out might be the answer as well.
func (m *AccountMatch) doubts(left leftOut) bool {
	switch left {
	case leftPage:
		return !m.given()
	case leftSure:
		return tierRank(m.Tier) > tierRank(TierIdentifier)
	case leftNear:
		return tierRank(m.Tier) > tierRank(TierExactName)
	}
	return false
}

// given tells that a pin or the reported id chose the account, whatever others there are.
func (m *AccountMatch) given() bool {
	return m.Tier == TierPinned || m.Tier == TierIdentifier && m.Decisive == ReasonAccountID
}

// Cap notes that accounts were left out that might be the answer as well. What would
// have been used without asking goes to review, unless a pin or an id says it; and no
// owner is certain.
func (m *AccountMatch) Cap() {
	m.Capped, m.SameOwner = true, ""
	reasons := slices.DeleteFunc(slices.Clone(m.Reasons), func(r Reason) bool { return r == ReasonSameOwner })
	reasons = append(reasons, ReasonCandidatesCapped)
	if m.Verdict == VerdictAuto && !m.given() {
		m.Verdict, m.ID, m.Decisive = VerdictReview, "", ReasonCandidatesCapped
	}
	m.Reasons = sortReasons(reasons)
}

// Ranked is one candidate with the evidence for and against it.
type Ranked struct {
	ID         string     `json:"id"`
	Name       string     `json:"name"`
	Tier       Tier       `json:"tier"`
	Confidence float64    `json:"confidence"`
	Evidence   []Evidence `json:"evidence,omitempty"`
}

// Evidence is one fact that was compared, in words a person can check.
type Evidence struct {
	Reason Reason `json:"reason"`
	// Query and Account are the two compared values, as read.
	Query   string `json:"query,omitempty"`
	Account string `json:"account,omitempty"`
}

// Conflict is a pair of facts that cannot both be right.
type Conflict struct {
	Reason    Reason `json:"reason"`
	AccountID string `json:"account_id,omitempty"`
	Detail    string `json:"detail,omitempty"`
}

// allTiers lists the tiers, strongest first.
func allTiers() []Tier {
	return []Tier{
		TierPinned, TierIdentifier, TierExactHost, TierDomain, TierContactsMail,
		TierExactName, TierFuzzyName, TierAcronym, TierNone,
	}
}

// tierRank returns the number of a tier, 0 for the strongest.
func tierRank(t Tier) int {
	switch t {
	case TierPinned:
		return 0
	case TierIdentifier:
		return 1
	case TierExactHost:
		return 2
	case TierDomain:
		return 3
	case TierContactsMail:
		return 4
	case TierExactName:
		return 5
	case TierFuzzyName:
		return 6
	case TierAcronym:
		return 7
	}
	return 8
}

// verdictRank orders verdicts from none (0) to auto (2); -1 is no verdict.
func verdictRank(v Verdict) int {
	switch v {
	case VerdictNone:
		return 0
	case VerdictReview:
		return 1
	case VerdictAuto:
		return 2
	}
	return -1
}

// lower returns the more careful of two verdicts. What is no verdict counts as
// none, so that an absent tier never acts.
func lower(a, b Verdict) Verdict {
	ra, rb := verdictRank(a), verdictRank(b)
	switch {
	case ra <= 0 || rb <= 0:
		return VerdictNone
	case ra < rb:
		return a
	}
	return b
}
