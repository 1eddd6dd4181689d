package dri

import "slices"

// Assignment is the answer to one question, with the way that led to it.
type Assignment struct {
	// Scenario, Class and Row belong to Resolve. Class is what the account is,
	// Row the row of the matrix that was used for it.
	Scenario Scenario `json:"scenario,omitempty"`
	Class    Class    `json:"class,omitempty"`
	Row      Class    `json:"row,omitempty"`
	// UserID is who was chosen; empty for a queue, for assignment rules, for
	// none, and when not even the default user can be had.
	UserID string `json:"user_id,omitempty"`
	// ManagerID is the user's active manager, if any.
	ManagerID string `json:"manager_id,omitempty"`
	// RecordManagerID is the active manager of the owner of the record that the
	// scenario is about; kept beside the DRI's.
	RecordManagerID string `json:"record_manager_id,omitempty"`
	// QueueID and Queue, its name, are set when a queue was chosen.
	QueueID string `json:"queue_id,omitempty"`
	Queue   string `json:"queue,omitempty"`
	// Finder is the text of the finder that decided, Choice its place in the
	// chain, from 1; 0 for the default at the end of the chain.
	Finder string `json:"finder,omitempty"`
	Choice int    `json:"choice,omitempty"`
	Reason Reason `json:"reason"`
	// Steps lists everything that was tried, in order.
	Steps []Step `json:"steps,omitempty"`
	// Rota holds the pointer moves to store with the decision.
	Rota []RotaMove `json:"rota,omitempty"`
	// None tells that the scenario does not apply at all (DR14).
	None bool `json:"none,omitempty"`
	// LeaveToRules tells that the CRM's assignment rules choose the owner.
	LeaveToRules bool `json:"leave_to_rules,omitempty"`
}

// Step is one thing that was tried: what a finder gave, and what was thought of
// it.
type Step struct {
	// Finder is the finder's text; backup(…) and manager(…) around it mean the
	// stand-ins of an inactive owner.
	Finder string `json:"finder"`
	// UserID is the user or queue that was found, if any.
	UserID string `json:"user_id,omitempty"`
	Reason Reason `json:"reason"`
}

// Has reports whether the assignment or one of its steps has a reason.
func (a Assignment) Has(r Reason) bool {
	return a.Reason == r || slices.ContainsFunc(a.Steps, func(s Step) bool { return s.Reason == r })
}
