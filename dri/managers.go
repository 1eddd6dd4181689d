package dri

import (
	"slices"

	"github.com/onward-crm/onward/crm"
)

// Managers returns the active manager of a user and why it is this one:
//
//	manager                           answer                 reason
//	active                            the manager            manager
//	inactive, somebody above active   the first active one   manager_inactive
//	none, or nobody active above      ""                     no_manager
//	leads back to somebody seen       ""                     manager_loop
//	not among users                   ""                     unknown_user
//
// Nobody is their own manager.
func Managers(users []crm.User, id string) (managerID string, reason Reason) {
	at, ok := user(users, id)
	if !ok {
		return "", ReasonUnknownUser
	}
	reason = ReasonManager
	seen := []string{wide(at.ID)}
	for {
		next := wide(at.ManagerID)
		if next == "" {
			return "", ReasonNoManager
		}
		if slices.Contains(seen, next) {
			return "", ReasonManagerLoop
		}
		if at, ok = user(users, next); !ok {
			return "", ReasonUnknownUser
		}
		if at.Active && !at.Queue {
			return next, reason
		}
		seen = append(seen, next)
		reason = ReasonManagerInactive
	}
}
