package mirror

import "github.com/onward-crm/onward/matching"

// state is what is known of contacts, opportunities and users: just enough to
// correct the counts of accounts when one of them moves, ends or is deleted.
// Numbers in lists are those of the tables and one; 0 means none.
type state struct {
	accounts, domains, contacts, deals, users table

	where  []post   // by contact
	dealOf []uint32 // by opportunity: its account while it is open
	active []bool   // by user

	people []int32  // by account: its contacts
	open   []int32  // by account: its open opportunities
	owner  []uint32 // by account: its user
	mail   tallies

	// dirty are accounts whose counts changed since they were put into the index.
	dirty map[uint32]bool
	// turned are users who became active or inactive.
	turned map[uint32]bool
}

// post is where a contact is: the account, and the domain of the address.
type post struct{ account, domain uint32 }

func newState() *state { return &state{dirty: map[uint32]bool{}, turned: map[uint32]bool{}} }

// setContact notes where a contact is; without an account it counts nowhere.
func (s *state) setContact(id, account, domain string) {
	var now post
	if account != "" {
		now.account = s.account(account)
		if domain != "" {
			n, _ := s.domains.add(domain)
			now.domain = n + 1
		}
	} else if _, known := s.contacts.number(id); !known {
		return
	}
	n, _ := s.contacts.add(id)
	s.where = grown(s.where, n)
	was := s.where[n]
	if was == now {
		return
	}
	s.count(was, -1)
	s.count(now, 1)
	s.where[n] = now
}

func (s *state) count(p post, by int32) {
	if p.account == 0 {
		return
	}
	account := p.account - 1
	s.people = grown(s.people, account)
	s.people[account] += by
	if p.domain > 0 {
		s.mail.change(account, p.domain-1, by)
	}
	s.dirty[account] = true
}

// setDeal notes whose open opportunity this is; "" when it is not open.
func (s *state) setDeal(id, account string) {
	now := uint32(0)
	if account != "" {
		now = s.account(account)
	} else if _, known := s.deals.number(id); !known {
		return
	}
	n, _ := s.deals.add(id)
	s.dealOf = grown(s.dealOf, n)
	was := s.dealOf[n]
	if was == now {
		return
	}
	for _, change := range [2]struct {
		account uint32
		by      int32
	}{{was, -1}, {now, 1}} {
		if change.account > 0 {
			s.open = grown(s.open, change.account-1)
			s.open[change.account-1] += change.by
			s.dirty[change.account-1] = true
		}
	}
	s.dealOf[n] = now
}

// setUser notes whether a user is active.
func (s *state) setUser(id string, active bool) {
	n, _ := s.users.add(id)
	s.active = grown(s.active, n)
	if s.active[n] != active {
		s.active[n], s.turned[n] = active, true
	}
}

// account is the number of an account and one.
func (s *state) account(id string) uint32 {
	n, _ := s.accounts.add(id)
	return n + 1
}

// fill adds the counts to an account, and notes its owner.
func (s *state) fill(a *matching.Account) {
	n := s.account(a.ID) - 1
	s.owner = grown(s.owner, n)
	s.owner[n] = 0
	a.ActiveOwner = false
	if a.OwnerID != "" {
		user, _ := s.users.add(a.OwnerID)
		s.active = grown(s.active, user)
		s.owner[n], a.ActiveOwner = user+1, s.active[user]
	}
	a.Contacts, a.OpenOpportunities = at(s.people, n), at(s.open, n)
	a.ContactDomains = s.mail.domains(n, &s.domains)
	delete(s.dirty, n)
}

// settleUsers marks the accounts of users who became active or inactive.
func (s *state) settleUsers() {
	if len(s.turned) == 0 {
		return
	}
	for account, user := range s.owner {
		if user > 0 && s.turned[user-1] {
			s.dirty[uint32(account)] = true
		}
	}
	clear(s.turned)
}

func at(list []int32, i uint32) int {
	if int(i) < len(list) {
		return int(list[i])
	}
	return 0
}
