package routing

import "context"

// Erase forgets a person: from now on whatever reports them ends with
// suppressed_privacy, and what the ledger holds of them is removed. ev says who
// it is; all its identifiers become tombstones, as do those of every delivery
// that the ledger can tell to be theirs. Records in the CRM are not touched.
func (e *Engine) Erase(ctx context.Context, ev Event) error {
	normal, err := Normalize(ev, e.opt.Now().UTC())
	if err != nil {
		return err
	}
	stones := map[string]bool{}
	for _, s := range e.hashed(Identifiers(normal)) {
		stones[s] = true
	}
	// Deliveries lead to further identifiers of the same person, until no more
	// are found.
	for grown := true; grown; {
		grown = false
		for record, err := range e.deps.Ledger.Records(ctx, Filter{}) {
			if err != nil {
				return err
			}
			if !shares(stones, record.Persons) {
				continue
			}
			for _, s := range record.Persons {
				grown = grown || !stones[s]
				stones[s] = true
			}
		}
	}
	return e.deps.Ledger.Bury(ctx, sortedKeys(stones))
}

func shares(set map[string]bool, list []string) bool {
	for _, s := range list {
		if set[s] {
			return true
		}
	}
	return false
}
