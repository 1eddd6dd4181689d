package routing

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/onward-crm/onward/matching"
)

// Reason names why something was decided. Reasons are a closed set; once
// released they never change their meaning. Reasons of matching, dri and
// tracking stand in their own values.
type Reason string

// The reasons of plans and outcomes.
const (
	// Outcomes that write.
	ReasonAccountMatched   Reason = "account_matched"
	ReasonNoAccount        Reason = "no_account"
	ReasonKnownCompany     Reason = "known_company"
	ReasonAlwaysLead       Reason = "always_lead"
	ReasonDuplicateFound   Reason = "duplicate_found"
	ReasonBoomerang        Reason = "boomerang"
	ReasonInternalMove     Reason = "internal_move"
	ReasonTitleChange      Reason = "title_change"
	ReasonPromotion        Reason = "promotion"
	ReasonNameChanged      Reason = "name_changed"
	ReasonNoDestination    Reason = "no_destination"
	ReasonFlowCallout      Reason = "flow_callout"
	ReasonFlowInvoke       Reason = "flow_invoke"
	ReasonFlowFailed       Reason = "flow_failed"
	ReasonReviewAsLead     Reason = "review_as_lead"
	ReasonOperatorPick     Reason = "operator_pick"
	ReasonOperatorRejected Reason = "operator_rejected"

	// Filters.
	ReasonDisqualified   Reason = "disqualified"
	ReasonPersona        Reason = "persona"
	ReasonStaleChange    Reason = "stale_change"
	ReasonUntracked      Reason = "untracked"
	ReasonAdditionalRole Reason = "additional_role"
	ReasonCosmetic       Reason = "cosmetic"
	ReasonUnchanged      Reason = "unchanged"
	ReasonNoMove         Reason = "no_move"
	ReasonNoSignal       Reason = "no_signal"
	ReasonSourceGone     Reason = "source_gone"

	// Waiting and review.
	ReasonFutureStart       Reason = "future_start"
	ReasonCompanyUncertain  Reason = "company_uncertain"
	ReasonAccountReview     Reason = "account_review"
	ReasonPersonReview      Reason = "person_review"
	ReasonMissingCompany    Reason = "missing_company_name"
	ReasonMissingLastName   Reason = "missing_last_name"
	ReasonNoOwner           Reason = "no_owner"
	ReasonStalePlan         Reason = "stale_plan"
	ReasonWaitingForCRM     Reason = "waiting_for_crm"
	ReasonTooManyAttempts   Reason = "too_many_attempts"
	ReasonRefusedByCRM      Reason = "refused_by_crm"
	ReasonInternalError     Reason = "internal_error"
	ReasonInvalidReport     Reason = "invalid_report"
	ReasonPartial           Reason = "partial"
	ReasonDuplicateRule     Reason = "blocked_by_duplicate_rule"
	ReasonDuplicateMove     Reason = "duplicate_move"
	ReasonSuppressedPrivacy Reason = "suppressed_privacy"
	ReasonOlderThanApplied  Reason = "older_than_applied"

	// Undoing: done, stopped by what changed meanwhile, and refused.
	ReasonUndone         Reason = "undone"
	ReasonUndoStopped    Reason = "undo_stopped"
	ReasonChangedSince   Reason = "changed_since"
	ReasonNothingWritten Reason = "nothing_written"
	ReasonErased         Reason = "erased"

	// ReasonSelected: a configuration is for such deliveries.
	ReasonSelected Reason = "selected"

	// ReasonTracked: the roster says what the mover is to us; ReasonReportedOtherwise:
	// the sender says something else.
	ReasonTracked           Reason = "tracked"
	ReasonReportedOtherwise Reason = "reported_otherwise"

	// Flags.
	ReasonDualRole            Reason = "dual_role"
	ReasonPlaceholderCompany  Reason = "placeholder_company"
	ReasonPlaceholderLastName Reason = "placeholder_last_name"
	ReasonOptedOut            Reason = "opted_out"
	ReasonOtherDuplicates     Reason = "other_duplicates"
	ReasonNamesakes           Reason = "namesakes"
	ReasonMorePastRecords     Reason = "more_past_records"
	ReasonPastNotFound        Reason = "past_not_found"
	ReasonOwnerIsCertain      Reason = "same_owner"
	ReasonEnrichedOnBlock     Reason = "enriched_on_block"
	ReasonCandidatesCapped    Reason = "candidates_capped"
)

// Sentence says a step in words.
func (s Step) Sentence() string {
	text := string(s.Stage) + ": " + strings.ReplaceAll(string(s.Reason), "_", " ")
	if s.About != "" {
		text += " (" + s.About + ")"
	}
	return text
}

// Explanation is the whole story of a decision in lines of plain text: what was
// decided, the steps that led there, the candidates with their evidence, the
// owner and DRI chains. It holds ids and company names, but no person's data.
func Explanation(p Plan, o Outcome) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s, because %s\n", o.Status, o.What, o.Reason)
	fmt.Fprintf(&b, "strategy %s, mode %s, configuration %s\n", p.Strategy, p.Mode, p.Config)
	for _, s := range p.Trace {
		b.WriteString("- " + s.Sentence() + "\n")
	}
	if p.Mode != ModeLive && len(p.Writes) > 0 {
		b.WriteString("not done in this mode:\n")
		for _, w := range p.Writes {
			fmt.Fprintf(&b, "- %s %s %s\n", w.Verb, w.Object, w.ID)
		}
	}
	explainAccount(&b, p.Account)
	explainOwners(&b, p)
	if o.Error != "" {
		fmt.Fprintf(&b, "the CRM refused: %s\n", o.Error)
	}
	for _, a := range o.Actions {
		fmt.Fprintf(&b, "handoff, %s: %s %s %s %s\n", a.Kind, a.Status, a.To, a.ID, a.Error)
	}
	if o.Returned > 0 {
		fmt.Fprintf(&b, "credits returned: %d\n", o.Returned)
	}
	for _, l := range o.Left {
		fmt.Fprintf(&b, "left as it is: %s %s, %s %s\n", l.Object, l.ID, strings.ReplaceAll(string(l.Reason), "_", " "), strings.Join(l.Changed, " "))
	}
	for _, id := range o.Matches {
		fmt.Fprintf(&b, "matching record: %s\n", id)
	}
	return b.String()
}

func explainAccount(b *strings.Builder, m matching.AccountMatch) {
	for i, c := range m.Ranked {
		fmt.Fprintf(b, "candidate %d: %s %s, %s, confidence %.2f\n", i+1, c.ID, c.Name, c.Tier, c.Confidence)
		for _, e := range c.Evidence {
			fmt.Fprintf(b, "  %s", strings.ReplaceAll(string(e.Reason), "_", " "))
			if e.Query != "" || e.Account != "" {
				fmt.Fprintf(b, ": %q and %q", e.Query, e.Account)
			}
			b.WriteString("\n")
		}
	}
	for _, c := range m.Conflicts {
		fmt.Fprintf(b, "conflict: %s %s %s\n", strings.ReplaceAll(string(c.Reason), "_", " "), c.AccountID, c.Detail)
	}
}

func explainOwners(b *strings.Builder, p Plan) {
	for _, s := range p.Owner.Steps {
		fmt.Fprintf(b, "owner by %s: %s %s\n", s.Finder, strings.ReplaceAll(string(s.Reason), "_", " "), s.UserID)
	}
	for _, a := range p.DRI {
		fmt.Fprintf(b, "dri, %s, class %s: %s %s\n", a.Scenario, a.Class, strings.ReplaceAll(string(a.Reason), "_", " "), a.UserID)
		for _, s := range a.Steps {
			fmt.Fprintf(b, "  by %s: %s %s\n", s.Finder, strings.ReplaceAll(string(s.Reason), "_", " "), s.UserID)
		}
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
