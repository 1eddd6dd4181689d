package rounds_test

import (
	"slices"
	"testing"

	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/rounds"
	"github.com/onward-crm/onward/tracking/target"
)

// An erasure follows a person from one key to the next, and leaves namesakes alone.
func TestForgetReachesEverythingOfAPerson(t *testing.T) {
	w := newWorld(t)
	ann := at("Ann", "Acme")
	paged := ann
	paged.LinkedIn = "linkedin.com/in/ann-lee"
	namesake := tracking.Person{FirstName: "Ann", LastName: "Lee", LinkedIn: "linkedin.com/in/another-ann", Company: ann.Company}
	w.ok(w.store.See(t.Context(), []rounds.Seen{{Keys: paged.Keys(), AskedAt: start}}))
	w.ok(w.store.Keep(t.Context(), []rounds.Kept{
		rounds.KeptOf(target.Prospect{AccountID: acme, Person: tracking.Person{LinkedIn: "linkedin.com/in/ann-lee", Emails: []string{"ann@beta.io"}}}, rounds.StageTold, start),
		rounds.KeptOf(target.Prospect{AccountID: acme, Person: namesake}, rounds.StageCarried, start),
	}))
	r := w.rounds()
	keys, err := r.KnownAs(t.Context(), []string{"mail:ann@example.org"})
	w.ok(err)
	if want := []string{"mail:ann@example.org", "in:/in/ann-lee", "mail:ann@beta.io"}; !slices.Equal(keys, want) {
		t.Fatalf("%q, want %q", keys, want)
	}
	w.ok(r.Forget(t.Context(), keys))
	for _, stage := range rounds.Stages() {
		kept, err := w.store.Prospects(t.Context(), stage, "", 10)
		w.ok(err)
		if (stage == rounds.StageCarried) != (len(kept) == 1) {
			t.Errorf("%s: %+v", stage, kept)
		}
	}
	if seen, err := w.store.SeenOf(t.Context(), [][]string{{"in:/in/ann-lee"}}); err != nil || !seen[0].AskedAt.IsZero() {
		t.Errorf("%+v, %v", seen, err)
	}
	w.ok(r.Forget(t.Context(), keys))
}
