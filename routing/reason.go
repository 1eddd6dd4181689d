package routing

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
