package adapter

import (
	"slices"
	"strings"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/routing"
)

// The statuses of answers. Callers branch on them; outcomes say more.
const (
	statusDone     = "done"
	statusReview   = "needs_review"
	statusFiltered = "filtered"
	statusWaiting  = "waiting"
	statusParked   = "parked"
	statusAccepted = "accepted"
	statusRejected = "rejected"
	statusPartial  = "partial"
)

// statusWord is a delivery's status as callers are told.
func statusWord(s routing.Status) string {
	if s == routing.StatusReview {
		return statusReview
	}
	if !s.Terminal() {
		return statusAccepted
	}
	return string(s)
}

// wording is how an outcome is told.
type wording struct {
	what   routing.What
	reason routing.Reason
	// outcome is the word that callers branch on, message a sentence for people. In
	// it, {rule} is the CRM's duplicate rule and {error} what the CRM refused.
	outcome, message string
}

// wordings is the table of all outcomes; the first row that fits is used. An empty
// what or reason fits any, an empty outcome is the reason's or what's own word.
var wordings = []wording{
	{routing.WhatEnriched, routing.ReasonEnrichedOnBlock, "linked_existing", "duplicate rule {rule}"},
	{routing.WhatBlocked, "", "blocked_by_duplicate_rule", "duplicate rule {rule}"},
	{routing.WhatHeld, routing.ReasonAccountReview, "ambiguous_account", "{account}"},
	{routing.WhatHeld, routing.ReasonPersonReview, "possible_duplicate", "perhaps a person who is there already: review"},
	{routing.WhatHeld, routing.ReasonCompanyUncertain, "company_uncertain", "the old and the new company may be one: review"},
	{routing.WhatHeld, routing.ReasonMissingCompany, "missing_company_name", "the name of the new company is missing: review"},
	{routing.WhatHeld, routing.ReasonMissingLastName, "missing_last_name", "the last name is missing: review"},
	{routing.WhatHeld, routing.ReasonNoOwner, "no_owner", "no active owner was found: review"},
	{routing.WhatHeld, routing.ReasonFutureStart, "future_start", "begins in the future: looked at again then"},
	{routing.WhatNothing, routing.ReasonDisqualified, "disqualified", "the new company is disqualified"},
	{routing.WhatNothing, routing.ReasonPersona, "persona", "the title fits no persona"},
	{routing.WhatNothing, routing.ReasonStaleChange, "stale_change", "the change is too old"},
	{routing.WhatNothing, routing.ReasonUntracked, "untracked", "nobody who is tracked"},
	{routing.WhatNothing, routing.ReasonAdditionalRole, "additional_role", "one more role beside the old one"},
	{routing.WhatNothing, routing.ReasonCosmetic, "cosmetic", "nothing has changed but the spelling"},
	{routing.WhatNothing, routing.ReasonUnchanged, "unchanged", "nothing has changed"},
	{routing.WhatNothing, routing.ReasonOperatorRejected, "operator_rejected", "an operator has rejected it"},
	{routing.WhatNothing, routing.ReasonOlderThanApplied, "older_than_applied", "a later move was done already"},
	{routing.WhatDuplicate, "", "duplicate_move", "the same move was reported before"},
	{routing.WhatSuppressed, "", "suppressed", "the person was erased"},
	{routing.WhatUndone, "", "undone", "an operator has taken the decision back"},
	{routing.WhatFlow, routing.ReasonFlowFailed, "flow_failed", "the Flow has reported an error"},
	{routing.WhatRefused, routing.ReasonFlowFailed, "flow_failed", "the Flow has reported an error"},
	{routing.WhatRefused, "", "refused", "Salesforce has refused it: {error}"},
	{routing.WhatPartial, "", "partial", "Salesforce has refused a part of it: {error}"},
	{"", routing.ReasonTooManyAttempts, "too_many_attempts", "given up after too many attempts"},
	{"", routing.ReasonInternalError, "internal_error", "stopped by a fault of the service"},
	{routing.WhatHeld, "", "", "held: review"},
	{routing.WhatNothing, "", "", ""},
}

// telling is the outcome and the sentence for a delivery that has ended.
func telling(r routing.Record) (outcome, message string) {
	o := r.Outcome
	i := slices.IndexFunc(wordings, func(w wording) bool {
		return (w.what == "" || w.what == o.What) && (w.reason == "" || w.reason == o.Reason)
	})
	if i < 0 {
		return string(o.What), ""
	}
	w := wordings[i]
	outcome = w.outcome
	if outcome == "" {
		outcome = string(o.Reason)
	}
	account := ""
	if r.Plan != nil {
		account = accountSentence(r.Plan.Account)
	}
	return outcome, strings.NewReplacer("{rule}", duplicateRule(r.Receipts), "{error}", o.Error, "{account}", account).Replace(w.message)
}

// duplicateRule is the rule that has refused a record.
func duplicateRule(rs []routing.Receipt) string {
	for _, r := range rs {
		if r.Rule != "" {
			return r.Rule
		}
	}
	return ""
}

// accountSentence says why no account was chosen.
func accountSentence(m matching.AccountMatch) string {
	switch m.Decisive {
	case matching.ReasonAmbiguous, matching.ReasonHierarchyAmbiguous, matching.ReasonCloseRunnerUp, matching.ReasonHomonyms:
		if len(m.Ranked) > 2 {
			return "several accounts fit equally well: review"
		}
		return "two accounts fit equally well: review"
	}
	return "no account fits surely enough: review"
}

// together is the status of a list.
func together(statuses []string) string {
	switch {
	case len(statuses) == 0:
		return statusDone
	case len(slices.Compact(slices.Sorted(slices.Values(statuses)))) == 1:
		return statuses[0]
	case slices.Contains(statuses, statusRejected):
		return statusPartial
	case slices.Contains(statuses, statusAccepted):
		return statusAccepted
	}
	return statusDone
}
