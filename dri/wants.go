package dri

import (
	"slices"

	"github.com/onward-crm/onward/crm"
)

// Wants says what must be read so that chains can be followed. Lists are sorted
// and without repetition.
type Wants struct {
	Opportunities     bool     `json:"opportunities,omitempty"`
	PastOpportunities bool     `json:"past_opportunities,omitempty"`
	Team              bool     `json:"team,omitempty"`
	PastTeam          bool     `json:"past_team,omitempty"`
	AccountFields     []string `json:"account_fields,omitempty"`
	PastAccountFields []string `json:"past_account_fields,omitempty"`
	RecordFields      []string `json:"record_fields,omitempty"`
	PastRecordFields  []string `json:"past_record_fields,omitempty"`
	// Users and Queues are ids that the chains name, Pools the pools.
	Users  []string `json:"users,omitempty"`
	Queues []string `json:"queues,omitempty"`
	Pools  []string `json:"pools,omitempty"`
}

// Want collects what chains want. Matrix.Chains gives those of a matrix.
func Want(chains ...Chain) Wants {
	var w Wants
	for _, c := range chains {
		for _, f := range c {
			w.add(f)
		}
	}
	for _, list := range w.lists() {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return w
}

func (w *Wants) add(f Finder) {
	switch f.kind {
	case KindOpportunity:
		w.Opportunities = true
	case KindPastOpportunity:
		w.PastOpportunities = true
	case KindTeam:
		w.Team = true
	case KindPastTeam:
		w.PastTeam = true
	case KindAccountField:
		w.AccountFields = append(w.AccountFields, f.arg)
	case KindPastAccountField:
		w.PastAccountFields = append(w.PastAccountFields, f.arg)
	case KindRecordField:
		w.RecordFields = append(w.RecordFields, f.arg)
	case KindPastRecordField:
		w.PastRecordFields = append(w.PastRecordFields, f.arg)
	case KindUser:
		w.Users = append(w.Users, f.arg)
	case KindQueue:
		w.Queues = append(w.Queues, f.arg)
	case KindRoundRobin:
		w.Pools = append(w.Pools, f.arg)
	}
}

func (w *Wants) lists() []*[]string {
	return []*[]string{&w.AccountFields, &w.PastAccountFields, &w.RecordFields, &w.PastRecordFields, &w.Users, &w.Queues, &w.Pools}
}

// UserIDs lists, sorted, the ids of all users and queues that the facts mention
// and that the chains may come to: owners of records, accounts and open
// opportunities, team members, user lookups, members of pools, users named
// outright; then, of those whose user is among f.Users, the backup of an
// inactive one and as many managers as may be asked for. Read them, add them to
// f.Users and ask again until nothing new comes. The fallback of Owner is not
// known here: give it as one more chain.
func UserIDs(f Facts, chains ...Chain) []string {
	seen := ids{}
	want := Want(chains...)
	seen.side(f.New, want.AccountFields, want.RecordFields)
	seen.side(f.Past, want.PastAccountFields, want.PastRecordFields)
	seen.add(want.Users...)
	seen.add(want.Queues...)
	for _, name := range want.Pools {
		pool, _ := f.Rota.pool(name)
		seen.add(pool.Users...)
	}
	levels := 1 // the manager of whoever is chosen
	for _, c := range chains {
		for _, finder := range c {
			levels = max(levels, 1+finder.managers)
		}
	}
	seen.above(f.Users, levels)
	slices.Sort(seen.list)
	return seen.list
}

// MissingUserIDs is UserIDs without those that f.Users already holds. An id that
// the CRM does not know stays in the list: ask for it once only.
func MissingUserIDs(f Facts, chains ...Chain) []string {
	return slices.DeleteFunc(UserIDs(f, chains...), func(id string) bool {
		_, known := user(f.Users, id)
		return known
	})
}

// ids collects ids without repetition, in the order in which they come.
type ids struct{ list []string }

func (s *ids) add(more ...string) {
	for _, id := range more {
		if id = wide(id); id != "" && !slices.Contains(s.list, id) {
			s.list = append(s.list, id)
		}
	}
}

func (s *ids) side(side Side, accountFields, recordFields []string) {
	if a := side.Account; a != nil {
		s.add(a.OwnerID)
		s.fields(a.Fields, accountFields)
	}
	if r := side.Record; r != nil {
		s.add(r.OwnerID)
		s.fields(r.Fields, recordFields)
	}
	for _, o := range side.Opportunities {
		if side.isOpen(o) {
			s.add(o.OwnerID)
		}
	}
	for _, m := range side.Team {
		s.add(m.UserID)
	}
	s.add(side.DRI)
}

func (s *ids) fields(from crm.Fields, names []string) {
	for _, name := range names {
		s.add(from[name])
	}
}

// above adds the backups of inactive users and the managers up to so many
// active levels. Inactive managers do not count as a level: somebody above
// stands in for them. A backup may become the answer, so it has levels too.
func (s *ids) above(users []crm.User, levels int) {
	for i := 0; i < len(s.list); i++ {
		if u, ok := user(users, s.list[i]); ok && !u.Active {
			s.add(u.BackupID)
		}
	}
	base := len(s.list)
	for _, id := range s.list[:base] {
		s.climb(users, id, levels)
	}
}

func (s *ids) climb(users []crm.User, id string, levels int) {
	if u, ok := user(users, id); ok && !u.Active {
		levels++ // the manager stands in, and has a manager as well
	}
	for range len(users) + 1 { // a loop of managers is no longer than that
		u, ok := user(users, id)
		if !ok || u.ManagerID == "" || levels == 0 {
			return
		}
		id = u.ManagerID
		s.add(id)
		if manager, known := user(users, id); known && manager.Active {
			levels--
		}
	}
}
