package routing

import (
	"slices"
	"strings"

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
//	anything else                                       → a new move
//
// A first report that was filtered for what it did not know (no relationship, no
// fitting title) is no decision that binds: the move is decided again under the
// same identity. Where another move of the person that occurred later was
// decided, the event is Older. Where aliases lead to several moves the lowest id
// wins, so that every order of arrival ends in one.
func identify(p *Policy, ev Event, f Facts, m Matched) MoveIdentity {
	own := DeliveryKey(ev)
	mine := marks(ev)
	n := namesOf(p, ev, pastRefs(m), m.Account.ID).without(f, mine)
	latest := newest(f, n.latest)
	same := lowest(p, ev, f, n.moves)

	id := MoveIdentity{Move: moveID(own)}
	prior := priorOf(f, latest)
	recent := latest.ID != "" && within(latest.At, ev.OccurredAt, p.cfg.Filters.WindowDays)
	switch {
	case same.ID != "" && (same.Delivery == own || !binding(priorOf(f, same))):
		id.Move = same.ID
	case latest.ID != "" && latest.Delivery == own:
		id.Move = latest.ID
	case same.ID != "" && (latest.ID == "" || latest.ID == same.ID || !ev.OccurredAt.After(latest.At)):
		id.Move, id.First = same.ID, same.Delivery
	case recent && prior != nil && prior.Outcome.Open && ev.To != nil:
		id.Move, id.Continues = latest.ID, true
	case recent && prior != nil && ev.To == nil && sameDeparture(ev, prior):
		id.Move, id.First = latest.ID, latest.Delivery
	}
	if id.First == "" && !id.Continues && latest.ID != "" && latest.ID != id.Move && latest.At.After(ev.OccurredAt) {
		id.Older = true
		if prior != nil {
			id.LatestTo = prior.To
		}
	}
	id.claim(ev, f, n, mine)
	identifyCompany(ev, f, &id)
	return id
}

// binding reports whether a first report decided the move for later ones too.
func binding(first *Prior) bool {
	if first == nil || first.Status != StatusFiltered {
		return true
	}
	return first.Outcome.Reason != ReasonUntracked && first.Outcome.Reason != ReasonPersona
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

// claim takes the aliases of the move. A repeated report only adds the names that
// were not known; a new one takes over the person's latest move, if its plan turns
// out to move the person.
func (id *MoveIdentity) claim(ev Event, f Facts, n names, marks []string) {
	mine := Identity{ID: id.Move, Delivery: DeliveryKey(ev), At: ev.OccurredAt, Person: marks}
	if id.First != "" {
		mine.Delivery = id.First
	}
	for _, a := range n.moves {
		was, known := f.Known[a]
		if !known || id.First == "" && (was.ID != id.Move || was.Delivery != mine.Delivery) {
			id.Claims = append(id.Claims, AliasClaim{Alias: a, Was: was.ID, Identity: mine})
		}
	}
	id.Lasting = len(id.Claims)
	for _, a := range n.latest {
		was, known := f.Known[a]
		next := mine
		if id.Continues && was.At.After(next.At) {
			next.At = was.At // the destination was seen before the departure
		}
		changed := was.ID != id.Move || was.Delivery != mine.Delivery
		if !known || id.First == "" && !id.Older && changed && !was.At.After(next.At) {
			id.Claims = append(id.Claims, AliasClaim{Alias: a, Was: was.ID, Identity: next})
		}
	}
	sortClaims(id.Claims[:id.Lasting])
	sortClaims(id.Claims[id.Lasting:])
}

func sortClaims(list []AliasClaim) {
	slices.SortFunc(list, func(a, b AliasClaim) int { return compareText(a.Alias, b.Alias) })
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

// namesake is a mover of a batch, by name, with the companies of the move.
type namesake struct {
	name   matching.PersonName
	places []*Place
}

func namesakeOf(ev *Event) namesake {
	n := namesake{name: matching.ParsePersonName(ev.Person.FirstName, ev.Person.LastName, ev.Person.FullName)}
	for _, p := range []*Place{ev.From, ev.To} {
		if p != nil {
			n.places = append(n.places, p)
		}
	}
	return n
}

// known is the mover by the name of the past record, where the report gives none.
func (n namesake) known(past *crm.Person) namesake {
	if past != nil && !n.name.Complete() {
		n.name = matching.ParsePersonName(past.FirstName, past.LastName, "")
	}
	return n
}

func (n namesake) meets(other namesake) bool {
	if matching.SamePersonName(n.name, other.name, true) == matching.NameDiffers {
		return false
	}
	for _, a := range n.places {
		for _, b := range other.places {
			if same, _ := matching.SameCompany(a.company(), b.company()); same != matching.SamenessDifferent {
				return true
			}
		}
	}
	return false
}

// crowd holds the movers of a batch by the words of their names.
type crowd map[string][]namesake

// admit adds a mover, and reports whether one is there already who may be the
// same person.
func (c crowd) admit(n namesake) (met bool) {
	if !n.name.Complete() {
		return false
	}
	words := strings.Fields(n.name.First + " " + n.name.Last)
	for _, word := range words {
		if slices.ContainsFunc(c[word], n.meets) {
			return true
		}
	}
	for _, word := range words {
		c[word] = append(c[word], n)
	}
	return false
}

// firstNamesake is the first job whose person may be one whom an earlier job of
// the batch creates or changes: a name that is taken for the same, and companies
// of which two are not certainly different.
func firstNamesake(jobs []*job) int {
	seen := crowd{}
	for i, j := range jobs {
		met := false
		if err := guarded(func() { met = seen.admit(namesakeOf(&j.claim.Delivery.Event)) }); err != nil {
			j.stop(hitchBroken, err)
		}
		if met {
			return i
		}
	}
	return len(jobs)
}
