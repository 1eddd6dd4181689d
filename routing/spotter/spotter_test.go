package spotter_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/memledger"
	"github.com/onward-crm/onward/routing/mirror"
	"github.com/onward-crm/onward/routing/spotter"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/contacts"
	"github.com/onward-crm/onward/tracking/filefeed"
	"github.com/onward-crm/onward/tracking/memstore"
	"github.com/onward-crm/onward/tracking/rounds"
	"github.com/onward-crm/onward/tracking/target"
)

const (
	user = "005000000000001AAA"
	acme = "001000000000001AAA"
	beta = "001000000000002AAA"
	jane = "003000000000001AAA"
)

var start = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)

// world is a CRM with Jane at Acme, who is tracked, and Beta, which is watched.
type world struct {
	*testing.T
	db      *memcrm.CRM
	engine  *routing.Engine
	ledger  *memledger.Ledger
	tracked *contacts.Service
	store   *rounds.Memory
	rounds  *rounds.Rounds
	now     time.Time
	// accepts counts the batches, down is an outage of the ledger.
	accepts int
	down    error
	feed    string
	// done are the records that were looked at.
	done int
}

func newWorld(t *testing.T) *world {
	w := &world{T: t, now: start, store: new(rounds.Memory), ledger: memledger.New()}
	clock := func() time.Time { return w.now }
	w.db = memcrm.New(&memcrm.Options{Now: clock})
	for _, r := range []crm.Record{
		{Object: crm.ObjectUser, ID: user, Fields: crm.Fields{"Name": "Owner", "IsActive": "true"}},
		{Object: crm.ObjectAccount, ID: acme, Fields: crm.Fields{"Name": "Acme", "Website": "acme.com", "OwnerId": user}},
		{Object: crm.ObjectAccount, ID: beta, Fields: crm.Fields{"Name": "Beta Ltd", "Website": "beta.io", "OwnerId": user}},
		{Object: crm.ObjectContact, ID: jane, Fields: crm.Fields{"FirstName": "Jane", "LastName": "Doe", "Email": "jane@acme.com", "AccountId": acme, "Title": "Director of Sales"}},
	} {
		w.ok(w.db.Put(r))
	}
	cfg := routing.DefaultConfig()
	cfg.Owners.Default, cfg.DRI.Default = user, user
	cfg.Personas = []tracking.Persona{{Name: "Marketing", Include: []tracking.Phrase{{Text: "Marketing"}}}}
	policy, err := routing.NewPolicy(cfg)
	w.ok(err)
	client := crm.NewClient(w.db, &crm.ClientOptions{Sleep: func(context.Context, time.Duration) error { return nil }})
	accounts, err := mirror.Load(t.Context(), client, policy)
	w.ok(err)
	w.tracked, err = contacts.New(contacts.Deps{Store: new(memstore.Store), Secret: []byte("a secret of many bytes")}, &contacts.Options{Now: clock})
	w.ok(err)
	w.rounds, err = rounds.New(rounds.Plan{
		Reports: []target.Report{{ID: "key", File: "key.csv", Category: target.CategoryTarget}}, Personas: cfg.Personas, PerAccount: 2,
	}, rounds.Deps{
		Store: w.store, Router: spotter.New(w, &spotter.Options{Now: clock}), Providers: []tracking.Provider{feeding{w}}, People: w.people,
		Erased: spotter.Erased(w.ledger, []byte("test")),
		Open: func(context.Context, target.Report) (rounds.Sheet, error) {
			return rounds.Sheet{Header: []string{"Account ID", "Account Name", "Website"}, Rows: func(yield func([]string, error) bool) { yield([]string{beta, "Beta Ltd", "beta.io"}, nil) }}, nil
		},
	}, &rounds.Options{Now: clock})
	w.ok(err)
	w.engine, err = routing.New(cfg, routing.Deps{CRM: client, Ledger: w.ledger, Accounts: accounts, Targets: w.rounds}, &routing.Options{Now: clock, Secret: []byte("test")})
	w.ok(err)
	return w
}

func (w *world) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// Accept is the engine's, with outages.
func (w *world) Accept(ctx context.Context, evs []routing.Event) ([]routing.Accepted, error) {
	if w.down != nil {
		return nil, w.down
	}
	w.accepts++
	return w.engine.Accept(ctx, evs)
}

func (w *world) people(ctx context.Context, relationship string) iter.Seq2[tracking.Person, error] {
	return func(yield func(tracking.Person, error) bool) {
		for c, err := range w.tracked.People(ctx, relationship) {
			if !yield(c.Person, err) {
				return
			}
		}
	}
}

// feeding is a file feed that is read anew each time.
type feeding struct{ *world }

func (f feeding) read() tracking.Provider {
	feed, err := filefeed.Read(strings.NewReader(f.feed), filefeed.Options{Name: "export"})
	f.ok(err)
	return feed
}

func (f feeding) Name() string { return "export" }

func (f feeding) Refresh(ctx context.Context, people []tracking.Person) (tracking.Refreshed, error) {
	return f.read().Refresh(ctx, people)
}

func (f feeding) Find(ctx context.Context, at matching.Company, persona tracking.Persona, limit int) (tracking.Found, error) {
	return f.read().Find(ctx, at, persona, limit)
}

// track puts Jane into a relationship.
func (w *world) track(relationship string) {
	w.Helper()
	imp := tracking.Import{ID: "crm", Kind: tracking.ImportCSV, Relationship: relationship, Mapping: tracking.Mapping{tracking.FieldEmail: "Email"}}
	row := tracking.Row{Number: 1, Person: tracking.Person{
		RecordID: jane, FirstName: "Jane", LastName: "Doe", Emails: []string{"jane@acme.com"}, Title: "Director of Sales", Company: matching.Company{Name: "Acme", Domain: "acme.com"},
	}}
	_, err := w.tracked.Import(w.Context(), imp, oneRow{row}, nil)
	w.ok(err)
}

type oneRow struct{ row tracking.Row }

func (s oneRow) Rows(context.Context) iter.Seq2[tracking.Row, error] {
	return func(yield func(tracking.Row, error) bool) { yield(s.row, nil) }
}

// work does everything that was accepted, and tells what came of it since the last time.
func (w *world) work() (whats []string) {
	w.Helper()
	_, err := w.engine.Drain(w.Context())
	w.ok(err)
	n := 0
	for r, err := range w.ledger.Records(w.Context(), routing.Filter{}) {
		w.ok(err)
		if n++; n > w.done {
			whats = append(whats, fmt.Sprintf("%s %s", r.Plan.Signal, r.Outcome.What))
		}
	}
	w.done = n
	return whats
}

// TestATrackedPersonsMoveIsDeliveredOnce: the cycle of the relationship asks a file
// where Jane is, and what it says goes the way of all moves, in spite of outages.
func TestATrackedPersonsMoveIsDeliveredOnce(t *testing.T) {
	w := newWorld(t)
	w.track(tracking.ClosedWon)
	w.feed = "email,full_name,company,domain,title,seen_at\njane@acme.com,Jane Doe,Acme,acme.com,Director of Sales,2026-11-20\n"
	due := func() {
		t.Helper()
		if _, err := w.tracked.RunDue(t.Context(), w.rounds.Scan); err != nil && w.down == nil {
			t.Fatal(err)
		}
	}
	due()
	if got := w.work(); got != nil {
		t.Fatalf("nothing happened, and %v came of it", got)
	}
	w.feed = "email,full_name,company,domain,title,seen_at\njane@acme.com,Jane Doe,Beta,beta.io,VP Sales,2026-11-29\n"
	due()
	if w.accepts != 0 {
		t.Error("asked before its time")
	}
	w.now = w.now.AddDate(0, 0, 7)
	w.down = errors.New("the ledger is away")
	due()
	w.down = nil
	for range 3 { // it is due at once, and then not
		due()
		w.now = w.now.Add(time.Hour)
	}
	if got := w.work(); !slices.Equal(got, []string{"job_change contact_created"}) || w.accepts != 1 {
		t.Errorf("%v, accepted %d times", got, w.accepts)
	}
	w.now = w.now.AddDate(0, 0, 7)
	due()
	if got := w.work(); got != nil || w.accepts != 1 {
		t.Errorf("the week after: %v, accepted %d times", got, w.accepts)
	}
	if old, _ := w.db.Record(jane); old.Fields["Left_Company__c"] != "true" {
		t.Error("the past record is not marked")
	}
}

// TestADepartureIsToldOnce: who has left and is nowhere else stays so, week after week.
func TestADepartureIsToldOnce(t *testing.T) {
	w := newWorld(t)
	w.track(tracking.User)
	w.feed = "email,full_name,company,domain,left_on,seen_at\njane@acme.com,Jane Doe,Acme,acme.com,2026-11-10,2026-11-20\n"
	var all []string
	for range 3 {
		_, err := w.tracked.RunDue(t.Context(), w.rounds.Scan)
		w.ok(err)
		all = append(all, w.work()...)
		w.now = w.now.AddDate(0, 0, 8)
		w.feed = strings.Replace(w.feed, "2026-11-20", w.now.Format(time.DateOnly), 1)
	}
	if !slices.Equal(all, []string{"departure departure_recorded"}) {
		t.Errorf("%v", all)
	}
}

// night reads the reports, searches, chooses, and does what was accepted.
func (w *world) night() []string {
	w.Helper()
	_, err := w.rounds.Reread(w.Context())
	w.ok(err)
	_, err = w.rounds.Search(w.Context())
	w.ok(err)
	_, err = w.rounds.Choose(w.Context())
	w.ok(err)
	w.now = w.now.AddDate(0, 0, 1)
	return w.work()
}

// TestHiresAndPromotionsAreDeliveredOnce: new people at a watched account and their
// promotions go the way of all moves, within the caps, each once.
func TestHiresAndPromotionsAreDeliveredOnce(t *testing.T) {
	w := newWorld(t)
	w.feed = `full_name,linkedin_url,company,domain,title
Ann One,linkedin.com/in/ann-one,Beta Ltd,beta.io,Director of Marketing
Bob Two,linkedin.com/in/bob-two,Beta Ltd,beta.io,VP Marketing
Cid Three,linkedin.com/in/cid-three,Beta Ltd,beta.io,Marketing Manager
Dee Four,linkedin.com/in/dee-four,Beta Ltd,beta.io,CFO
`
	if got := w.night(); !slices.Equal(got, []string{"new_hire contact_created", "new_hire contact_created"}) {
		t.Errorf("first night: %v", got)
	}
	if got := w.night(); !slices.Equal(got, []string{"new_hire contact_created"}) {
		t.Errorf("second night: %v", got)
	}
	if got := w.night(); got != nil {
		t.Errorf("third night: %v", got)
	}
	w.feed = strings.Replace(w.feed, "Director of Marketing", "VP Marketing", 1)
	if got := w.night(); len(got) != 1 || !strings.HasPrefix(got[0], "promotion ") {
		t.Errorf("after a promotion: %v", got)
	}
	if got := w.night(); got != nil {
		t.Errorf("the night after: %v", got)
	}
	people := 0
	for _, e := range w.db.Effects() {
		if e.Verb == crm.VerbCreate && e.Object == crm.ObjectContact {
			people++
		}
	}
	if people != 3 {
		t.Errorf("%d contacts", people)
	}
}

// TestErasedPeopleAreNotFoundAgain: the ledger's tombstones hold for prospects too.
func TestErasedPeopleAreNotFoundAgain(t *testing.T) {
	w := newWorld(t)
	w.feed = "full_name,linkedin_url,email,company,domain,title\nAnn One,linkedin.com/in/ann-one,ann@beta.io,Beta Ltd,beta.io,VP Marketing\n"
	w.ok(w.engine.Erase(t.Context(), routing.Event{Source: "test", Person: routing.Person{Email: "ann@beta.io"}}))
	if got := w.night(); got != nil {
		t.Errorf("%v", got)
	}
	for _, stage := range rounds.Stages() {
		if kept, err := w.store.Prospects(t.Context(), stage, "", 10); err != nil || len(kept) != 0 {
			t.Errorf("%s: %+v, %v", stage, kept, err)
		}
	}
}

// TestInboxAcceptsAsTheEngineDoes: what both are given is one delivery, and equal.
func TestInboxAcceptsAsTheEngineDoes(t *testing.T) {
	w := newWorld(t)
	inbox := spotter.Inbox{Ledger: w.ledger, Secret: []byte("test"), Now: func() time.Time { return w.now }}
	ev := routing.Event{Source: "tracking", ID: "1", Person: routing.Person{Email: "ann@beta.io", FirstName: "Ann", LastName: "One"}, To: &routing.Place{Company: "Beta Ltd", Domain: "beta.io"}}
	first, err := inbox.Accept(t.Context(), []routing.Event{ev})
	w.ok(err)
	second, err := w.engine.Accept(t.Context(), []routing.Event{ev})
	w.ok(err)
	if first[0].Record.Key != second[0].Record.Key || !first[0].New || second[0].New {
		t.Errorf("%+v, %+v", first[0], second[0])
	}
	other := memledger.New()
	if _, err := (spotter.Inbox{Ledger: other, Secret: []byte("test"), Now: inbox.Now}).Accept(t.Context(), []routing.Event{ev, {}}); !errors.Is(err, routing.ErrEvent) {
		t.Errorf("%v", err)
	}
	if got := w.work(); !slices.Equal(got, []string{"job_change contact_created"}) {
		t.Errorf("%v", got)
	}
	ann := []tracking.Person{{Emails: []string{"ann@beta.io"}}}
	if gone, err := spotter.Erased(w.ledger, []byte("test"))(t.Context(), ann); err != nil || gone[0] {
		t.Errorf("%v, %v", gone, err)
	}
	w.ok(w.engine.Erase(t.Context(), routing.Event{Source: "test", Person: routing.Person{Email: "ann@beta.io"}}))
	if gone, err := spotter.Erased(w.ledger, []byte("test"))(t.Context(), ann); err != nil || !gone[0] {
		t.Errorf("%v, %v", gone, err)
	}
}
