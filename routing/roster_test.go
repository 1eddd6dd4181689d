package routing_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/tracking"
)

const janeMoves = `{"source": "feed:x", "person": {"full_name": "Jane Doe", "email": "jane@acme.com"}, "from": {"company": "Acme"}, "to": {"company": "Beta", "domain": "beta.io"}}`

// tracked is a world in which Jane is on two lists, as an address and as a page that
// only her contact leads to, and moves from Acme to Beta.
func tracked(t *testing.T, config string) *world {
	t.Helper()
	return scenario(t, "config.json", config,
		"Account.csv", "Id,Name,Website\n@A1,Acme Inc,acme.com\n@A2,Beta Ltd,beta.io\n",
		"Contact.csv", "Id,FirstName,LastName,Email,AccountId,LinkedIn_URL__c\n@C1,Jane,Doe,jane@acme.com,@A1,https://www.linkedin.com/in/janedoe\n",
		"tracked.jsonl", `{"relationship": "user", "person": {"emails": ["jane@acme.com"]}}`+"\n"+`{"relationship": "closed_won", "person": {"linkedin": "/in/janedoe", "emails": ["jd@home.example"]}}`,
		"events.jsonl", janeMoves)
}

const movedOnce = "1.status = done\n1.what = contact_created\n1.credits = 1\n1.relationship = Closed Won Opp Contact\nbooked = feed:x/1:closed_won:+1\n"

func (w *world) books(want ...string) {
	w.t.Helper()
	if got := w.booked(); !slices.Equal(got, want) {
		w.t.Errorf("booked %q, want %q", got, want)
	}
}

// TestTR02OneMoveIsBookedOnce: however often it is reported, replayed and decided anew;
// an undo gives its credit back, once, and a decision that was taken back stays so.
func TestTR02OneMoveIsBookedOnce(t *testing.T) {
	w := tracked(t, `{}`)
	for _, step := range []string{"handle 1", "handle 1", "resume 1", "resume 1 anew"} {
		w.do(step)
		w.demand(movedOnce)
	}
	w.do("rerank user")
	w.do("resume 1 anew")
	w.demand("booked = feed:x/1:closed_won:+1") // past events are unchanged
	for range 2 {
		w.do("undo 1")
		w.demand("1.what = undone\n1.returned = 1")
		w.books("feed:x/1:closed_won:+1", "feed:x/1:closed_won:-1")
	}
	w.do("resume 1 anew")
	w.books("feed:x/1:closed_won:+1", "feed:x/1:closed_won:-1")
}

// TestTR02AFlowsOwnRecordIsBooked: the customer's Flow creates the record and tells of it.
func TestTR02AFlowsOwnRecordIsBooked(t *testing.T) {
	w := tracked(t, `{"strategy": "flow", "flow": {"direction": "callout"}}`)
	w.run()
	w.books()
	for range 2 {
		if _, err := w.engine.FlowDone(t.Context(), w.keys[0], routing.FlowReport{ContactID: "003000000000077AAA"}, "flow"); err != nil {
			t.Fatal(err)
		}
		w.demand("1.credits = 1\nbooked = feed:x/1:closed_won:+1")
	}
}

// TestRT47OnlyLiveMovesAreBooked: what is not carried out is stamped and costs nothing.
func TestRT47OnlyLiveMovesAreBooked(t *testing.T) {
	for _, mode := range []string{"shadow", "dry"} {
		w := tracked(t, fmt.Sprintf(`{"mode": %q}`, mode))
		w.run()
		w.demand("1.status = done\n1.credits = 0\n1.relationship = Closed Won Opp Contact\nbooked =")
	}
	w := tracked(t, `{}`)
	w.do("plan 1")
	w.demand("1.relationship = Closed Won Opp Contact\nbooked =")
}

// TestP18AReplaySeesTheStamp: the stamp is a fact of the decision. Stored, read back and
// decided again after the ranks have changed, the plan is the same to the byte.
func TestP18AReplaySeesTheStamp(t *testing.T) {
	w := tracked(t, `{}`)
	w.run()
	before := w.record(w.keys[0])
	w.do("rerank user")
	w.do("restart")
	r := w.record(w.keys[0])
	if got, want := encode(t, routing.Evaluate(w.engine.Policy(), r.Event, *r.Facts)), encode(t, *before.Plan); got != want {
		t.Errorf("decided differently:\n%s\n%s", want, got)
	}
	for d, err := range w.engine.Replay(t.Context(), w.engine.Policy(), routing.Filter{}) {
		t.Errorf("replayed differently: %+v %v", d, err)
	}
}

// shakyRoster is away at some of its calls: before it does what is asked, or after.
type shakyRoster struct {
	routing.Relationships
	stamps, before, after int
	spent                 int
}

var errRoster = errors.New("roster away")

func (r *shakyRoster) Stamps(ctx context.Context, people [][]string) ([]tracking.Stamp, error) {
	if r.stamps--; r.stamps >= 0 {
		return nil, errRoster
	}
	return r.Relationships.Stamps(ctx, people)
}

func (r *shakyRoster) Spend(ctx context.Context, spent []tracking.Spending) error {
	if r.before--; r.before >= 0 {
		return errRoster
	}
	r.spent++
	err := r.Relationships.Spend(ctx, spent)
	if r.after--; r.after >= 0 {
		return errRoster
	}
	return err
}

// TestTR02ARosterThatIsAwayIsWaitedFor: nothing is decided without the stamp, nothing is
// finished without the credit, and neither costs an attempt.
func TestTR02ARosterThatIsAwayIsWaitedFor(t *testing.T) {
	for name, lists := range map[string]*shakyRoster{
		"no stamps": {stamps: 12}, "credits are not taken": {before: 12}, "credits are taken, the answer is lost": {after: 12},
	} {
		t.Run(name, func(t *testing.T) {
			w := tracked(t, `{}`)
			lists.Relationships = w.roster
			w.over("config.json", func(deps *routing.Deps, _ *routing.Options) { deps.Relationships = lists })
			if err := w.handle("1"); !errors.Is(err, errRoster) {
				t.Errorf("error %v, want that of the roster", err)
			}
			w.demand("1.state = accepted\n1.note = waiting_for_crm")
			if errs := w.drainFor(14, time.Minute); len(errs) == 0 {
				t.Error("no word of the trouble")
			}
			w.demand(movedOnce + "crm.created.Contact = 1\n")
			if r := w.record(w.keys[0]); r.Failures != 0 {
				t.Errorf("%d failures, want none: it was not the move's fault", r.Failures)
			}
		})
	}
}

// TestP02CreditsOutliveACrashBeforeTheEnd: the process dies after the credit was booked
// and before the move is finished. The stored plan is carried on, the credit booked
// again under the same name.
func TestP02CreditsOutliveACrashBeforeTheEnd(t *testing.T) {
	w := tracked(t, `{}`)
	lists := &shakyRoster{Relationships: w.roster}
	w.over("config.json", func(deps *routing.Deps, _ *routing.Options) {
		deps.Ledger, deps.Relationships = &unfinished{Ledger: w.ledger, fails: 1}, lists
	})
	_ = w.handle("1") // the ledger is away
	w.demand("1.state = accepted")
	w.books("feed:x/1:closed_won:+1")
	w.do("rerank user") // the decision was made before
	w.now = w.now.Add(routing.DefaultLease + time.Second)
	w.do("drain")
	w.demand(movedOnce + "crm.created.Contact = 1\n")
	if lists.spent != 2 {
		t.Errorf("booked %d times, want 2: the test shows nothing", lists.spent)
	}
}

// TestUndoIsBookedOnceAcrossACrash: as above, with the credit that comes back.
func TestUndoIsBookedOnceAcrossACrash(t *testing.T) {
	w := tracked(t, `{}`)
	w.run()
	w.over("config.json", func(deps *routing.Deps, _ *routing.Options) { deps.Ledger = &unfinished{Ledger: w.ledger, fails: 1} })
	_, _ = w.engine.Undo(t.Context(), w.keys[0], "op") // the ledger is away
	w.now = w.now.Add(routing.DefaultLease + time.Second)
	w.do("drain")
	w.demand("1.what = undone")
	w.books("feed:x/1:closed_won:+1", "feed:x/1:closed_won:-1")
}

func TestMoverIsThePersonOfTheReport(t *testing.T) {
	ev := routing.Event{
		Person: routing.Person{
			FullName: "Jane Doe", Email: "jane@acme.com", Emails: []string{"jane@acme.com", "jd@home.example"},
			LinkedInURL: "https://www.linkedin.com/in/janedoe", CRMID: id("C1"), HubSpotID: "62515-7",
		},
		From: &routing.Place{Company: "Acme", Domain: "acme.com", Title: "CTO", AccountID: id("A1")},
		To:   &routing.Place{Company: "Beta", Email: "jane@beta.io"},
	}
	p := ev.Mover()
	want := []string{
		"crm:" + id("C1"), "in:/in/janedoe", "hs:62515-7", "mail:jane@acme.com", "mail:jd@home.example", "mail:jane@beta.io", "at:doe jane@acme",
	}
	if got := p.Keys(); !slices.Equal(got, want) {
		t.Errorf("keys %q, want %q", got, want)
	}
	if p.FirstName != "Jane" || p.LastName != "Doe" || p.Title != "CTO" || p.AccountID != id("A1") || p.Company.Domain != "acme.com" {
		t.Errorf("%+v", p)
	}
	// The keys are those by which an erasure knows the person, but for the new company.
	normal, err := routing.Normalize(ev, start)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range normal.Mover().Keys() {
		if !slices.Contains(routing.Identifiers(normal), key) {
			t.Errorf("%s does not identify the mover: %q", key, routing.Identifiers(normal))
		}
	}
	if got := (routing.Event{}).Mover(); len(got.Keys()) > 0 || got.Company != (matching.Company{}) {
		t.Errorf("nobody is %+v", got)
	}
}

// TestRT35ErasureReachesRostersWhileMovesAreQueued: the request names an address that
// only the list knows; the list leads to the page, the contact, and the moves that wait.
func TestRT35ErasureReachesRostersWhileMovesAreQueued(t *testing.T) {
	w := tracked(t, `{}`)
	other := routing.Event{ID: "home", Source: "feed:x", Person: routing.Person{FullName: "J. D.", Email: "jd@home.example"}, To: &routing.Place{Company: "Gamma"}}
	if _, err := w.engine.Accept(t.Context(), append(w.events, other)); err != nil {
		t.Fatal(err)
	}
	w.books()
	for range 2 { // a request may come again
		if err := w.engine.Erase(t.Context(), routing.Event{Person: routing.Person{LinkedInURL: "linkedin.com/in/janedoe"}}); err != nil {
			t.Fatal(err)
		}
	}
	w.do("drain")
	for _, key := range append(w.keys, routing.DeliveryKey(other)) {
		if r := w.record(key); r.Outcome.Reason != routing.ReasonSuppressedPrivacy {
			t.Errorf("%s: %s %s", key, r.Status, r.Outcome.Reason)
		}
	}
	if text := strings.ToLower(w.saved()); strings.Contains(text, "jane") || strings.Contains(text, "home.example") {
		t.Errorf("the ledger still knows her:\n%s", text)
	}
	members, err := w.rosterStore.MembersOf(t.Context(), []string{"mail:jane@acme.com", "in:/in/janedoe", "mail:jd@home.example"})
	if err != nil || len(members) > 0 {
		t.Errorf("the lists still know her: %+v %v", members, err)
	}
	if roster, err := w.roster.Roster(t.Context()); err != nil || roster.Credits() != 0 {
		t.Errorf("she uses a credit: %v", err)
	}
	if n := len(w.db.Effects()); n > 0 {
		t.Errorf("%d effects", n)
	}
	back, err := w.roster.Import(t.Context(), tracking.Import{ID: "again", Kind: tracking.ImportCSV, Relationship: tracking.User},
		list{{Number: 1, Person: tracking.Person{Emails: []string{"jd@home.example"}}}, {Number: 2, Person: tracking.Person{Emails: []string{"bo@acme.com"}}}}, nil)
	if err != nil || back.Accepted != 1 {
		t.Errorf("a list brings her back: %+v %v", back, err)
	}
}

// TestRT35ErasureAfterTheDecision: she is erased between the decision and the end of her
// move. What was written is booked, and names nobody.
func TestRT35ErasureAfterTheDecision(t *testing.T) {
	w := tracked(t, `{}`)
	erased := false
	w.over("config.json", func(deps *routing.Deps, _ *routing.Options) {
		deps.Ledger = between{w.ledger, func() {
			if !erased {
				erased = true
				if err := w.engine.Erase(t.Context(), routing.Event{Person: routing.Person{LinkedInURL: "linkedin.com/in/janedoe"}}); err != nil {
					t.Error(err)
				}
			}
		}}
	})
	_ = w.handle("1")
	w.now = w.now.Add(routing.DefaultLease + time.Second)
	w.do("drain")
	for c, err := range w.rosterStore.Credits(t.Context(), "") {
		if err != nil || c.Person != "" {
			t.Errorf("%+v names her: %v", c, err)
		}
	}
	if text := strings.ToLower(w.saved()); strings.Contains(text, "jane@") || strings.Contains(text, "janedoe") {
		t.Errorf("the ledger still knows her:\n%s", text)
	}
}

// confused are sponsors among whom a name stands for several people.
type confused struct{ routing.Forgetter }

func (confused) KnownAs(context.Context, []string) ([]string, error) {
	return nil, tracking.ErrNamesakes
}

// broken are lists that cannot be reached.
type broken struct{ known, forgets error }

func (b broken) KnownAs(_ context.Context, keys []string) ([]string, error) { return keys, b.known }
func (b broken) Forget(context.Context, []string) error                     { return b.forgets }

// TestRT35AnErasureThatFailsCanBeRepeated: nothing is taken for done that is not, and the
// ledger still leads to the rest.
func TestRT35AnErasureThatFailsCanBeRepeated(t *testing.T) {
	for name, c := range map[string]struct {
		place routing.Forgetter
		want  error
	}{
		"namesakes": {confused{}, routing.ErrEvent}, "not reached": {broken{known: errRoster}, errRoster}, "not forgotten": {broken{forgets: errRoster}, errRoster},
	} {
		w := tracked(t, `{}`)
		w.run()
		w.over("config.json", func(deps *routing.Deps, _ *routing.Options) { deps.Forgetters = append(deps.Forgetters, c.place) })
		who := routing.Event{Person: routing.Person{Email: "jane@acme.com"}}
		if err := w.engine.Erase(t.Context(), who); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if r := w.record(w.keys[0]); r.Event.Person.Email == "" {
			t.Errorf("%s: the ledger forgot her, and leads nowhere any more", name)
		}
		w.over("config.json", func(*routing.Deps, *routing.Options) {})
		if err := w.engine.Erase(t.Context(), who); err != nil || strings.Contains(strings.ToLower(w.saved()), "jane") {
			t.Errorf("%s: repeated: %v", name, err)
		}
	}
}

// sluggish is a place where forgetting takes long, while others look for work.
type sluggish struct {
	routing.Forgetter
	forgets func(keys []string)
}

func (sluggish) KnownAs(_ context.Context, keys []string) ([]string, error) { return keys, nil }

func (s sluggish) Forget(_ context.Context, keys []string) error {
	s.forgets(keys)
	return nil
}

// TestRT35LongErasuresAreDoneOnce: a batch of privacy deletions takes longer than a claim
// lasts. Nobody else takes up what is left of it meanwhile.
func TestRT35LongErasuresAreDoneOnce(t *testing.T) {
	far := &elsewhere{answers: map[string]routing.Completed{}}
	var evs []routing.Event
	for _, id := range []string{"1", "2", "3", "4", "5", "6"} {
		evs = append(evs, pointing(id))
		far.answers[id] = routing.Completed{Erase: true, Event: routing.Event{Person: routing.Person{HubSpotID: id}}}
	}
	w := completing(t, far)
	forgotten := map[string]int{}
	var other *routing.Engine
	place := sluggish{forgets: func(keys []string) {
		forgotten[keys[0]]++
		w.now = w.now.Add(2 * time.Minute)
		if other != nil {
			second := other
			other = nil
			if _, err := second.Drain(t.Context()); err != nil {
				t.Error(err)
			}
			other = second
		}
	}}
	with := func(deps *routing.Deps, _ *routing.Options) {
		deps.Completer, deps.Forgetters = far, []routing.Forgetter{place}
	}
	w.over("config.json", with)
	other = w.engine
	w.over("config.json", with)
	if _, err := w.engine.Accept(t.Context(), evs); err != nil {
		t.Fatal(err)
	}
	if _, err := w.engine.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, ev := range evs {
		if n := forgotten["hs:"+ev.Person.HubSpotID]; n != 1 {
			t.Errorf("%s was forgotten %d times", ev.ID, n)
		}
		if r := w.record(routing.DeliveryKey(ev)); r.Outcome.Reason != routing.ReasonSuppressedPrivacy {
			t.Errorf("%s: %s %s", ev.ID, r.Status, r.Outcome.Reason)
		}
	}
}
