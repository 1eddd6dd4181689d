package sponsor

import "time"

// Act says what a line of the history tells.
type Act string

// The acts that are written down.
const (
	// ActStatus: Old and New are statuses.
	ActStatus Act = "status"
	// ActObserved, ActAccepted, ActRejected and ActOvertaken are about an attribute of
	// an update.
	ActObserved  Act = "observed"
	ActAccepted  Act = "accepted"
	ActRejected  Act = "rejected"
	ActOvertaken Act = "overtaken"
	// ActPassed: a suggested profile was not the person's.
	ActPassed Act = "passed"
	// ActAttached and ActDetached: the entity is one of the sponsor's from now on, or
	// no more; New is the role.
	ActAttached Act = "attached"
	ActDetached Act = "detached"
)

// Entry is one line of the history. What happens to a sponsor is told once for each
// of its entities, so that the history of an account is complete by itself.
type Entry struct {
	Sponsor string    `json:"sponsor"`
	Entity  EntityRef `json:"entity"`
	At      time.Time `json:"at"`
	// By is the user who did it; "" is the Desk.
	By  string `json:"by,omitempty"`
	Act Act    `json:"act"`
	// Update and Attribute belong to acts about an update.
	Update    string    `json:"update,omitempty"`
	Attribute Attribute `json:"attribute,omitempty"`
	Old       string    `json:"old,omitempty"`
	New       string    `json:"new,omitempty"`
}
