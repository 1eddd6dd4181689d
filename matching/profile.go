package matching

import "time"

// Profile is everything that can change an answer, as data: print it, store
// it, hash it. The zero Profile is not valid; begin with Balanced, Strict or
// Lenient and change what must differ.
type Profile struct {
	Name string `json:"name" yaml:"name"`
	// Tiers says for each tier what an undisputed hit may do. A tier that is
	// absent answers VerdictNone. TierFuzzyName goes by the thresholds below, and
	// its verdict here is the most that they may give.
	Tiers map[Tier]Verdict `json:"tiers" yaml:"tiers"`
	// AutoFrom and ReviewFrom are confidences (0 to 1) for TierFuzzyName, Margin
	// is the distance that an automatic answer keeps from the runner-up. What other
	// tiers find by name or domain goes to review below ReviewFrom.
	AutoFrom   float64 `json:"auto_from" yaml:"auto_from"`
	ReviewFrom float64 `json:"review_from" yaml:"review_from"`
	Margin     float64 `json:"margin" yaml:"margin"`
	// Prior is the share of the reported companies that are in the CRM, between 0 and
	// 1: confidences were learned where three of four are, and promise too much where
	// few are. 0 leaves them as they were learned.
	Prior float64 `json:"prior,omitempty" yaml:"prior"`
	// ListSize is how many accounts the CRM has, when only some of them are given: what
	// is proof among thousands may be chance among a million. 0 counts the given ones.
	ListSize int `json:"list_size,omitempty" yaml:"-"`
	// OnConflict is what a domain conflict makes of an exact or fuzzy name. Unless
	// it is VerdictAuto, an exact name in another country goes to review.
	OnConflict Verdict `json:"on_conflict" yaml:"on_conflict"`
	// TieBreakers are tried in order among candidates of the best tier. An empty
	// list means that ties go to review (MA42).
	TieBreakers []TieBreaker `json:"tie_breakers" yaml:"tie_breakers"`
	// Hierarchy says which member of one account hierarchy is meant.
	Hierarchy Hierarchy `json:"hierarchy" yaml:"hierarchy"`
	// KeepListed holds the account ids that HierarchyKeepListed prefers.
	KeepListed []string `json:"keep_listed,omitempty" yaml:"keep_listed"`
	Pins       []Pin    `json:"pins,omitempty" yaml:"pins"`
	// Acquisitions are dated: a company bought by another (MA31).
	Acquisitions []Acquisition `json:"acquisitions,omitempty" yaml:"acquisitions"`
	// ExcludeAccounts never match: splash accounts, test accounts (MA36).
	ExcludeAccounts []string `json:"exclude_accounts,omitempty" yaml:"exclude_accounts"`
	// ExcludeDomains are further hosts that prove nothing.
	ExcludeDomains []string `json:"exclude_domains,omitempty" yaml:"exclude_domains"`
	// Nicknames turns the nickname table of the person scan on (MP11), PlusTags
	// the folding of jane+crm@ to jane@ (MP16).
	Nicknames bool `json:"nicknames" yaml:"nicknames"`
	PlusTags  bool `json:"plus_tags" yaml:"plus_tags"`
	// NamesakeReview holds namesakes with conflicting LinkedIn pages for review
	// instead of treating them as strangers (MP10).
	NamesakeReview bool `json:"namesake_review" yaml:"namesake_review"`
	// MaxCandidates caps the accounts compared for one company, MaxRanked those
	// listed in an answer.
	MaxCandidates int `json:"max_candidates" yaml:"max_candidates"`
	MaxRanked     int `json:"max_ranked" yaml:"max_ranked"`
}

// TieBreaker names one rule that orders candidates of the same tier.
type TieBreaker string

// The tie-breakers, in their default order.
const (
	TieExactName       TieBreaker = "exact_name"
	TieOpenOpportunity TieBreaker = "open_opportunity"
	TieCustomer        TieBreaker = "customer"
	TieTarget          TieBreaker = "target"
	TieActiveOwner     TieBreaker = "active_owner"
	TieLatestActivity  TieBreaker = "latest_activity"
	TieMostContacts    TieBreaker = "most_contacts"
	TieSameCountry     TieBreaker = "same_country"
	TieOldest          TieBreaker = "oldest"
	TieLowestID        TieBreaker = "lowest_id"
)

// Hierarchy is a policy for candidates that belong to one account hierarchy.
type Hierarchy string

const (
	// HierarchyAmbiguous sends parent and children to review, unless the reported
	// name is that of exactly one of them and TieExactName is a tie-breaker.
	HierarchyAmbiguous Hierarchy = "ambiguous"
	// HierarchyUltimateParent takes the top account.
	HierarchyUltimateParent Hierarchy = "ultimate-parent"
	// HierarchyClosestChild takes the child nearest by city, state, country.
	HierarchyClosestChild Hierarchy = "closest-child-by-geo"
	// HierarchyKeepListed takes the one in Profile.KeepListed.
	HierarchyKeepListed Hierarchy = "keep-listed"
)

// Pin is an admin's word on a domain or a name.
type Pin struct {
	// Domain or Name is what is pinned; one of the two.
	Domain string `json:"domain,omitempty" yaml:"domain"`
	Name   string `json:"name,omitempty" yaml:"name"`
	// AccountID is the account meant; empty with Never set means "no account".
	AccountID string `json:"account_id,omitempty" yaml:"account_id"`
	Never     bool   `json:"never,omitempty" yaml:"never"`
	// Alias makes the pin one more name of the account instead of an override:
	// an account found by its own domain then wins (MA30).
	Alias bool `json:"alias,omitempty" yaml:"alias"`
}

// Acquisition says that one company has belonged to another since a day.
type Acquisition struct {
	Domain   string    `json:"domain,omitempty" yaml:"domain"`
	Name     string    `json:"name,omitempty" yaml:"name"`
	ByDomain string    `json:"by_domain,omitempty" yaml:"by_domain"`
	ByName   string    `json:"by_name,omitempty" yaml:"by_name"`
	On       time.Time `json:"on" yaml:"on"`
}
