package matching

import (
	"fmt"
	"slices"
)

// Defaults that the three profiles share.
const (
	// DefaultMaxCandidates is how many accounts are compared for one company.
	DefaultMaxCandidates = 200
	// DefaultMaxRanked is how many candidates an answer lists.
	DefaultMaxRanked = 10
)

// Balanced returns the default profile: tiers 0 to 5 are automatic unless facts
// conflict, similar names need a confidence of 0.97, acronyms a person.
// docs/matching.md tells how often such answers are right. The value is fresh:
// change it freely.
func Balanced() Profile {
	return Profile{
		Name: "balanced",
		Tiers: map[Tier]Verdict{
			TierPinned: VerdictAuto, TierIdentifier: VerdictAuto, TierExactHost: VerdictAuto,
			TierDomain: VerdictAuto, TierContactsMail: VerdictAuto, TierExactName: VerdictAuto,
			TierFuzzyName: VerdictAuto, TierAcronym: VerdictReview,
		},
		AutoFrom: 0.97, ReviewFrom: 0.70, Margin: 0.05,
		OnConflict:    VerdictReview,
		TieBreakers:   allTieBreakers(),
		Hierarchy:     HierarchyAmbiguous,
		Nicknames:     true,
		PlusTags:      true,
		MaxCandidates: DefaultMaxCandidates,
		MaxRanked:     DefaultMaxRanked,
	}
}

// Strict returns the profile that only trusts pins, ids and domains, and these only
// where the account is likely (0.90): an exact name goes to review, anything weaker
// is no match, nicknames are off and namesakes are held. The value is fresh.
func Strict() Profile {
	p := Balanced()
	p.Name = "strict"
	p.Tiers[TierExactName] = VerdictReview
	p.Tiers[TierFuzzyName] = VerdictNone
	p.Tiers[TierAcronym] = VerdictNone
	p.ReviewFrom = 0.90
	p.OnConflict = VerdictNone
	p.Nicknames = false
	p.NamesakeReview = true
	return p
}

// Lenient returns the profile for those who prefer a wrong account to none:
// similar names are automatic from 0.90, acronyms too, and a name wins over a
// domain that differs. The value is fresh.
func Lenient() Profile {
	p := Balanced()
	p.Name = "lenient"
	p.Tiers[TierAcronym] = VerdictAuto
	p.AutoFrom = 0.90
	p.OnConflict = VerdictAuto
	return p
}

// allTieBreakers returns the rules in their default order.
func allTieBreakers() []TieBreaker {
	return []TieBreaker{
		TieExactName, TieOpenOpportunity, TieCustomer, TieTarget, TieActiveOwner,
		TieLatestActivity, TieMostContacts, TieSameCountry, TieOldest, TieLowestID,
	}
}

// Validate reports the first field whose value cannot be used, by its name in
// configuration files; nil means that the profile is usable. An empty list of
// tie-breakers is valid: ties then go to review.
func (p Profile) Validate() error {
	for _, check := range []func() error{
		p.checkTiers, p.checkThresholds, p.checkChoices, p.checkPins, p.checkAcquisitions,
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (p Profile) checkTiers() error {
	if len(p.Tiers) == 0 {
		return fmt.Errorf("matching: tiers: empty")
	}
	known := allTiers()
	names := make([]Tier, 0, len(p.Tiers))
	for t := range p.Tiers {
		names = append(names, t)
	}
	slices.Sort(names)
	for _, t := range names {
		if t == TierNone || !slices.Contains(known, t) {
			return fmt.Errorf("matching: tiers: unknown tier %q", string(t))
		}
		if verdictRank(p.Tiers[t]) < 0 {
			return fmt.Errorf("matching: tiers.%s: unknown verdict %q", t, string(p.Tiers[t]))
		}
	}
	return nil
}

func (p Profile) checkThresholds() error {
	for _, f := range []struct {
		name  string
		value float64
	}{{"auto_from", p.AutoFrom}, {"review_from", p.ReviewFrom}, {"margin", p.Margin}} {
		if !(f.value >= 0 && f.value <= 1) {
			return fmt.Errorf("matching: %s: %v is not between 0 and 1", f.name, f.value)
		}
	}
	if !(p.Prior >= 0 && p.Prior < 1) {
		return fmt.Errorf("matching: prior: %v is not a share between 0 and 1", p.Prior)
	}
	if p.ReviewFrom > p.AutoFrom {
		return fmt.Errorf("matching: review_from: %v is above auto_from %v", p.ReviewFrom, p.AutoFrom)
	}
	if p.MaxCandidates < 1 {
		return fmt.Errorf("matching: max_candidates: %d is below 1", p.MaxCandidates)
	}
	if p.MaxRanked < 1 {
		return fmt.Errorf("matching: max_ranked: %d is below 1", p.MaxRanked)
	}
	return nil
}

func (p Profile) checkChoices() error {
	if verdictRank(p.OnConflict) < 0 {
		return fmt.Errorf("matching: on_conflict: unknown verdict %q", string(p.OnConflict))
	}
	known := allTieBreakers()
	for i, tb := range p.TieBreakers {
		if !slices.Contains(known, tb) {
			return fmt.Errorf("matching: tie_breakers[%d]: unknown rule %q", i, string(tb))
		}
		if slices.Contains(p.TieBreakers[:i], tb) {
			return fmt.Errorf("matching: tie_breakers[%d]: %q is listed twice", i, string(tb))
		}
	}
	switch p.Hierarchy {
	case HierarchyAmbiguous, HierarchyUltimateParent, HierarchyClosestChild, HierarchyKeepListed:
		return nil
	}
	return fmt.Errorf("matching: hierarchy: unknown policy %q", string(p.Hierarchy))
}

func (p Profile) checkPins() error {
	for i, pin := range p.Pins {
		switch {
		case (pin.Domain == "") == (pin.Name == ""):
			return fmt.Errorf("matching: pins[%d]: needs a domain or a name, not both", i)
		case pin.Never == (pin.AccountID != ""):
			return fmt.Errorf("matching: pins[%d]: needs an account_id or never, not both", i)
		case pin.Never && pin.Alias:
			return fmt.Errorf("matching: pins[%d]: alias and never exclude each other", i)
		}
		if pin.Domain != "" {
			if _, ok := ParseDomain(pin.Domain); !ok {
				return fmt.Errorf("matching: pins[%d].domain: %q is not a domain", i, pin.Domain)
			}
		}
	}
	return nil
}

func (p Profile) checkAcquisitions() error {
	for i, a := range p.Acquisitions {
		switch {
		case a.Domain == "" && a.Name == "":
			return fmt.Errorf("matching: acquisitions[%d]: needs a domain or a name", i)
		case a.ByDomain == "" && a.ByName == "":
			return fmt.Errorf("matching: acquisitions[%d]: needs a by_domain or a by_name", i)
		case a.On.IsZero():
			return fmt.Errorf("matching: acquisitions[%d].on: needs a date", i)
		}
	}
	return nil
}
