package notify_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/dri"
	"github.com/onward-crm/onward/dri/digest"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/notify"
)

// notice is one about a record.
func notice(rec routing.Record, user string, scenarios ...dri.Scenario) routing.Notice {
	return routing.Notice{ID: "n" + rec.Event.ID + user, Delivery: rec.Key, UserID: user, Scenarios: scenarios, At: rec.FinishedAt}
}

// notices are those of a world, half an hour after the moves.
func (w *world) notices(t *testing.T, change func(*notify.NoticesOptions)) *notify.Notices {
	t.Helper()
	o := notify.NoticesOptions{
		Records: w.records, Directory: w.opt.Directory, Sent: w.sent, Courier: w.opt.Courier, BaseURL: w.opt.BaseURL,
		Now: func() time.Time { return at("2026-11-18T10:30:00Z") },
	}
	if change != nil {
		change(&o)
	}
	n, err := notify.NewNotices(o)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// send offers notices, and gives for each whether it is to be offered again.
func send(t *testing.T, n *notify.Notices, ns ...routing.Notice) []bool {
	t.Helper()
	errs, err := n.Notify(t.Context(), ns)
	if err != nil || len(errs) != len(ns) {
		t.Fatalf("%d answers to %d notices, %v", len(errs), len(ns), err)
	}
	again := make([]bool, len(ns))
	for i, err := range errs {
		again[i] = err != nil
	}
	return again
}

// TestNotices: two people are told of the two halves of one move, one of both.
func TestNotices(t *testing.T) {
	two, both := moved("1AYA2", "2026-11-18T10:00:00Z", joins(una), leaves(uwe)), moved("2AYA2", "2026-11-18T10:00:00Z", joins(una), leaves(una))
	w := newWorld(t, two, both)
	n := w.notices(t, nil)
	ns := []routing.Notice{notice(two, una, dri.Joins), notice(two, uwe, dri.Leaves), notice(both, una, dri.Joins, dri.Leaves)}
	for range 2 { // offered again, because the ledger's mark was lost: nothing goes twice
		if again := send(t, n, ns...); slices.Contains(again, true) {
			t.Errorf("to be offered again: %v", again)
		}
	}
	var got []string
	for _, m := range w.mail.got {
		got = append(got, m.To.Email+": "+m.Content.Subject)
	}
	want := []string{
		"una@example.com: Person 1AYA2 joined Acme", "uwe@example.com: Person 1AYA2 left Northwind",
		"una@example.com: Person 2AYA2 left Northwind and joined Acme",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

func TestNoticeRules(t *testing.T) {
	rec := moved("1AYA2", "2026-11-18T10:00:00Z", joins(una), leaves(uwe))
	w := newWorld(t, rec)
	n := w.notices(t, func(o *notify.NoticesOptions) {
		o.Rules = []digest.Rule{{Scenario: dri.Leaves, Off: true}, {Say: "New at your {class} {account}: {person}"}}
	})
	if again := send(t, n, notice(rec, una, dri.Joins), notice(rec, uwe, dri.Leaves)); slices.Contains(again, true) {
		t.Errorf("to be offered again: %v", again)
	}
	if len(w.mail.got) != 1 || w.mail.got[0].Content.Subject != "New at your customer Acme: Person 1AYA2" {
		t.Errorf("sent %+v", w.mail.got)
	}
}

// TestNoticeGoesToWhomItNames: who was to be told is told, though somebody else has
// become responsible; a queue is told where a channel is not for one person.
func TestNoticeGoesToWhomItNames(t *testing.T) {
	rec := moved("1AYA2", "2026-11-18T10:00:00Z", joins(una))
	rec.DRI = []routing.DRIState{{Assignments: []dri.Assignment{joins(uwe)}}}
	queued := moved("2AYA2", "2026-11-18T10:00:00Z", dri.Assignment{Scenario: dri.Joins, Class: dri.Target, QueueID: "00GRM0000000q1AYAQ", Queue: "Inbound"})
	w := newWorld(t, rec, queued)
	toQueue := notice(queued, "", dri.Joins)
	toQueue.Queue = "Inbound"
	send(t, w.notices(t, nil), notice(rec, una, dri.Joins), toQueue)
	if len(w.mail.got) != 2 || w.mail.got[0].To.UserID != una || w.mail.got[1].To != (notify.Recipient{Name: "Inbound"}) {
		t.Errorf("sent %+v", w.mail.got)
	}
}

// TestNoticesThatNobodyGets: they are dropped, so that they do not stand in the way.
func TestNoticesThatNobodyGets(t *testing.T) {
	rec := moved("1AYA2", "2026-11-18T10:00:00Z", joins(una))
	erased := moved("2AYA2", "2026-11-18T10:00:00Z", joins(una))
	erased.Plan = nil
	w := newWorld(t, rec, erased)
	old := notice(rec, una, dri.Joins)
	old.At = at("2026-11-15T10:29:00Z")
	missing := notice(rec, una, dri.Joins)
	missing.Delivery = "unknown"
	if again := send(t, w.notices(t, nil), old, missing, notice(rec, gone, dri.Joins), notice(erased, una, dri.Joins)); slices.Contains(again, true) {
		t.Errorf("to be offered again: %v", again)
	}
	w.mail.says = always(notify.ErrUnreachable, "smtp_550")
	if again := send(t, w.notices(t, nil), notice(rec, una, dri.Joins)); again[0] {
		t.Error("what nobody will ever take is to be offered again")
	}
	if len(w.mail.got) != 0 || w.mail.calls != 1 {
		t.Errorf("%d sent in %d calls", len(w.mail.got), w.mail.calls)
	}
}

// TestNoticesWait: an outage leaves them to a later time; meanwhile nobody stands at
// the door for each of them.
func TestNoticesWait(t *testing.T) {
	rec := moved("1AYA2", "2026-11-18T10:00:00Z", joins(una), leaves(uwe))
	w := newWorld(t, rec)
	w.mail.says = always(notify.ErrAway, "connection")
	start := at("2026-11-18T10:30:00Z")
	now := start
	n := w.notices(t, func(o *notify.NoticesOptions) { o.Now = func() time.Time { return now } })
	ns := []routing.Notice{notice(rec, una, dri.Joins), notice(rec, uwe, dri.Leaves)}
	for _, step := range []struct {
		after time.Duration
		calls int
		why   string
	}{
		{0, 1, "the first had to wait, so the second is not tried"},
		{59 * time.Second, 1, "nothing is tried for a minute"},
		{time.Minute, 2, "the second is tried, the first is not due"},
		{4 * time.Minute, 2, "neither is due"},
		{5 * time.Minute, 3, "the first is due again"},
	} {
		now = start.Add(step.after)
		if again := send(t, n, ns...); slices.Contains(again, false) || w.mail.calls != step.calls {
			t.Errorf("after %s: %v, %d calls, want %d: %s", step.after, again, w.mail.calls, step.calls, step.why)
		}
	}
	w.mail.says = nil
	now = start.Add(20 * time.Minute)
	if again := send(t, n, ns...); slices.Contains(again, true) || len(w.mail.got) != 2 {
		t.Errorf("when mail is back: %v, %d sent", again, len(w.mail.got))
	}
}

func TestNoticeTrouble(t *testing.T) {
	rec := moved("1AYA2", "2026-11-18T10:00:00Z", joins(una))
	w := newWorld(t, rec)
	w.records.fails = errBroken
	if _, err := w.notices(t, nil).Notify(t.Context(), []routing.Notice{notice(rec, una, dri.Joins)}); !errors.Is(err, errBroken) {
		t.Errorf("ledger: %v", err)
	}
	w.records.fails, w.opt.Directory = nil, directory{errBroken}
	if _, err := w.notices(t, nil).Notify(t.Context(), []routing.Notice{notice(rec, una, dri.Joins)}); !errors.Is(err, errBroken) {
		t.Errorf("directory: %v", err)
	}
	if _, err := notify.NewNotices(notify.NoticesOptions{}); err == nil {
		t.Error("notices of nothing")
	}
	o := notify.NoticesOptions{Records: w.records, Directory: directory{}, Sent: w.sent, Courier: w.opt.Courier, Rules: []digest.Rule{{Say: "{x}"}}}
	if _, err := notify.NewNotices(o); err == nil || !strings.Contains(err.Error(), "rules[0].say") {
		t.Errorf("bad rules: %v", err)
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	s := notify.Secret("4711")
	text, err := s.MarshalText()
	if err != nil || s.String() != "(hidden)" || s.GoString() != "(hidden)" || string(text) != "(hidden)" || s.LogValue().String() != "(hidden)" {
		t.Errorf("%s %#v %s %s", s, s, text, s.LogValue())
	}
	if s.Reveal() != "4711" || notify.Secret("").String() != "" {
		t.Error("a secret is not what it was")
	}
}
