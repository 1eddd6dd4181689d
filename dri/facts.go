package dri

import (
	"slices"

	"github.com/onward-crm/onward/crm"
)

// TeamMember says that a user has a role in the team of an account.
type TeamMember struct {
	AccountID string `json:"account_id"`
	UserID    string `json:"user_id"`
	Role      string `json:"role"`
}

// Side is one side of a move: the company that the person joins or leaves. Any
// part may be missing.
type Side struct {
	// Record is the person's lead or contact there.
	Record *crm.Person `json:"record,omitempty"`
	// Account is the account there, for a lead the one it was matched to.
	Account *crm.Account `json:"account,omitempty"`
	// Opportunities and Team are the account's; rows of other accounts are
	// ignored, and so are closed opportunities.
	Opportunities []crm.Opportunity `json:"opportunities,omitempty"`
	Team          []TeamMember      `json:"team,omitempty"`
	// Classes are the classes of the account. An open opportunity among
	// Opportunities makes it OpenOpportunity as well.
	Classes []Class `json:"classes,omitempty"`
	// Disqualified tells that nobody shall be delivered there.
	Disqualified bool `json:"disqualified,omitempty"`
	// DRI is who was responsible when this was last computed. Round robin keeps
	// that user, so that recomputing every night does not pass people around.
	DRI string `json:"dri,omitempty"`
}

// Facts is everything that the two questions are answered from.
type Facts struct {
	New  Side `json:"new"`
	Past Side `json:"past"`
	// Users are the users and queues that the facts mention (see UserIDs).
	Users []crm.User `json:"users,omitempty"`
	// Integration is the user that onward writes as. As an owner it counts as
	// nobody (RT17), unless a finder or the default names it outright.
	Integration string `json:"integration,omitempty"`
	// Rota is the state of the round-robin pools.
	Rota Rota `json:"rota,omitzero"`
	// Column is the object of the record that the scenario is about, ObjectLead
	// or ObjectContact, for as long as the record itself is not there.
	Column crm.Object `json:"column,omitempty"`
}

// ClassOf returns the class of the account of a side: the first of precedence
// that it is in, Other when there is none. An empty precedence means
// DefaultPrecedence.
func ClassOf(side Side, precedence []Class) Class {
	if len(precedence) == 0 {
		precedence = DefaultPrecedence()
	}
	for _, class := range precedence {
		if side.is(class) {
			return class
		}
	}
	return Other
}

// is reports whether the account is in a class. Every account is in Other.
func (s Side) is(class Class) bool {
	switch {
	case class == Other, slices.Contains(s.Classes, class):
		return true
	case class == OpenOpportunity:
		return slices.ContainsFunc(s.Opportunities, s.isOpen)
	}
	return false
}

// isOpen reports whether an opportunity is open and belongs to the account.
func (s Side) isOpen(o crm.Opportunity) bool {
	return !o.Closed && (s.Account == nil || o.AccountID == "" || wide(o.AccountID) == wide(s.Account.ID))
}

// column returns the column of the matrix for a side: that of the record, a
// converted lead being the contact that it became; otherwise the one given;
// otherwise contact.
func (s Side) column(given crm.Object) crm.Object {
	if r := s.Record; r != nil && r.Object != "" {
		if r.Converted {
			return crm.ObjectContact
		}
		return r.Object
	}
	if given == crm.ObjectLead {
		return crm.ObjectLead
	}
	return crm.ObjectContact
}

// user finds a user by id. The list is short: those that one move mentions.
func user(users []crm.User, id string) (crm.User, bool) {
	id = wide(id)
	for i := range users {
		if wide(users[i].ID) == id {
			return users[i], true
		}
	}
	return crm.User{}, false
}

// wide gives an id in its 18-character form; what is no id stays as it is.
func wide(id string) string {
	if len(id) != 15 {
		return id
	}
	if w, err := crm.WidenID(id); err == nil {
		return w
	}
	return id
}
