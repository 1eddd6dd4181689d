package dri

// Reason says why somebody was chosen or passed over. The set is closed; a
// released reason never changes its meaning.
type Reason string

// Reasons of an Assignment: why this one.
const (
	// ReasonFirstChoice: the first finder of the chain found somebody.
	ReasonFirstChoice Reason = "first_choice"
	// ReasonFallback: a later finder did; Assignment.Choice says which.
	ReasonFallback Reason = "fallback"
	// ReasonDefault: the default user, because the chain ended or says so.
	ReasonDefault Reason = "default"
	// ReasonOwnerInactive: the user found is inactive. On an assignment it means
	// that the backup or the manager stands in; on a step, why it was needed.
	ReasonOwnerInactive Reason = "owner_inactive"
	// ReasonKept: the member of the pool who was responsible before still is.
	ReasonKept Reason = "kept"
	// ReasonQueue: a queue, where queues are allowed.
	ReasonQueue Reason = "queue"
	// ReasonAssignmentRules: the CRM's assignment rules shall choose.
	ReasonAssignmentRules Reason = "assignment_rules"
	// ReasonNone: the chain says none.
	ReasonNone Reason = "none"
	// ReasonDisqualified: the destination is disqualified, so nobody joins.
	ReasonDisqualified Reason = "disqualified"
	// ReasonDefaultMissing: no default is configured. Matrix.Validate refuses that.
	ReasonDefaultMissing Reason = "default_missing"
	// ReasonDefaultInactive: neither the default user nor anybody who could stand
	// in is active.
	ReasonDefaultInactive Reason = "default_inactive"
)

// Reasons of a Step: what a finder gave.
const (
	// ReasonFound: an active user, who was taken.
	ReasonFound Reason = "found"
	// ReasonEmpty: the field is blank.
	ReasonEmpty Reason = "empty"
	// ReasonInactive: the user is inactive.
	ReasonInactive Reason = "inactive"
	// ReasonUnknownUser: the id is not among the users of the facts.
	ReasonUnknownUser Reason = "unknown_user"
	// ReasonIntegrationUser: the integration user counts as nobody.
	ReasonIntegrationUser Reason = "integration_user"
	// ReasonQueueNotAllowed: a queue cannot own this object or be responsible.
	ReasonQueueNotAllowed Reason = "queue_not_allowed"
	// ReasonQueueHasNoManager: the manager of a queue was asked for.
	ReasonQueueHasNoManager Reason = "queue_has_no_manager"
	// ReasonNoRecord and ReasonNoAccount: there is none on that side of the move.
	ReasonNoRecord  Reason = "no_record"
	ReasonNoAccount Reason = "no_account"
	// ReasonNoOpenOpportunity: the account has no open opportunity.
	ReasonNoOpenOpportunity Reason = "no_open_opportunity"
	// ReasonNoTeamMember: nobody in the account team has the role.
	ReasonNoTeamMember Reason = "no_team_member"
	// ReasonUnknownPool: the rota has no such pool.
	ReasonUnknownPool Reason = "unknown_pool"
	// ReasonEmptyPool: the pool has no active member.
	ReasonEmptyPool Reason = "empty_pool"
	// ReasonNotForObject: assignment rules exist for leads only.
	ReasonNotForObject Reason = "not_for_object"
)

// Reasons of Managers.
const (
	// ReasonManager: the user's own manager.
	ReasonManager Reason = "manager"
	// ReasonManagerInactive: the manager is inactive, a manager further up stands
	// in.
	ReasonManagerInactive Reason = "manager_inactive"
	// ReasonNoManager: nobody active above the user.
	ReasonNoManager Reason = "no_manager"
	// ReasonManagerLoop: going up leads back to somebody already seen.
	ReasonManagerLoop Reason = "manager_loop"
)
