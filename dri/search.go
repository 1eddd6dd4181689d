package dri

import (
	"strings"

	"github.com/onward-crm/onward/crm"
)

// search walks one chain and writes down what it sees.
type search struct {
	facts    Facts
	fallback string // the default user
	kept     string // who was responsible before; round robin keeps them
	// What the question allows.
	queues   bool // a queue may be the answer
	rules    bool // assignment-rules may be the answer
	standIns bool // the backup or manager stands in for an inactive user
	out      Assignment
}

// run tries each finder and ends with the default.
func (s *search) run(c Chain) {
	for i, f := range c {
		if s.try(f, i+1) {
			return
		}
	}
	s.takeDefault(Finder{kind: KindDefault}, 0)
}

// try follows one finder and reports whether the search is over.
func (s *search) try(f Finder, choice int) bool {
	if f.managers > 0 {
		return s.tryManager(f, choice)
	}
	switch f.kind {
	case KindNone:
		s.settle(f.String(), choice, "", ReasonNone)
		return true
	case KindRules:
		return s.tryRules(f, choice)
	case KindDefault:
		s.takeDefault(f, choice)
		return true
	case KindRoundRobin:
		return s.tryPool(f, choice)
	}
	ids, why := s.facts.candidates(f)
	if len(ids) == 0 {
		s.pass(f.String(), "", why)
		return false
	}
	for _, id := range ids {
		if s.consider(f, id, choice) {
			return true
		}
	}
	return false
}

// judge says whether an id may be the answer:
//
//	id                            reason
//	blank                         empty
//	integration user, looked up   integration_user
//	queue                         queue or queue_not_allowed
//	not among the users           unknown_user
//	inactive                      inactive
//	otherwise                     found
//
// Named outright (user(…), default), the integration user is like any other.
func (s *search) judge(id string, outright bool) Reason {
	if id == "" {
		return ReasonEmpty
	}
	if !outright && id == wide(s.facts.Integration) {
		return ReasonIntegrationUser
	}
	u, known := user(s.facts.Users, id)
	switch {
	case u.Queue || strings.HasPrefix(id, queuePrefix):
		if s.queues {
			return ReasonQueue
		}
		return ReasonQueueNotAllowed
	case !known:
		return ReasonUnknownUser
	case !u.Active:
		return ReasonInactive
	}
	return ReasonFound
}

// consider takes the user or queue if allowed, or a stand-in for it.
func (s *search) consider(f Finder, id string, choice int) bool {
	switch why := s.judge(id, f.kind == KindUser); why {
	case ReasonFound:
		s.settle(f.String(), choice, id, choiceReason(choice))
		return true
	case ReasonQueue:
		s.settleQueue(f.String(), choice, id)
		return true
	case ReasonInactive:
		if !s.standIns {
			s.pass(f.String(), id, why)
			return false
		}
		s.pass(f.String(), id, ReasonOwnerInactive)
		return s.standIn(f.String(), id, choice, ReasonOwnerInactive)
	default:
		s.pass(f.String(), id, why)
		return false
	}
}

// standIn tries the backup of an inactive user, then the manager.
func (s *search) standIn(text, id string, choice int, reason Reason) bool {
	u, _ := user(s.facts.Users, id)
	if backup := wide(u.BackupID); backup != "" {
		if why := s.judge(backup, false); why == ReasonFound {
			s.settle("backup("+text+")", choice, backup, reason)
			return true
		} else {
			s.pass("backup("+text+")", backup, why)
		}
	}
	return s.takeManager("manager("+text+")", id, choice, reason)
}

// takeManager takes the active manager of a user, unless it is the integration
// user.
func (s *search) takeManager(text, id string, choice int, reason Reason) bool {
	manager, why := Managers(s.facts.Users, id)
	if manager != "" {
		if why = s.judge(manager, false); why == ReasonFound {
			s.settle(text, choice, manager, reason)
			return true
		}
	}
	s.pass(text, manager, why)
	return false
}

// takeDefault ends the search. A default that is not among the users is trusted:
// it was checked when the configuration was read.
func (s *search) takeDefault(f Finder, choice int) {
	id, text := wide(s.fallback), f.String()
	switch why := s.judge(id, true); why {
	case ReasonFound, ReasonUnknownUser:
		s.settle(text, choice, id, ReasonDefault)
	case ReasonQueue:
		s.settleQueue(text, choice, id)
	case ReasonEmpty:
		s.settle(text, choice, "", ReasonDefaultMissing)
	default:
		s.pass(text, id, why)
		if why != ReasonInactive || !s.standIn(text, id, choice, ReasonDefault) {
			s.out.Finder, s.out.Choice, s.out.Reason = text, choice, ReasonDefaultInactive
		}
	}
}

func (s *search) tryRules(f Finder, choice int) bool {
	if !s.rules {
		s.pass(f.String(), "", ReasonNotForObject)
		return false
	}
	s.settle(f.String(), choice, "", ReasonAssignmentRules)
	s.out.LeaveToRules = true
	return true
}

// tryPool takes the next of a pool, or keeps the member who had the turn before.
func (s *search) tryPool(f Finder, choice int) bool {
	id, move, why := s.turn(f.arg)
	switch why {
	case ReasonKept:
		s.settle(f.String(), choice, id, ReasonKept)
		return true
	case ReasonFound:
		s.settle(f.String(), choice, id, choiceReason(choice))
		s.out.Rota = append(s.out.Rota, move)
		return true
	}
	s.pass(f.String(), "", why)
	return false
}

func (s *search) turn(name string) (id string, move RotaMove, why Reason) {
	pool, ok := s.facts.Rota.pool(name)
	if !ok {
		return "", move, ReasonUnknownPool
	}
	free := func(id string) bool { return s.judge(wide(id), false) == ReasonFound }
	for _, member := range pool.Users {
		if s.kept != "" && wide(member) == wide(s.kept) && free(member) {
			return wide(member), move, ReasonKept
		}
	}
	if id, move, ok = s.facts.Rota.Take(name, free); !ok {
		return "", move, ReasonEmptyPool
	}
	return wide(id), move, ReasonFound
}

// tryManager follows the finder inside manager(…) and goes up from there. The
// one inside may well be inactive: their manager is still a good answer.
func (s *search) tryManager(f Finder, choice int) bool {
	ids, move, why := s.below(f)
	if len(ids) == 0 {
		s.pass(f.String(), "", why)
		return false
	}
	for _, id := range ids {
		if u, _ := user(s.facts.Users, id); u.Queue || strings.HasPrefix(id, queuePrefix) {
			s.pass(f.String(), id, ReasonQueueHasNoManager)
			continue
		}
		if id == wide(s.facts.Integration) && f.kind != KindUser && f.kind != KindDefault {
			s.pass(f.String(), id, ReasonIntegrationUser)
			continue
		}
		for range f.managers - 1 {
			id, why = Managers(s.facts.Users, id)
		}
		if id == "" {
			s.pass(f.String(), "", why)
			continue
		}
		if s.takeManager(f.String(), id, choice, choiceReason(choice)) {
			if move != nil {
				s.out.Rota = append(s.out.Rota, *move)
			}
			return true
		}
	}
	return false
}

// below finds whom the manager is asked of.
func (s *search) below(f Finder) (ids []string, move *RotaMove, why Reason) {
	switch f.kind {
	case KindDefault:
		if s.fallback == "" {
			return nil, nil, ReasonDefaultMissing
		}
		return []string{wide(s.fallback)}, nil, ReasonFound
	case KindRoundRobin:
		id, m, why := s.turn(f.arg)
		switch why {
		case ReasonFound:
			return []string{id}, &m, why
		case ReasonKept:
			return []string{id}, nil, why
		}
		return nil, nil, why
	}
	ids, why = s.facts.candidates(f)
	return ids, nil, why
}

// pass notes why a finder was passed over.
func (s *search) pass(text, id string, why Reason) {
	s.out.Steps = append(s.out.Steps, Step{Finder: text, UserID: id, Reason: why})
}

// settle ends the search with a user, or with nobody when id is empty.
func (s *search) settle(text string, choice int, id string, reason Reason) {
	step := ReasonFound
	if id == "" {
		step = reason
	}
	s.pass(text, id, step)
	s.out.UserID, s.out.Finder, s.out.Choice, s.out.Reason = id, text, choice, reason
	if id != "" {
		s.out.ManagerID, _ = Managers(s.facts.Users, id)
	}
}

// settleQueue ends the search with a queue: no user, no manager (DR05).
func (s *search) settleQueue(text string, choice int, id string) {
	q, _ := user(s.facts.Users, id)
	s.pass(text, id, ReasonQueue)
	s.out.QueueID, s.out.Queue = id, q.Name
	s.out.Finder, s.out.Choice, s.out.Reason = text, choice, ReasonQueue
}

func choiceReason(choice int) Reason {
	if choice > 1 {
		return ReasonFallback
	}
	return ReasonFirstChoice
}

// ownerOf is the owner of a record that may be missing.
func ownerOf(r *crm.Person) string {
	if r == nil {
		return ""
	}
	return wide(r.OwnerID)
}
