package mirror_test

import (
	"context"
	"fmt"
	"iter"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/mirror"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// org is a CRM in memory with a clock of its own, and what a mirror of it needs.
type org struct {
	t      fataler
	now    time.Time
	db     *memcrm.CRM
	policy *routing.Policy
	client *crm.Client
	rep    string
}

type fataler interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

func newOrg(t fataler) *org {
	t.Helper()
	w := &org{t: t, now: noon}
	w.db = memcrm.New(&memcrm.Options{Now: func() time.Time { return w.now }})
	w.rep = w.add(crm.ObjectUser, crm.Fields{"Name": "Rep", "IsActive": "true"})
	cfg := routing.DefaultConfig()
	cfg.Owners.Default, cfg.DRI.Default = w.rep, w.rep
	var err error
	if w.policy, err = routing.NewPolicy(cfg); err != nil {
		t.Fatal(err)
	}
	w.client = crm.NewClient(w.db, nil)
	return w
}

func (w *org) add(o crm.Object, f crm.Fields) string {
	w.t.Helper()
	id, err := w.db.Add(o, f)
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

func (w *org) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *org) options() mirror.Options {
	// The mirror's clock is three days behind the CRM's: it must not matter.
	return mirror.Options{Client: w.client, Policy: w.policy, Now: func() time.Time { return w.now.Add(-72 * time.Hour) }}
}

func (w *org) open(o mirror.Options) *mirror.Mirror {
	w.t.Helper()
	m, err := mirror.Open(context.Background(), o)
	w.must(err)
	return m
}

func (w *org) refresh(m *mirror.Mirror) mirror.Changes {
	w.t.Helper()
	c, err := m.Refresh(context.Background())
	w.must(err)
	return c
}

var (
	companyNames = []string{"Acme", "Acme Inc", "Acme Tools", "Beta Systems", "Nordlys", "Delta Dental"}
	hosts        = []string{"acme.com", "beta.io", "nordlys.io", "delta.de", "gmail.com"}
)

// companies are questions that meet what changes draw.
func companies() []matching.Company {
	var out []matching.Company
	for _, name := range companyNames {
		out = append(out, matching.Company{Name: name})
		for _, host := range hosts {
			out = append(out, matching.Company{Name: name, Email: "x@" + host})
		}
	}
	for _, host := range hosts {
		out = append(out, matching.Company{Domain: host})
	}
	return out
}

func ask(t fataler, f routing.AccountFinder, p *routing.Policy) []routing.Candidates {
	t.Helper()
	found, err := f.Candidates(context.Background(), p.Profile(), companies())
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// changer makes random changes in an org.
type changer struct {
	*org
	t *rapid.T
}

func (c changer) one(o crm.Object) string {
	records := c.db.Records(o)
	if len(records) == 0 {
		return ""
	}
	return records[rapid.IntRange(0, len(records)-1).Draw(c.t, "which")].ID
}

func (c changer) pick(label string, from []string) string {
	return rapid.SampledFrom(from).Draw(c.t, label)
}

func (c changer) account() crm.Fields {
	return crm.Fields{
		"Name": c.pick("name", companyNames), "Website": c.pick("site", append([]string{""}, hosts...)),
		"OwnerId": c.one(crm.ObjectUser), "Type": c.pick("type", []string{"", "Customer"}), "ParentId": c.pick("parent", []string{"", c.one(crm.ObjectAccount)}),
	}
}

func (c changer) contact() crm.Fields {
	return crm.Fields{"LastName": "X", "Email": "x@" + c.pick("host", hosts), "AccountId": c.pick("at", []string{"", c.one(crm.ObjectAccount), c.one(crm.ObjectAccount)})}
}

func (c changer) deal() crm.Fields {
	return crm.Fields{"Name": "Deal", "AccountId": c.one(crm.ObjectAccount), "StageName": "Open", "CloseDate": "2026-12-31", "IsClosed": c.pick("closed", []string{"true", "false"})}
}

func (c changer) change() {
	kinds := map[crm.Object]func() crm.Fields{crm.ObjectAccount: c.account, crm.ObjectContact: c.contact, crm.ObjectOpportunity: c.deal}
	c.now = c.now.Add(time.Duration(rapid.IntRange(0, 1800).Draw(c.t, "seconds")) * time.Second)
	o := rapid.SampledFrom([]crm.Object{crm.ObjectAccount, crm.ObjectContact, crm.ObjectContact, crm.ObjectOpportunity, crm.ObjectUser}).Draw(c.t, "object")
	if o == crm.ObjectUser {
		if id := c.one(o); c.pick("user", []string{"add", "turn"}) == "turn" {
			c.must(c.db.Edit(id, crm.Fields{"IsActive": c.pick("active", []string{"true", "false"})}))
		} else {
			c.add(o, crm.Fields{"Name": "U", "IsActive": "true"})
		}
		return
	}
	id := c.one(o)
	switch what := c.pick("change", []string{"add", "add", "edit", "edit", "delete", "merge"}); {
	case what == "add" || id == "":
		c.add(o, kinds[o]())
	case what == "edit":
		c.must(c.db.Edit(id, kinds[o]()))
	case what == "delete":
		c.must(c.db.Delete(id))
	default:
		if master := c.one(o); master != id && o != crm.ObjectOpportunity {
			c.must(c.db.Merge(id, master))
		}
	}
}

// TestRefreshedMirrorAnswersLikeAFreshOne changes an org at random and refreshes
// a mirror now and then, which is also saved and opened again: after each
// refresh it says exactly what a mirror says that is loaded there and then.
func TestRefreshedMirrorAnswersLikeAFreshOne(t *testing.T) {
	dir := t.TempDir()
	files := 0
	rapid.Check(t, func(t *rapid.T) {
		w := newOrg(t)
		c := changer{w, t}
		o := w.options()
		files++
		o.Path = filepath.Join(dir, fmt.Sprint("mirror", files))
		m := w.open(o)
		for range rapid.IntRange(1, 4).Draw(t, "rounds") {
			for range rapid.IntRange(0, 12).Draw(t, "changes") {
				c.change()
			}
			switch rapid.IntRange(0, 3).Draw(t, "how") {
			case 0: // the changes come after a restart
				w.must(m.Save())
				m = w.open(o)
				if s := m.Stats(); !s.FromFile || s.Refused != nil {
					t.Fatalf("not restored: %v", s.Refused)
				}
			case 1: // many changes after a long time
				w.now = w.now.Add(30 * time.Hour)
				w.refresh(m)
			default:
				w.refresh(m)
			}
			fresh := w.open(w.options())
			if diff := cmp.Diff(ask(t, fresh, w.policy), ask(t, m, w.policy)); diff != "" {
				t.Fatalf("fresh and refreshed differ:\n%s", diff)
			}
			if again := w.refresh(m); again.Updated != 0 {
				t.Fatalf("reading the same changes again changed %d accounts", again.Updated)
			}
		}
	})
}

// TestRefreshAsksOnce counts: one call of the CRM for a refresh.
func TestRefreshAsksOnce(t *testing.T) {
	w := newOrg(t)
	w.add(crm.ObjectAccount, crm.Fields{"Name": "Acme", "OwnerId": w.rep})
	m := w.open(w.options())
	before := w.client.Calls().Total()
	w.refresh(m)
	if n := w.client.Calls().Total() - before; n != 1 {
		t.Errorf("%d calls, want 1", n)
	}
}

// TestChangesDuringALoadAreNotLost moves a contact after contacts were read and
// before loading ends.
func TestChangesDuringALoadAreNotLost(t *testing.T) {
	w := newOrg(t)
	acme := w.add(crm.ObjectAccount, crm.Fields{"Name": "Acme", "OwnerId": w.rep})
	other := w.add(crm.ObjectAccount, crm.Fields{"Name": "Beta", "OwnerId": w.rep})
	contact := w.add(crm.ObjectContact, crm.Fields{"LastName": "X", "Email": "x@nordlys.io", "AccountId": other})
	o := w.options()
	o.Scan = func(ctx context.Context, q crm.Query) iter.Seq2[crm.Record, error] {
		w.now = w.now.Add(2 * time.Hour)
		if q.Object == crm.ObjectAccount {
			w.must(w.db.Edit(contact, crm.Fields{"AccountId": acme}))
			w.now = w.now.Add(2 * time.Hour)
			w.must(w.db.Edit(other, crm.Fields{"Phone": "1"}))
		}
		return w.client.All(ctx, q)
	}
	m := w.open(o)
	w.refresh(m)
	if diff := cmp.Diff(ask(t, w.open(w.options()), w.policy), ask(t, m, w.policy)); diff != "" {
		t.Error(diff)
	}
}

// TestLateCommitsAreSeen stores a record whose stamp is older than what was read
// already, as a long transaction leaves it.
func TestLateCommitsAreSeen(t *testing.T) {
	w := newOrg(t)
	m := w.open(w.options())
	w.now = w.now.Add(time.Hour)
	w.add(crm.ObjectAccount, crm.Fields{"Name": "Beta", "OwnerId": w.rep})
	w.refresh(m)
	w.add(crm.ObjectAccount, crm.Fields{"Name": "Acme", "OwnerId": w.rep, "SystemModstamp": crm.FormatTime(w.now.Add(-mirror.DefaultOverlap / 2))})
	if c := w.refresh(m); c.Updated != 1 || m.Len() != 2 {
		t.Errorf("%+v, %d accounts", c, m.Len())
	}
}

// TestFailedRefreshIsMadeUpFor loses the answer in the middle of a long delta.
func TestFailedRefreshIsMadeUpFor(t *testing.T) {
	w := newOrg(t)
	acme := w.add(crm.ObjectAccount, crm.Fields{"Name": "Acme", "OwnerId": w.rep})
	contact := w.add(crm.ObjectContact, crm.Fields{"LastName": "X", "Email": "x@nordlys.io"})
	o, broken := w.options(), false
	o.Path = filepath.Join(t.TempDir(), "mirror")
	o.Scan = func(ctx context.Context, q crm.Query) iter.Seq2[crm.Record, error] {
		if broken && q.Object == crm.ObjectOpportunity {
			return func(yield func(crm.Record, error) bool) { yield(crm.Record{}, crm.ErrUnavailable) }
		}
		return w.client.All(ctx, q)
	}
	m := w.open(o)
	w.now = w.now.Add(48 * time.Hour)
	w.must(w.db.Edit(contact, crm.Fields{"AccountId": acme}))
	broken = true
	if _, err := m.Refresh(t.Context()); crm.ClassOf(err) != crm.ErrUnavailable {
		t.Fatal(err)
	}
	w.must(m.Save())
	broken = false
	for _, m := range []*mirror.Mirror{m, w.open(o)} {
		w.refresh(m)
		if diff := cmp.Diff(ask(t, w.open(w.options()), w.policy), ask(t, m, w.policy)); diff != "" {
			t.Error(diff)
		}
	}
}

// TestTooOldMirrorIsLoadedAnew waits until the recycle bin may have been emptied.
func TestTooOldMirrorIsLoadedAnew(t *testing.T) {
	w := newOrg(t)
	m := w.open(w.options())
	if c := w.refresh(m); c.Reloaded {
		t.Error("a fresh mirror was loaded anew")
	}
	w.now = w.now.Add(mirror.DefaultMaxAge + time.Hour)
	if c := w.refresh(m); !c.Reloaded {
		t.Error("an old mirror was not loaded anew")
	}
	if got := m.Freshness(); !got.Equal(w.now.Add(-72 * time.Hour)) {
		t.Errorf("fresh at %v", got)
	}
}
