package tracking

import (
	"cmp"
	"iter"
	"slices"
	"strings"
	"time"
)

// Champion is somebody whom an automatic import would hold, and who is tracked under
// no relationship.
type Champion struct {
	Person Person `json:"person"`
	// Deals are why: opportunity, role and account, with the relationship that each
	// stands for.
	Deals []ChampionDeal `json:"deals"`
}

// ChampionDeal is one reason to follow a champion. A contact of a customer account has
// no opportunity.
type ChampionDeal struct {
	Deal
	Relationship string `json:"relationship"`
}

// MissingChampions are the people of an automatic import's rows who are not tracked,
// each once, by account and name. Those whom a mark of either kind covers are left
// out: dismissed is resolved, and whoever was taken out by hand is not missed. An
// error of the rows ends it and is returned; rows that cannot be taken are passed over.
func MissingChampions(rows iter.Seq2[Row, error], r *Roster, resolved ...*Marks) ([]Champion, error) {
	at := map[string]int{}
	var out []Champion
	for row, err := range rows {
		if err != nil {
			return nil, err
		}
		keys := row.Person.Keys()
		if row.check(keys) != nil {
			continue
		}
		if _, tracked := r.Find(keys); tracked || slices.ContainsFunc(resolved, func(m *Marks) bool { return m.Covers(keys, "") }) {
			continue
		}
		i, ok := at[keys[0]]
		if !ok {
			i = len(out)
			at[keys[0]] = i
			out = append(out, Champion{Person: row.Person})
		}
		d := ChampionDeal{Relationship: row.Relationship}
		if row.Deal != nil {
			d.Deal = *row.Deal
		}
		out[i].Deals = append(out[i].Deals, d)
	}
	for _, c := range out {
		slices.SortFunc(c.Deals, func(a, b ChampionDeal) int {
			return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.OpportunityID, b.OpportunityID), cmp.Compare(a.Role, b.Role))
		})
	}
	slices.SortFunc(out, func(a, b Champion) int {
		return cmp.Or(cmp.Compare(a.Deals[0].Account, b.Deals[0].Account),
			cmp.Compare(strings.ToLower(a.Person.LastName), strings.ToLower(b.Person.LastName)),
			cmp.Compare(strings.ToLower(a.Person.FirstName), strings.ToLower(b.Person.FirstName)),
			cmp.Compare(a.Person.Keys()[0], b.Person.Keys()[0]))
	})
	return out, nil
}

// Watch is what is remembered between the weekly looks at missing champions.
type Watch struct {
	// Admin is who gets the notice: a user's id or an address. Without one there is none.
	Admin string `json:"admin,omitempty" yaml:"admin"`
	// Missing is their number at the last look, Looked its time; zero before the first.
	Missing int       `json:"missing,omitempty" yaml:"-"`
	Looked  time.Time `json:"looked,omitzero" yaml:"-"`
}

// Look is one look at the number of missing champions. A week after the last one it is
// noted, and when it has risen since then, the admin is to be told. Before that nothing
// changes.
func (w Watch) Look(missing int, now time.Time) (next Watch, tell bool) {
	if w.Admin == "" || now.Before(Weekly.NextDue(w.Looked)) {
		return w, false
	}
	tell = missing > w.Missing
	w.Missing, w.Looked = missing, now.UTC()
	return w, tell
}
