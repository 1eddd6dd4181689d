package routing

import (
	"context"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/matching"
)

// Erase forgets a person: from now on whatever reports them ends with
// suppressed_privacy, and what the ledger holds of them is removed. ev says who
// it is; where the person works need not be told. Tombstones are made of all its
// identifiers, of those of the person's records in the CRM, and of those of every
// delivery that can be told to be theirs. The records themselves are not touched.
// The error of an event that names nobody is ErrEvent.
func (e *Engine) Erase(ctx context.Context, ev Event) error {
	ev, err := normalizeWho(ev)
	if err != nil {
		return err
	}
	ids, err := e.knownAs(ctx, ev)
	if err != nil {
		return err
	}
	stones := map[string]bool{}
	for _, s := range e.hashed(ids) {
		stones[s] = true
	}
	// Deliveries lead to further identifiers of the same person, until no more
	// are found: by what nobody else shares. A name at a company does not lead on,
	// or namesakes would be forgotten with the person.
	for grown := true; grown; {
		grown = false
		for record, err := range e.deps.Ledger.Records(ctx, Filter{}) {
			if err != nil {
				return err
			}
			strong := e.hashed(append(recordIDs(record), strongIDs(record.Event, nil)...))
			if !shares(stones, strong) {
				continue
			}
			for _, s := range append(strong, record.Persons...) {
				grown = grown || !stones[s]
				stones[s] = true
			}
		}
	}
	return e.deps.Ledger.Bury(ctx, sortedKeys(stones))
}

// knownAs are the event's identifiers and those of the person's records in the
// CRM: ids, page, addresses, and the name at each company.
func (e *Engine) knownAs(ctx context.Context, ev Event) ([]string, error) {
	facts := []Facts{{Now: e.opt.Now().UTC()}}
	if err := e.gather(ctx, []Event{ev}, facts); err != nil {
		return nil, err
	}
	f := facts[0]
	m := Match(e.policy, ev, f)
	ids := Identifiers(ev)
	for i := range f.People {
		r := &f.People[i]
		there := m.Person.Verdict == matching.VerdictAuto && r.ID == m.Person.ID
		if there || isMover(e.policy, ev, f, r) != notMover {
			ids = append(ids, Identifiers(reportOf(f, r))...)
		}
	}
	return ids, nil
}

// reportOf is a record as an event would report it.
func reportOf(f Facts, r *crm.Person) Event {
	return Event{
		Person: Person{FirstName: r.FirstName, LastName: r.LastName, Emails: r.Emails, LinkedInURL: r.LinkedIn, CRMID: r.ID},
		From:   &Place{Company: companyOf(f, r).Name},
	}
}

// recordIDs names the CRM's records of the person that a delivery led to.
func recordIDs(r Record) []string {
	var out []string
	add := func(id string) {
		if id != "" {
			out = append(out, "crm:"+id)
		}
	}
	for _, id := range []string{r.Outcome.ContactID, r.Outcome.LeadID, r.Outcome.PastID} {
		add(id)
	}
	if r.Plan != nil {
		for _, ref := range r.Plan.OtherPast {
			add(ref.ID)
		}
	}
	return out
}

func shares(set map[string]bool, list []string) bool {
	for _, s := range list {
		if set[s] {
			return true
		}
	}
	return false
}
