package dri

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/onward-crm/onward/crm"
)

// candidates returns the ids that a finder finds in the facts, best first, or
// the reason why there are none. It does not judge them.
func (f Facts) candidates(by Finder) ([]string, Reason) {
	switch by.kind {
	case KindRecordOwner, KindRecordField:
		return f.New.ofRecord(by.arg)
	case KindPastRecordOwner, KindPastRecordField:
		return f.Past.ofRecord(by.arg)
	case KindAccountOwner, KindAccountField:
		return f.New.ofAccount(by.arg)
	case KindPastAccountOwner, KindPastAccountField:
		return f.Past.ofAccount(by.arg)
	case KindOpportunity:
		return f.New.ofOpportunity(Order(by.arg))
	case KindPastOpportunity:
		return f.Past.ofOpportunity(Order(by.arg))
	case KindTeam:
		return f.New.ofTeam(by.arg)
	case KindPastTeam:
		return f.Past.ofTeam(by.arg)
	case KindUser, KindQueue:
		return []string{by.arg}, ReasonFound
	}
	return nil, ReasonEmpty
}

// ofRecord gives a user lookup of the record; "" means its owner.
func (s Side) ofRecord(field string) ([]string, Reason) {
	if s.Record == nil {
		return nil, ReasonNoRecord
	}
	return lookup(s.Record.OwnerID, s.Record.Fields, field)
}

// ofAccount gives a user lookup of the account; "" means its owner.
func (s Side) ofAccount(field string) ([]string, Reason) {
	if s.Account == nil {
		return nil, ReasonNoAccount
	}
	return lookup(s.Account.OwnerID, s.Account.Fields, field)
}

func lookup(owner string, fields crm.Fields, field string) ([]string, Reason) {
	id := owner
	if field != "" {
		id = fields[field]
	}
	if id = strings.TrimSpace(id); id == "" {
		return nil, ReasonEmpty
	}
	return []string{wide(id)}, ReasonFound
}

// ofOpportunity gives the owner of the one open opportunity that comes first.
func (s Side) ofOpportunity(order Order) ([]string, Reason) {
	var best *crm.Opportunity
	for i := range s.Opportunities {
		o := &s.Opportunities[i]
		if s.isOpen(*o) && (best == nil || order.compare(*o, *best) < 0) {
			best = o
		}
	}
	if best == nil {
		return nil, ReasonNoOpenOpportunity
	}
	return lookup(best.OwnerID, nil, "")
}

// compare is negative when a comes before b.
func (o Order) compare(a, b crm.Opportunity) int {
	by := 0
	switch o {
	case Newest:
		by = b.CreatedAt.Compare(a.CreatedAt)
	case Largest:
		by = cmp.Compare(b.Amount, a.Amount)
	case ClosingSoonest:
		by = compareDates(a.CloseDate, b.CloseDate)
	}
	return cmp.Or(by, cmp.Compare(a.ID, b.ID))
}

// compareDates puts the earlier first and a missing date last.
func compareDates(a, b time.Time) int {
	switch {
	case a.IsZero() == b.IsZero():
		return a.Compare(b)
	case a.IsZero():
		return 1
	}
	return -1
}

// ofTeam gives the members with a role, in order of their ids. Roles are
// compared without regard to case.
func (s Side) ofTeam(role string) ([]string, Reason) {
	var ids []string
	for _, m := range s.Team {
		ours := s.Account == nil || m.AccountID == "" || wide(m.AccountID) == wide(s.Account.ID)
		if ours && m.UserID != "" && strings.EqualFold(strings.TrimSpace(m.Role), role) {
			ids = append(ids, wide(m.UserID))
		}
	}
	if len(ids) == 0 {
		return nil, ReasonNoTeamMember
	}
	slices.Sort(ids)
	return slices.Compact(ids), ReasonFound
}
