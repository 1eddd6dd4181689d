package matching

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
