package routing

import (
	"slices"
	"strings"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/matching"
)

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
