package track_test

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/dri"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/mirror"
	"github.com/onward-crm/onward/tracking"
)

// deliver lets an engine work on moves, which are told as files tell them, in the CRM of
// the folder. It has two accounts with owners of their own,
// and a part of the first.
func (b *bench) deliver(moves ...map[string]string) {
	b.Helper()
	b.file("crm/Account.csv", "Id,Name,Website,OwnerId,ParentId\n001Lu0000000001IAA,Acme,acme.com,005Lu0000000001IAA,\n"+
		"001Lu0000000002IAA,Zenith,zenith.com,005Lu0000000002IAA,\n001Lu0000000003IAA,Acme Labs,acmelabs.com,005Lu0000000001IAA,001Lu0000000001IAA\n")
	dir := filepath.Join(b.dir, "crm")
	db, _, err := memcrm.Load(dir, &memcrm.Options{Now: func() time.Time { return b.now }})
	if err != nil {
		b.Fatal(err)
	}
	cfg := routing.DefaultConfig()
	cfg.Strategy, cfg.Owners.Default, cfg.DRI.Default = routing.StrategyContactAndAccount, "005Lu0000000002IAA", "005Lu0000000002IAA"
	if cfg.Owners.Contact, err = dri.ParseChain("account.owner"); err != nil {
		b.Fatal(err)
	}
	policy, err := routing.NewPolicy(cfg)
	if err != nil {
		b.Fatal(err)
	}
	client := crm.NewClient(db, nil)
	accounts, err := mirror.Load(b.Context(), client, policy)
	if err != nil {
		b.Fatal(err)
	}
	engine, err := routing.New(cfg, routing.Deps{CRM: client, Ledger: b.open().Ledger, Accounts: accounts},
		&routing.Options{Now: func() time.Time { return b.now }, Secret: []byte(b.secret)})
	if err != nil {
		b.Fatal(err)
	}
	var evs []routing.Event
	for _, m := range moves {
		ev, err := routing.FlatEvent(m)
		if err != nil {
			b.Fatal(err)
		}
		ev.Source = "test"
		evs = append(evs, ev)
	}
	records, err := engine.HandleBatch(b.Context(), evs)
	if err != nil {
		b.Fatal(err)
	}
	for _, r := range records {
		if r.Status != routing.StatusDone && r.Status != routing.StatusFiltered {
			b.Fatalf("%+v", r.Outcome)
		}
	}
	if err := db.Save(dir); err != nil {
		b.Fatal(err)
	}
}

// act dates an activity with contacts by last name, as somebody who calls them does.
func (b *bench) act(on string, lastNames ...string) {
	b.Helper()
	path := filepath.Join(b.dir, "crm", "Contact.csv")
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || f.Close() != nil {
		b.Fatal(err)
	}
	name, day := slices.Index(rows[0], "LastName"), slices.Index(rows[0], "LastActivityDate")
	if day < 0 {
		day = len(rows[0])
		for i := range rows {
			rows[i] = append(rows[i], "")
		}
		rows[0][day] = "LastActivityDate"
	}
	var text strings.Builder
	out := csv.NewWriter(&text)
	for _, row := range rows {
		if slices.Contains(lastNames, row[name]) {
			row[day] = on
		}
		if err := out.Write(row); err != nil {
			b.Fatal(err)
		}
	}
	out.Flush()
	b.file("crm/Contact.csv", text.String())
}

// TestTR15Scorecard: seven of ten deliveries went to one user, four were acted on, and
// half of the contacts of won deals are tracked. A hundred days later nothing counts.
func TestTR15Scorecard(t *testing.T) {
	b := newBench(t)
	b.crm(deal{"true true 100", "ann bob"}, deal{"false false 50", "cid"})
	b.shows("scorecard --crm $DIR/crm", "contacts of won deals 0 of 2 tracked (0 %)", "delivered in 90 days nothing", "acted on in 3 months 0 of 0 (0 %)")
	b.people("users.csv", "ann", "cid")
	b.done("import --csv $DIR/users.csv --relationship user --activate")
	var moves []map[string]string
	for i := range 10 {
		company := "Acme"
		if i >= 7 {
			company = "Zenith"
		}
		moves = append(moves, map[string]string{"id": fmt.Sprint(i), "first_name": "Ada", "last_name": fmt.Sprintf("Quill%d", i), "new_company": company,
			"new_domain": strings.ToLower(company) + ".com"})
	}
	b.deliver(moves...)
	b.now = b.now.AddDate(0, 0, 40)
	b.act("2026-11-21", "Quill0", "Quill8") // on the day itself
	b.act("2026-12-24", "Quill3", "Quill9")
	b.act("2026-11-20", "Quill5") // before
	b.shows("scorecard --crm $DIR/crm", "contacts of won deals 1 of 2 tracked (50 %)",
		"delivered in 90 days 10, of which 70 % to Rae Rep (005Lu0000000001IAA) ! more than half: is routing right?", "acted on in 3 months 4 of 10 (40 %)")
	want := tracking.Scorecard{
		Won: tracking.Coverage{Contacts: 2, Tracked: 1}, WonShare: 0.5, Deliveries: 10, TopOwner: "005Lu0000000001IAA", TopShare: 0.7,
		Concentrated: true, Sent: 10, Touched: 4, Engagement: 0.4,
	}
	var got tracking.Scorecard
	if b.read("scorecard --crm $DIR/crm", &got); got != want {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	b.now = b.now.AddDate(0, 0, 60)
	b.shows("scorecard --crm $DIR/crm", "contacts of won deals 1 of 2 tracked (50 %)", "delivered in 90 days nothing", "acted on in 3 months 0 of 0 (0 %)")
}
