package notify_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/dri/digest"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/notify"
)

// monday is the moment of most runs: half past seven in Berlin.
const monday = "2026-11-23T06:30:00Z"

// TestDR15WeeklyDigest: what a run sends on Monday 2026-11-23.
func TestDR15WeeklyDigest(t *testing.T) {
	w := newWorld(t,
		moved("1AYA2", "2026-11-18T10:00:00Z", joins(una), leaves(uwe)),
		moved("2AYA2", "2026-11-10T10:00:00Z", joins(una)), // of the week before
		moved("3AYA2", "2026-11-23T00:00:00Z", joins(uwe)), // Monday already, in Berlin
	)
	if r := w.run(t, "2026-11-23T05:59:59Z"); r.Week.String() != "2026-W47" || r.Sent != 2 {
		t.Errorf("before seven it is the week before: %+v", r)
	}
	w = newWorld(t, w.records.all...)
	if d := cmp.Diff(notify.Report{Week: digest.Week{Year: 2026, Number: 48}, Sent: 3}, w.run(t, monday)); d != "" {
		t.Errorf("report (-want +got):\n%s", d)
	}
	want := []string{"digest:" + una + ":2026-W48", "digest:" + uwe + ":2026-W48", "summary:" + mia + ":2026-W48"}
	if d := cmp.Diff(want, w.mail.keys()); d != "" {
		t.Fatalf("sent (-want +got):\n%s", d)
	}
	m := w.mail.got[0]
	if m.To != (notify.Recipient{UserID: una, Name: "Una Berg", Email: "una@example.com"}) || m.Content.Subject != "1 joined · 16 – 22 Nov 2026" {
		t.Errorf("to %+v: %q", m.To, m.Content.Subject)
	}
	wantRow := digest.Row{
		Person: digest.Party{ID: "003RM0000000001AYA2", Name: "Person 1AYA2"}, Role: "CTO", At: at("2026-11-18T10:00:00Z"), Notes: []string{"contact created"},
		Events: []digest.Event{
			{Verb: "joined", About: digest.Party{ID: acme, Name: "Acme", URL: "https://acme.example/" + acme}, Class: "customer"},
			{Verb: "came from", About: digest.Party{ID: northwind, Name: "Northwind", URL: "https://acme.example/" + northwind}},
		},
	}
	if d := cmp.Diff([]digest.Row{wantRow}, m.Content.Sections[0].Rows); d != "" {
		t.Errorf("rows (-want +got):\n%s", d)
	}
	if s := w.mail.got[2].Content; len(s.Sections) != 2 || s.Sections[0].Title != "Una Berg" || s.Sections[1].Title != "Uwe Stein" {
		t.Errorf("Mia's summary: %+v", s.Sections)
	}
}

// TestDR15EmptyDigestsAreNotSent: nobody has anything to hear.
func TestDR15EmptyDigestsAreNotSent(t *testing.T) {
	w := newWorld(t, moved("1AYA2", "2026-11-10T10:00:00Z", joins(una)))
	if r := w.run(t, monday); r.Sent != 0 || r.Empty != 2 || len(w.mail.got) != 0 {
		t.Errorf("%+v, %d messages", r, len(w.mail.got))
	}
}

// TestDR16OncePerUserAndWeek: run again the same Monday, by this process or another,
// and all week.
func TestDR16OncePerUserAndWeek(t *testing.T) {
	w := newWorld(t, moved("1AYA2", "2026-11-18T10:00:00Z", joins(una)))
	w.run(t, monday)
	reads := w.records.reads
	for _, when := range []string{monday, "2026-11-23T09:00:00Z", "2026-11-29T22:59:00Z"} {
		if r := w.run(t, when); !r.Done || r.Sent != 0 || len(w.mail.got) != 2 {
			t.Errorf("run at %s: %+v, %d messages", when, r, len(w.mail.got))
		}
	}
	if w.records.reads != reads {
		t.Error("a week that is done makes the ledger be read again")
	}
	if r := w.run(t, "2026-11-30T06:30:00Z"); r.Done || r.Sent != 0 || r.Week.String() != "2026-W49" {
		t.Errorf("the week after: %+v", r)
	}
}

// TestDR16ManyAtOnce: processes that run at the same moment send each message once.
func TestDR16ManyAtOnce(t *testing.T) {
	w := newWorld(t, moved("1AYA2", "2026-11-18T10:00:00Z", joins(una), leaves(uwe)))
	d := w.digests(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := d.Run(context.Background(), at(monday)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	keys := w.mail.keys()
	slices.Sort(keys)
	if len(keys) != 3 || len(slices.Compact(keys)) != 3 {
		t.Errorf("sent %q", keys)
	}
}

// TestDR16AfterACrash: a process that died between sending and marking leaves a claim.
// While it lasts nobody sends; afterwards the message goes once more, under the same
// key, from which its Message-ID is made.
func TestDR16AfterACrash(t *testing.T) {
	w := newWorld(t, moved("1AYA2", "2026-11-18T10:00:00Z", joins(una)))
	w.opt.NoSummaries = true
	key := "digest:" + una + ":2026-W48"
	if _, taken, err := w.sent.Claim(t.Context(), notify.Claim{Key: key, Topic: "digest:" + una, Now: at(monday), Lease: 10 * time.Minute}); !taken || err != nil {
		t.Fatal(taken, err)
	}
	if r := w.run(t, "2026-11-23T06:35:00Z"); r.Before != 1 || r.Sent != 0 {
		t.Errorf("while the claim lasts: %+v", r)
	}
	if r := w.run(t, "2026-11-23T06:36:00Z"); !r.Waiting {
		t.Errorf("before the claim ends there is nothing to do: %+v", r)
	}
	if r := w.run(t, "2026-11-23T06:45:00Z"); r.Sent != 1 || !slices.Equal(w.mail.keys(), []string{key}) {
		t.Errorf("afterwards: %+v, sent %q", r, w.mail.keys())
	}
	if r := w.run(t, "2026-11-23T07:45:00Z"); !r.Done {
		t.Errorf("then it is done: %+v", r)
	}
}

// TestDR17FallsBack: Slack does not know one of two owners, who gets an e-mail.
func TestDR17FallsBack(t *testing.T) {
	log, text := logged()
	w := newWorld(t, moved("1AYA2", "2026-11-18T10:00:00Z", joins(una), leaves(uwe)))
	slack := &postman{name: "slack", says: func(_ int, m notify.Message) error {
		if m.To.UserID == una {
			return &notify.SendError{Channel: "slack", Class: notify.ErrUnreachable, Reason: "users_not_found"}
		}
		return nil
	}}
	w.opt.Courier = courier(t, &notify.CourierOptions{Tries: 1, Logger: log}, slack, w.mail)
	w.opt.NoSummaries, w.opt.Logger = true, log
	if r := w.run(t, monday); r.Sent != 2 || r.Failed != 0 {
		t.Errorf("%+v", r)
	}
	if d := cmp.Diff([]string{"digest:" + una + ":2026-W48"}, w.mail.keys()); d != "" {
		t.Errorf("by mail (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"digest:" + uwe + ":2026-W48"}, slack.keys()); d != "" {
		t.Errorf("by Slack (-want +got):\n%s", d)
	}
	if !strings.Contains(text.String(), "users_not_found") || strings.Contains(text.String(), "una@example.com") || strings.Contains(text.String(), "Una") {
		t.Errorf("log:\n%s", text)
	}
	mark, taken, err := w.sent.Claim(t.Context(), notify.Claim{Key: "digest:" + una + ":2026-W48", Now: at(monday).AddDate(0, 0, 1)})
	if taken || err != nil || mark.Channel != "mail" || mark.Reason != "slack: users_not_found" {
		t.Errorf("mark %+v, %v", mark, err)
	}
}

// TestDR17NobodyTakesIt: no channel knows the owner; that is logged, nobody else
// suffers, and the run goes well.
func TestDR17NobodyTakesIt(t *testing.T) {
	w := newWorld(t, moved("1AYA2", "2026-11-18T10:00:00Z", joins(una), leaves(uwe)))
	w.mail.says = func(_ int, m notify.Message) error {
		if m.To.UserID == una {
			return &notify.SendError{Channel: "mail", Class: notify.ErrUnreachable, Reason: "smtp_550"}
		}
		return nil
	}
	if r := w.run(t, monday); r.Sent != 2 || r.Failed != 1 {
		t.Errorf("%+v", r)
	}
	if r := w.run(t, "2026-11-23T12:00:00Z"); !r.Done || w.mail.calls != 3 {
		t.Errorf("it is not tried again this week: %+v, %d calls", r, w.mail.calls)
	}
	// The next digest tells of both weeks.
	w.mail.says = nil
	w.records.all = append(w.records.all, moved("2AYA2", "2026-11-25T10:00:00Z", joins(una)))
	w.opt.NoSummaries = true
	w.run(t, "2026-11-30T06:30:00Z")
	last := w.mail.got[len(w.mail.got)-1].Content
	if last.Subject != "2 joined · 16 – 29 Nov 2026" {
		t.Errorf("the next digest: %q", last.Subject)
	}
}

// TestOutage: mail is away for some hours; what was to be sent waits and goes later.
func TestOutage(t *testing.T) {
	w := newWorld(t, moved("1AYA2", "2026-11-18T10:00:00Z", joins(una), leaves(uwe)))
	w.opt.NoSummaries = true
	w.mail.says = always(notify.ErrAway, "connection")
	if r := w.run(t, monday); r.Delayed != 2 {
		t.Errorf("%+v", r)
	}
	if r := w.run(t, "2026-11-23T06:34:59Z"); !r.Waiting || w.mail.calls != 2 {
		t.Errorf("before five minutes are over: %+v, %d calls", r, w.mail.calls)
	}
	if r := w.run(t, "2026-11-23T06:35:00Z"); r.Delayed != 2 || w.mail.calls != 4 {
		t.Errorf("after five minutes: %+v, %d calls", r, w.mail.calls)
	}
	w.mail.says = nil
	if r := w.run(t, "2026-11-23T06:44:59Z"); !r.Waiting {
		t.Errorf("the second pause is longer: %+v", r)
	}
	if r := w.run(t, "2026-11-23T06:45:00Z"); r.Sent != 2 {
		t.Errorf("when mail is back: %+v", r)
	}
}

// TestPatienceEnds: a channel that is away is waited for, since it may have taken the
// message; at the fourth attempt the next one is used.
func TestPatienceEnds(t *testing.T) {
	w := newWorld(t, moved("1AYA2", "2026-11-18T10:00:00Z", joins(una)))
	w.opt.NoSummaries = true
	w.opt.Courier = courier(t, once, &postman{name: "slack", says: always(notify.ErrAway, "http_503")}, w.mail)
	for _, step := range []struct {
		when    string
		delayed int
	}{{"2026-11-23T06:30:00Z", 1}, {"2026-11-23T06:35:00Z", 1}, {"2026-11-23T06:45:00Z", 1}, {"2026-11-23T07:05:00Z", 0}} {
		if r := w.run(t, step.when); r.Delayed != step.delayed || r.Sent != 1-step.delayed || len(w.mail.got) != r.Sent {
			t.Errorf("at %s: %+v, %d by mail", step.when, r, len(w.mail.got))
		}
	}
}

// TestRetryAfterIsHonoured: a channel that wants an hour gets it.
func TestRetryAfterIsHonoured(t *testing.T) {
	w := newWorld(t, moved("1AYA2", "2026-11-18T10:00:00Z", joins(una)))
	w.opt.NoSummaries = true
	w.mail.says = func(n int, _ notify.Message) error {
		if n == 1 {
			return &notify.SendError{Channel: "mail", Class: notify.ErrAway, Reason: "http_429", After: time.Hour}
		}
		return nil
	}
	w.run(t, monday)
	if r := w.run(t, "2026-11-23T07:29:00Z"); !r.Waiting {
		t.Errorf("%+v", r)
	}
	if r := w.run(t, "2026-11-23T07:30:00Z"); r.Sent != 1 {
		t.Errorf("%+v", r)
	}
}

// TestMissedMondays: the program was down. A Monday is made up for in its week; a week
// that was missed as a whole is told of in the next digest, and at most four are.
func TestMissedMondays(t *testing.T) {
	var all []routing.Record
	for i, when := range []string{"2026-10-20T10:00:00Z", "2026-10-27T10:00:00Z", "2026-11-03T10:00:00Z", "2026-11-10T10:00:00Z", "2026-11-17T10:00:00Z"} {
		all = append(all, moved(string(rune('1'+i))+"AYA2", when, joins(una)))
	}
	w := newWorld(t, all...)
	w.opt.NoSummaries = true
	subject := func(when string) string {
		w.run(t, when)
		if len(w.mail.got) == 0 {
			return ""
		}
		return w.mail.got[len(w.mail.got)-1].Content.Subject
	}
	if got := subject("2026-10-28T12:00:00Z"); got != "1 joined · 19 – 25 Oct 2026" {
		t.Errorf("on Wednesday: %q", got)
	}
	if got := subject("2026-11-16T12:00:00Z"); got != "3 joined · 26 Oct – 15 Nov 2026" {
		t.Errorf("after two weeks of silence: %q", got)
	}
	w = newWorld(t, all...)
	w.opt.NoSummaries = true
	w.run(t, "2026-10-26T12:00:00Z")
	if got := subject("2026-12-14T12:00:00Z"); got != "1 joined · 16 Nov – 13 Dec 2026" {
		t.Errorf("after seven weeks: %q", got)
	}
}

// TestLongRuns: each claim of a run that takes long begins when it is made, so that
// none ends before its message is sent.
func TestLongRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, moved("1AYA2", "2026-11-18T10:00:00Z", joins(una), leaves(uwe)))
		w.opt.NoSummaries = true
		w.mail.says = func(n int, m notify.Message) error {
			if n == 1 {
				<-time.After(20 * time.Second)
				return nil
			}
			c := notify.Claim{Key: m.Key, Now: at(monday).Add(notify.DefaultLease + 19*time.Second)}
			if _, taken, err := w.sent.Claim(t.Context(), c); taken || err != nil {
				t.Errorf("the second claim ended ten minutes after the run began: %v, %v", taken, err)
			}
			return nil
		}
		if r := w.run(t, monday); r.Sent != 2 {
			t.Errorf("%+v", r)
		}
	})
}

// TestTrouble: when the ledger or the directory is in trouble nothing is sent and
// nothing marked; the next run does it all.
func TestTrouble(t *testing.T) {
	w := newWorld(t, moved("1AYA2", "2026-11-18T10:00:00Z", joins(una)))
	w.records.fails = errBroken
	if _, err := w.digests(t).Run(t.Context(), at(monday)); !errors.Is(err, errBroken) {
		t.Errorf("ledger: %v", err)
	}
	w.records.fails, w.opt.Directory = nil, directory{errBroken}
	if _, err := w.digests(t).Run(t.Context(), at(monday)); !errors.Is(err, errBroken) {
		t.Errorf("directory: %v", err)
	}
	w.opt.Directory = directory{}
	ctx, cancel := context.WithCancel(t.Context())
	w.mail.says = func(n int, _ notify.Message) error {
		cancel() // we are being stopped while the first one is sent
		return nil
	}
	if _, err := w.digests(t).Run(ctx, at(monday)); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
	if m, ok, err := w.sent.Last(t.Context(), "digest:"+una, at("2026-12-01T00:00:00Z")); !ok || err != nil || m.State != notify.StateSent {
		t.Errorf("what was sent while we were being stopped is marked %q, %v", m.State, err)
	}
	w.mail.says = nil
	if r := w.run(t, monday); r.Sent != 1 || r.Before != 1 || len(w.mail.got) != 2 {
		t.Errorf("the rest: %+v, %d messages", r, len(w.mail.got))
	}
}

// TestPreviewSendsNothing: it shows what a run would send, and marks nothing.
func TestPreviewSendsNothing(t *testing.T) {
	w := newWorld(t, moved("1AYA2", "2026-11-18T10:00:00Z", joins(una), leaves(uwe)))
	shown, err := w.digests(t).Preview(t.Context(), at(monday), "")
	if err != nil || len(shown) != 3 || len(w.mail.got) != 0 {
		t.Fatalf("%d messages shown, %d sent, %v", len(shown), len(w.mail.got), err)
	}
	w.run(t, monday)
	for i, m := range w.mail.got {
		if d := cmp.Diff(shown[i], m.Content, cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() })); d != "" {
			t.Errorf("message %d was shown otherwise:\n%s", i, d)
		}
	}
	one, err := w.digests(t).Preview(t.Context(), at(monday), uwe)
	if err != nil || len(one) != 1 || one[0].To.ID != uwe {
		t.Errorf("for one: %d, %v", len(one), err)
	}
}

func TestNewDigests(t *testing.T) {
	good := newWorld(t).opt
	for field, change := range map[string]func(*notify.DigestsOptions){
		"Records":   func(o *notify.DigestsOptions) { o.Records = nil },
		"Directory": func(o *notify.DigestsOptions) { o.Directory = nil },
		"Sent":      func(o *notify.DigestsOptions) { o.Sent = nil },
		"Schedule":  func(o *notify.DigestsOptions) { o.Schedule.Hour = 24 },
		"BaseURL":   func(o *notify.DigestsOptions) { o.BaseURL = "javascript:alert(1)" },
	} {
		o := good
		change(&o)
		if _, err := notify.NewDigests(o); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: %v", field, err)
		}
	}
	o := good
	o.Courier = nil
	d, err := notify.NewDigests(o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Run(t.Context(), at(monday)); err == nil || !strings.Contains(err.Error(), "Courier") {
		t.Errorf("a run without a courier: %v", err)
	}
}
