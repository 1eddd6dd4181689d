package routing

import (
	"cmp"
	"slices"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/matching"
)

// proof says how a record is known to be the mover's, weakest first.
type proof int

const (
	notMover proof = iota
	byName         // the same name at the old company
	byEmail        // a shared address and a name that does not disagree
	byPage         // the same LinkedIn page
	bySender       // named by the sender
)

// findPast chooses the mover's record at the old company, from those that are
// surely the mover's and not at the destination:
//
//	named by the sender and not yet marked > at the place that the report names >
//	not yet marked > marked; contact > lead; newest, by date and id
//
// A sender may go on naming the record by which it came to know the person: once
// that is marked, the record of the company in between goes first.
// Further records of the mover at the same account are its duplicates; a
// namesake is none.
func findPast(p *Policy, ev Event, f Facts, m *Matched) {
	own := candidates(p, ev, f, *m)
	slices.SortFunc(own, func(a, b candidate) int {
		return cmp.Or(
			before(a.proof == bySender && !a.Left, b.proof == bySender && !b.Left),
			before(atPlace(p, f, a.Person, ev.From), atPlace(p, f, b.Person, ev.From)),
			before(!a.Left, !b.Left),
			before(a.Object == crm.ObjectContact, b.Object == crm.ObjectContact),
			b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(b.ID, a.ID))
	})
	if ev.From != nil {
		m.PastAccountID = ev.From.AccountID
	}
	if len(own) == 0 {
		return
	}
	past := *own[0].Person
	m.Past = &past
	if past.AccountID != "" {
		m.PastAccountID = past.AccountID
	}
	for _, r := range own[1:] {
		if samePlace(p, f, &past, r.Person) {
			m.OtherPast = append(m.OtherPast, crm.Ref{Object: r.Object, ID: r.ID})
		}
	}
}

// candidate is a record of the mover with how it is known to be one.
type candidate struct {
	*crm.Person
	proof proof
}

// candidates are the mover's records away from the destination. A record that is
// known by its name alone and has another LinkedIn page than one that is known
// by more is a namesake's.
func candidates(p *Policy, ev Event, f Facts, m Matched) []candidate {
	var own []candidate
	var pages []string
	for i := range f.People {
		r := &f.People[i]
		if r.Deleted || r.Converted {
			continue
		}
		how := isMover(p, ev, f, r)
		if page, ok := matching.LinkedInPerson(r.LinkedIn); ok && how > byName {
			pages = append(pages, page)
		}
		if how != notMover && !atDestination(p, ev, f, m, r) {
			own = append(own, candidate{r, how})
		}
	}
	return slices.DeleteFunc(own, func(c candidate) bool {
		page, ok := matching.LinkedInPerson(c.LinkedIn)
		return c.proof == byName && ok && len(pages) > 0 && !slices.Contains(pages, page)
	})
}

// before orders true before false.
func before(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	default:
		return 1
	}
}

// isMover tells how a record is known to be the mover's. Another LinkedIn page
// speaks against everything but the sender's word; a name that has nothing in
// common speaks against a shared address, which may have been given to somebody
// else.
func isMover(p *Policy, ev Event, f Facts, r *crm.Person) proof {
	if ev.Person.CRMID != "" && (r.ID == ev.Person.CRMID || r.ID == successor(f.People, ev.Person.CRMID)) {
		return bySender
	}
	if otherPage(ev.Person.LinkedInURL, r.LinkedIn) {
		return notMover
	}
	mine, okMine := matching.LinkedInPerson(ev.Person.LinkedInURL)
	if theirs, ok := matching.LinkedInPerson(r.LinkedIn); ok && okMine && mine == theirs {
		return byPage
	}
	name := compareNames(p, ev, r)
	if shared, role := sharedAddress(p, allEmails(ev), r.Emails); shared && name != namesDiffer && (!role || name == namesSame) {
		return byEmail
	}
	if name == namesSame && atPlace(p, f, r, ev.From) {
		return byName
	}
	return notMover
}

// successor is the record that a merged or converted one lives on in.
func successor(people []crm.Person, id string) string {
	for range maxLevels {
		r := personByID(people, id)
		switch {
		case r == nil:
			return id
		case r.MasterID != "":
			id = r.MasterID
		case r.Converted && r.ConvertedContactID != "":
			id = r.ConvertedContactID
		default:
			return id
		}
	}
	return id
}

// otherPage reports whether two LinkedIn pages are known and differ.
func otherPage(a, b string) bool {
	x, okX := matching.LinkedInPerson(a)
	y, okY := matching.LinkedInPerson(b)
	return okX && okY && x != y
}

// sharedAddress reports whether two lists share an address, and whether it is a
// role's (info@ …).
func sharedAddress(p *Policy, a, b []string) (shared, role bool) {
	for _, s := range a {
		x, ok := matching.ParseEmail(s)
		for _, t := range b {
			if y, okY := matching.ParseEmail(t); ok && okY && x.Key(p.profile.PlusTags) == y.Key(p.profile.PlusTags) {
				return true, x.Role
			}
		}
	}
	return false, false
}

// nameComparison is what two names say about being one person's.
type nameComparison int

const (
	namesUnknown nameComparison = iota // one of them is not complete
	namesSame
	namesRelated // the first or the last name agrees
	namesDiffer
)

func isLatin(folded string) bool { return matching.Transliterate(folded) == folded }

func compareNames(p *Policy, ev Event, r *crm.Person) nameComparison {
	a := matching.ParsePersonName(ev.Person.FirstName, ev.Person.LastName, ev.Person.FullName)
	b := matching.ParsePersonName(r.FirstName, r.LastName, "")
	switch {
	case !a.Complete() || !b.Complete():
		return namesUnknown
	case matching.SamePersonName(a, b, p.profile.Nicknames) != matching.NameDiffers:
		return namesSame
	case isLatin(a.Last) != isLatin(b.Last):
		return namesUnknown // one name in two scripts cannot be compared
	case a.Last == b.Last || a.First == b.First || a.First == b.Last || a.Last == b.First,
		slices.Contains(matching.NicknameVariants(a.First), b.First):
		return namesRelated
	default:
		return namesDiffer
	}
}
