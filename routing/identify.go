package routing

import (
	"slices"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/matching"
)

// DeliveryKey is the unique key of an event: its source and the sender's id.
func DeliveryKey(ev Event) string { return ev.Source + "/" + ev.ID }

// identify says which move an event is:
//
//	an alias of person and destination is known, within the window,
//	and no later move of the person lies between        → the same move, First
//	the person's latest move is an open departure       → Continues it
//	a departure from where the latest move came from    → the same move, First
//	the latest move of the person occurred later        → Older
//	anything else                                       → a new move
//
// Where aliases lead to several moves the lowest id wins, so that every order
// of arrival ends in one.
func identify(p *Policy, ev Event, f Facts, m Matched) MoveIdentity {
	own := DeliveryKey(ev)
	people := strongIDs(ev, pastRefs(m))
	moves := moveAliases(people, destinations(ev.To, m.Account.ID))
	latestNames := latestAliases(people)
	latest := newest(f, latestNames)
	same := lowest(p, ev, f, moves)

	id := MoveIdentity{Move: moveID(own)}
	prior := priorOf(f, latest)
	recent := latest.ID != "" && within(latest.At, ev.OccurredAt, p.cfg.Filters.WindowDays)
	switch {
	case same.ID != "" && same.Delivery == own:
		id.Move = same.ID
	case latest.ID != "" && latest.Delivery == own:
		id.Move = latest.ID
	case same.ID != "" && (latest.ID == "" || latest.ID == same.ID || !ev.OccurredAt.After(latest.At)):
		id.Move, id.First = same.ID, same.Delivery
	case recent && prior != nil && prior.Outcome.Open && ev.To != nil:
		id.Move, id.Continues = latest.ID, true
	case recent && prior != nil && ev.To == nil && sameDeparture(ev, prior):
		id.Move, id.First = latest.ID, latest.Delivery
	case latest.ID != "" && latest.At.After(ev.OccurredAt):
		id.Older = true
	}
	id.Claims = moveClaims(ev, f, id, moves, latestNames)
	identifyCompany(ev, f, &id)
	return id
}

// newest is the latest move that the person's aliases lead to.
func newest(f Facts, aliases []Alias) Identity {
	var best Identity
	for _, a := range aliases {
		if k, ok := f.Known[a]; ok && (best.ID == "" || k.At.After(best.At) || k.At.Equal(best.At) && k.ID < best.ID) {
			best = k
		}
	}
	return best
}

// lowest is the move with the lowest id among those known within the window.
func lowest(p *Policy, ev Event, f Facts, aliases []Alias) Identity {
	var best Identity
	for _, a := range aliases {
		k, ok := f.Known[a]
		if ok && within(k.At, ev.OccurredAt, p.cfg.Filters.WindowDays) && (best.ID == "" || k.ID < best.ID) {
			best = k
		}
	}
	return best
}

func priorOf(f Facts, id Identity) *Prior {
	for i := range f.Priors {
		if f.Priors[i].Delivery == id.Delivery {
			return &f.Priors[i]
		}
	}
	return nil
}

// sameDeparture reports whether a departure without destination says what is
// known already: an open departure again, or the leaving half of a whole move.
func sameDeparture(ev Event, prior *Prior) bool {
	if prior.Outcome.Open {
		return true
	}
	if ev.From == nil {
		return !ev.OccurredAt.After(prior.OccurredAt)
	}
	if prior.From == nil {
		return false
	}
	same, _ := matching.SameCompany(ev.From.company(), prior.From.company())
	return same == matching.SamenessSame
}

// moveClaims takes the aliases of the move. A repeated report only adds the
// names that were not known; a new one takes over the person's latest move.
func moveClaims(ev Event, f Facts, id MoveIdentity, moves, latest []Alias) []AliasClaim {
	mine := Identity{ID: id.Move, Delivery: DeliveryKey(ev), At: ev.OccurredAt}
	if id.First != "" {
		mine.Delivery = id.First
	}
	var out []AliasClaim
	for _, a := range moves {
		was, known := f.Known[a]
		if !known || was.ID != id.Move && id.First == "" || id.Continues {
			out = append(out, AliasClaim{Alias: a, Was: was.ID, Identity: mine})
		}
	}
	for _, a := range latest {
		was, known := f.Known[a]
		switch {
		case !known,
			id.First == "" && !id.Older && (was.ID != id.Move || was.Delivery != mine.Delivery) && !was.At.After(ev.OccurredAt):
			out = append(out, AliasClaim{Alias: a, Was: was.ID, Identity: mine})
		}
	}
	slices.SortFunc(out, func(a, b AliasClaim) int { return compareText(a.Alias, b.Alias) })
	return slices.CompactFunc(out, func(a, b AliasClaim) bool { return a.Alias == b.Alias })
}

func compareText[T ~string](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	default:
		return 0
	}
}

// identifyCompany says under which key the new company's account is created, if
// it has to be, and whether onward has planned or created it already.
func identifyCompany(ev Event, f Facts, id *MoveIdentity) {
	aliases := accountAliases(ev.To)
	if len(aliases) == 0 {
		return
	}
	for _, a := range aliases {
		k, ok := f.Known[a]
		if ok && k.Company != nil && fits(*k.Company, ev.To) && (id.NewCompany == nil || k.ID < id.NewCompany.ID) {
			id.NewCompany = &k
		}
	}
	company := Identity{ID: "onward-" + hashOf("account", string(aliases[0])), Delivery: DeliveryKey(ev), At: ev.OccurredAt, Company: newCompany(ev.To)}
	learned := false
	if id.NewCompany != nil {
		id.NewCompany.Landed = living(f.Accounts, id.NewCompany.Landed)
		company = *id.NewCompany
		company.Company = id.NewCompany.Company.with(*newCompany(ev.To))
		learned = *company.Company != *id.NewCompany.Company
	}
	id.Company = crm.Key(company.ID)
	for _, a := range aliases {
		was, known := f.Known[a]
		if !known || was.ID == company.ID && learned || was.ID != company.ID && fits(*was.Company, ev.To) {
			id.CompanyClaims = append(id.CompanyClaims, AliasClaim{Alias: a, Was: was.ID, Identity: company})
		}
	}
}

// with adds what another report knows of the same company.
func (c NewCompany) with(more NewCompany) *NewCompany {
	c.Domain, c.Country = firstOf(c.Domain, more.Domain), firstOf(c.Country, more.Country)
	return &c
}

// living is the account that stands for id today, "" when it was deleted. An
// account that was not read yet stands for itself.
func living(list []crm.Account, id string) string {
	for range maxLevels {
		a, ok := accountByID(list, id)
		switch {
		case !ok:
			return id
		case a.MasterID != "":
			id = a.MasterID
		case a.Deleted:
			return ""
		default:
			return id
		}
	}
	return ""
}

func newCompany(to *Place) *NewCompany {
	c := &NewCompany{Name: to.Company, Country: to.Country}
	if d, ok := workDomain(to); ok {
		c.Domain = d.Registrable
	}
	return c
}

// fits reports whether a company known under a shared alias can be the one at
// hand: neither two domains nor two countries speak against it.
func fits(known NewCompany, to *Place) bool {
	d, ok := workDomain(to)
	if ok && known.Domain != "" && known.Domain != d.Registrable {
		return false
	}
	return known.Country == "" || to.Country == "" || known.Country == to.Country
}
