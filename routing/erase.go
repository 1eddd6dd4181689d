package routing

import (
	"context"
	"errors"
	"fmt"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
)

// Erase forgets a person: from now on whatever reports them ends with
// suppressed_privacy, and what the ledger, rosters, sponsors and all other Forgetters
// hold of them is removed. ev says who it is; where the person works need not be told.
// Tombstones are made of all its identifiers, of those of the person's records in the
// CRM, of those of every delivery that can be told to be theirs, and of those that the
// Forgetters know. The records themselves are not touched. The error of an event that
// names nobody, or a name that several people have, is ErrEvent, and nothing was
// changed then. After any other error call it again.
func (e *Engine) Erase(ctx context.Context, ev Event) error {
	ev, err := normalizeWho(ev)
	if err != nil {
		return err
	}
	ids, err := e.knownAs(ctx, ev)
	if err != nil {
		return err
	}
	w := whoever{Engine: e, keys: map[string]bool{}, stones: map[string]bool{}}
	w.learn(ids)
	for grown := true; grown; {
		before := len(w.stones)
		if err := w.elsewhere(ctx); err != nil {
			return err
		}
		if err := w.reported(ctx); err != nil {
			return err
		}
		grown = len(w.stones) > before
	}
	// The ledger comes last: it leads from a HubSpot contact to everything else, and is
	// needed once more when this is cut short.
	for _, f := range e.deps.Forgetters {
		if err := f.Forget(ctx, sortedKeys(w.keys)); err != nil {
			return fmt.Errorf("routing: erase: %w", err)
		}
	}
	return e.deps.Ledger.Bury(ctx, sortedKeys(w.stones))
}

// whoever is somebody of whom more and more identifiers are found.
type whoever struct {
	*Engine
	// keys are identifiers in plain text, stones hashes of those and of others that only
	// the ledger knows.
	keys, stones map[string]bool
}

func (w whoever) learn(ids []string) {
	for i, stone := range w.hashed(ids) {
		w.keys[ids[i]], w.stones[stone] = true, true
	}
}

// elsewhere asks all other places what else the person is known by.
func (w whoever) elsewhere(ctx context.Context) error {
	for _, f := range w.deps.Forgetters {
		ids, err := f.KnownAs(ctx, sortedKeys(w.keys))
		if errors.Is(err, tracking.ErrNamesakes) {
			return &EventError{Problems: []FieldProblem{{Field: "person", Message: "several people have this name there: want a crm_id, a linkedin_url or an email"}}}
		}
		if err != nil {
			return fmt.Errorf("routing: erase: %w", err)
		}
		w.learn(ids)
	}
	return nil
}

// reported goes through all deliveries. They lead to further identifiers of the same
// person by what nobody else shares. A name at a company does not lead on, or namesakes
// would be forgotten with the person.
func (w whoever) reported(ctx context.Context) error {
	for record, err := range w.deps.Ledger.Records(ctx, Filter{}) {
		if err != nil {
			return err
		}
		strong := append(recordIDs(record), strongIDs(record.Event, nil)...)
		if !shares(w.stones, w.hashed(strong)) {
			continue
		}
		w.learn(append(strong, Identifiers(record.Event)...))
		for _, s := range record.Persons {
			w.stones[s] = true
		}
	}
	return nil
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
