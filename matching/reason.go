package matching

import "slices"

// Reason names one fact or rule that bore on an answer. The strings are
// lower_snake and never change their meaning: people store them, count them
// and filter by them. [AllReasons] lists the whole set.
type Reason string

// Reasons that found an account, one for each tier and its variants.
const (
	ReasonPinned            Reason = "pinned"             // an admin's pin names the account
	ReasonPinnedAlias       Reason = "pinned_alias"       // a pin of kind alias gave the account one more domain or name
	ReasonPinnedNever       Reason = "pinned_never"       // a pin says that this company is no account
	ReasonPinnedMissing     Reason = "pinned_missing"     // the pinned account is not there any more
	ReasonAccountID         Reason = "account_id"         // the caller named the account
	ReasonUnknownAccountID  Reason = "unknown_account_id" // the caller named an account that is not there
	ReasonLinkedInCompany   Reason = "linkedin_company"   // same LinkedIn company page
	ReasonExactHost         Reason = "exact_host"         // same host as the website
	ReasonRegistrableDomain Reason = "registrable_domain" // same registrable domain as website or additional domain
	ReasonContactsDomain    Reason = "contacts_domain"    // the domain of most of the account's contacts
	ReasonExactName         Reason = "exact_name"         // same normalised name
	ReasonNameFuzzy         Reason = "name_fuzzy"         // similar name
	ReasonAcronym           Reason = "acronym"            // one name is the initials of the other
	ReasonAcquired          Reason = "acquired"           // found through a listed acquisition
	ReasonMergedAccount     Reason = "merged_account"     // found through an account that was merged into this one
)

// Reasons that support or weaken a candidate.
const (
	ReasonSameCountry       Reason = "same_country"         // same country
	ReasonSameState         Reason = "same_state"           // same state or province
	ReasonSameCity          Reason = "same_city"            // same city
	ReasonSamePhone         Reason = "same_phone"           // same telephone line
	ReasonSameLabel         Reason = "same_label_other_tld" // acme.com and acme.de: no proof alone
	ReasonNameIsLabel       Reason = "name_is_label"        // the reported name is the label of the account's domain
	ReasonLabelIsName       Reason = "label_is_name"        // the label of the reported domain is the account's name
	ReasonCountryDiffers    Reason = "country_differs"      // the two countries differ
	ReasonDomainConflict    Reason = "domain_conflict"      // both sides have domains and share none
	ReasonDomainElsewhere   Reason = "domain_elsewhere"     // the reported domain is that of another account
	ReasonOtherHost         Reason = "other_host"           // same registrable domain, but the hosts lie side by side
	ReasonEmailDiffers      Reason = "email_domain_differs" // the e-mail address points to another company than the rest
	ReasonLegalFormConflict Reason = "legal_form_conflict"  // Inc against GmbH
	ReasonNameMismatch      Reason = "name_mismatch"        // the domain fits, the name does not
	ReasonRebrandSuspected  Reason = "rebrand_suspected"    // the company's own domain fits and the name is quite another
	ReasonNameContained     Reason = "name_contained"       // one name is the first part of a longer one
	ReasonWordOrder         Reason = "word_order"           // same words in another order
	ReasonOtherWord         Reason = "other_word"           // each name, or one, has a telling word that the other lacks
	ReasonDigitsMissing     Reason = "digits_missing"       // one name has digits and the other none
	ReasonInitialsAlone     Reason = "initials_alone"       // one name is the initials of the other, and no fact supports it
	ReasonTransliterated    Reason = "transliterated"       // compared through a transliteration
	ReasonCommonName        Reason = "common_name"          // a short name shared by many companies
	ReasonGenericName       Reason = "generic_name"         // the name has only words that name no company
	ReasonHomonyms          Reason = "homonyms"             // several companies with one name and different domains
)

// Reasons that set a reported fact aside.
const (
	ReasonFreeMail        Reason = "free_mail"        // the domain belongs to a mail provider
	ReasonSharedHost      Reason = "shared_host"      // the host is shared by many companies
	ReasonExcludedDomain  Reason = "excluded_domain"  // the profile excludes the domain
	ReasonExcludedAccount Reason = "excluded_account" // the profile excludes the account that was named
	ReasonInsufficient    Reason = "insufficient_evidence"
)

// Reasons that decided among several candidates.
const (
	ReasonNearestName        Reason = "nearest_name"         // the name is clearly nearer than the others
	ReasonOpenOpportunity    Reason = "has_open_opportunity" // the only one with an open opportunity
	ReasonCustomer           Reason = "is_customer"          // the only customer
	ReasonTarget             Reason = "is_target"            // the only one on a target list
	ReasonActiveOwner        Reason = "has_active_owner"     // the only one with an active human owner
	ReasonLatestActivity     Reason = "latest_activity"      // the one with the latest activity
	ReasonMostContacts       Reason = "most_contacts"        // the one with most contacts
	ReasonOldest             Reason = "oldest"               // the one created first
	ReasonLowestID           Reason = "lowest_id"            // the lowest id, when nothing else differs
	ReasonUltimateParent     Reason = "ultimate_parent"      // the top of the hierarchy
	ReasonClosestChild       Reason = "closest_child"        // the member nearest by city, state, country
	ReasonKeepListed         Reason = "keep_listed"          // the member that a list keeps
	ReasonAmbiguous          Reason = "ambiguous"            // several candidates and no rule to choose by
	ReasonHierarchyAmbiguous Reason = "hierarchy_ambiguous"  // several members of one hierarchy
	ReasonCloseRunnerUp      Reason = "close_runner_up"      // the second-best name is nearly as near
	ReasonSameOwner          Reason = "same_owner"           // the tied accounts have one owner
	ReasonNoCandidate        Reason = "no_candidate"         // nothing looks like the company
	ReasonLowConfidence      Reason = "low_confidence"       // the nearest name is not near enough
	ReasonTierOff            Reason = "tier_off"             // the profile does not use this kind of evidence
	ReasonCandidatesCapped   Reason = "candidates_capped"    // more candidates than the profile allows
)

// Reasons of [SameCompany].
const (
	ReasonSameDomain      Reason = "same_domain"      // a registrable domain in common
	ReasonLinkedInDiffers Reason = "linkedin_differs" // different LinkedIn pages
	ReasonScriptDiffers   Reason = "script_differs"   // names in different scripts: they say nothing
)

// Reasons of [MatchPerson].
const (
	ReasonLinkedInProfile    Reason = "linkedin_profile"    // same LinkedIn profile
	ReasonEmailEqual         Reason = "email_equal"         // same e-mail address
	ReasonNameAndDomain      Reason = "name_and_domain"     // same name, address in the new company's domain
	ReasonNameAndCompany     Reason = "name_and_company"    // same name, same or similar company
	ReasonNickname           Reason = "nickname"            // Bob for Robert
	ReasonNameTransposed     Reason = "name_transposed"     // first and last name swapped
	ReasonRoleAddress        Reason = "role_address"        // info@ with another name
	ReasonCompanyUncertain   Reason = "company_uncertain"   // same name, the companies may be two
	ReasonOtherAccount       Reason = "other_account"       // the record sits on another account
	ReasonPastRecord         Reason = "past_record"         // the mover's own record at the old company
	ReasonConvertedLead      Reason = "converted_lead"      // followed to the contact
	ReasonDanglingConversion Reason = "dangling_conversion" // converted lead without its contact
	ReasonLinkedInConflict   Reason = "linkedin_conflict"   // same name, different LinkedIn profiles
	ReasonSingleName         Reason = "single_name"         // one name part: name rules do not apply
	ReasonContactBeatsLead   Reason = "contact_beats_lead"  // a contact goes before leads
	ReasonNewest             Reason = "newest"              // the most recently created record
)

// AllReasons returns every reason the package can give, sorted.
func AllReasons() []Reason {
	all := []Reason{
		ReasonPinned, ReasonPinnedAlias, ReasonPinnedNever, ReasonPinnedMissing, ReasonAccountID,
		ReasonUnknownAccountID, ReasonLinkedInCompany, ReasonExactHost, ReasonRegistrableDomain,
		ReasonContactsDomain, ReasonExactName, ReasonNameFuzzy, ReasonAcronym, ReasonAcquired,
		ReasonMergedAccount,
		ReasonSameCountry, ReasonSameState, ReasonSameCity, ReasonSamePhone, ReasonSameLabel,
		ReasonNameIsLabel, ReasonLabelIsName, ReasonCountryDiffers, ReasonDomainConflict, ReasonDomainElsewhere, ReasonOtherHost, ReasonEmailDiffers,
		ReasonLegalFormConflict, ReasonNameMismatch, ReasonRebrandSuspected, ReasonNameContained,
		ReasonWordOrder, ReasonOtherWord, ReasonDigitsMissing, ReasonInitialsAlone, ReasonTransliterated, ReasonCommonName, ReasonGenericName, ReasonHomonyms,
		ReasonFreeMail, ReasonSharedHost, ReasonExcludedDomain, ReasonExcludedAccount, ReasonInsufficient,
		ReasonNearestName, ReasonOpenOpportunity, ReasonCustomer, ReasonTarget, ReasonActiveOwner,
		ReasonLatestActivity, ReasonMostContacts, ReasonOldest, ReasonLowestID, ReasonUltimateParent,
		ReasonClosestChild, ReasonKeepListed, ReasonAmbiguous, ReasonHierarchyAmbiguous,
		ReasonCloseRunnerUp, ReasonSameOwner, ReasonNoCandidate, ReasonLowConfidence, ReasonTierOff,
		ReasonCandidatesCapped,
		ReasonSameDomain, ReasonLinkedInDiffers, ReasonScriptDiffers,
		ReasonLinkedInProfile, ReasonEmailEqual, ReasonNameAndDomain, ReasonNameAndCompany,
		ReasonNickname, ReasonNameTransposed, ReasonRoleAddress, ReasonCompanyUncertain,
		ReasonOtherAccount, ReasonPastRecord, ReasonConvertedLead, ReasonDanglingConversion,
		ReasonLinkedInConflict, ReasonSingleName, ReasonContactBeatsLead, ReasonNewest,
	}
	slices.Sort(all)
	return all
}

// sortReasons returns the distinct reasons of rs in order, nil for none.
func sortReasons(rs []Reason) []Reason {
	if len(rs) == 0 {
		return nil
	}
	out := slices.Clone(rs)
	slices.Sort(out)
	return slices.Compact(out)
}
