package crmtest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/onward-crm/onward/crm"
)

func retryCases() []testCase {
	cases := []testCase{
		{"CR03 a locked item alone is repeated", retryLockedItem},
		{"CR03 what is invalid is not repeated", retryInvalid},
		{"CR03 the pause that the CRM asks for is kept", retryAfter},
		{"quota ends the batch and keeps what is done", retryQuota},
		{"an outage ends the batch", retryOutage},
		{"the end of the context ends the batch", retryContext},
	}
	for _, row := range writeFaults() {
		cases = append(cases, testCase{"CR03 " + string(row.kind), row.test})
	}
	return append(creating(cases...),
		testCase{"CR03 reads are repeated by class", retryReads},
		testCase{"CR03 updates are repeated by class", retryUpdates},
	)
}

// writeFault says what a failure of a whole write call leads to.
type writeFault struct {
	kind     Kind
	class    error
	repeated bool
}

func writeFaults() []writeFault {
	return []writeFault{
		{Unavailable, crm.ErrUnavailable, true},
		{Throttled, crm.ErrThrottled, true},
		{LockedItem, crm.ErrLocked, true},
		{LostBeforeLanding, crm.ErrUnknownOutcome, true},
		{Quota, crm.ErrQuota, false},
		{Auth, crm.ErrAuth, false},
		{Denied, crm.ErrDenied, false},
	}
}

// test lets a fault happen once, then for ever.
func (f writeFault) test(k *kit) {
	w := create(key(1), crm.ObjectContact, crm.Fields{"LastName": "Lee"})
	d := Faulty(k.Driver, Script{{Call: WriteCall, Kind: f.kind}})
	c, slept := k.client(d)
	results, _ := c.Apply(k.Context(), []crm.Write{w})
	if f.repeated {
		if results[0].Err != nil || !results[0].Created || d.Calls().Write != 2 || len(slept.taken) != 1 {
			k.Errorf("once: %+v after %d writes and %d pauses, want success at the second",
				results[0], d.Calls().Write, len(slept.taken))
		}
	} else if !errors.Is(results[0].Err, f.class) || d.Calls().Write != 1 || len(slept.taken) != 0 {
		k.Errorf("once: %v after %d writes, want %v after one", results[0].Err, d.Calls().Write, f.class)
	}

	d = Faulty(k.Driver, Script{{Call: WriteCall, Kind: f.kind, Sticky: true}})
	c, slept = k.client(d)
	results, _ = c.Apply(k.Context(), []crm.Write{create(key(2), crm.ObjectContact, crm.Fields{"LastName": "Mo"})})
	k.wantClass(results[0].Err, f.class)
	want, most := 1, 0
	if f.repeated {
		want, most = attempts, attempts-1
	}
	if f.class == crm.ErrUnknownOutcome {
		most++ // before the last look-up
	}
	if got := d.Calls().Write; got != want || len(slept.taken) > most {
		k.Errorf("for ever: %d writes and %d pauses, want %d and %d", got, len(slept.taken), want, most)
	}
	k.wantGrowing(slept)
	k.wantCount(crm.ObjectContact, "LastName", "Mo", 0)
}

// wantGrowing checks that a client waits at least two seconds, and not ever less.
func (k *kit) wantGrowing(p *pauses) {
	k.Helper()
	for i, d := range p.taken {
		if d < 2*time.Second || d > time.Minute || i > 1 && d < p.taken[i-2] {
			k.Errorf("pauses %v, want growing ones between 2 s and a minute", p.taken)
		}
	}
}

func retryLockedItem(k *kit) {
	d := Faulty(k.Driver, Script{{Call: WriteCall, Kind: LockedItem, Item: 1}})
	c, _ := k.client(Limited(d, crm.Limits{}))
	var batch []crm.Write
	for n := range 3 {
		batch = append(batch, create(key(n), crm.ObjectContact, crm.Fields{"LastName": fmt.Sprintf("Person %d", n)}))
	}
	for n, r := range k.succeed(c, batch...) {
		if !r.Created {
			k.Errorf("item %d was written twice", n)
		}
	}
	if n := d.Calls().Write; n != 2 {
		k.Errorf("%d writes, want 2", n)
	}
}

func retryInvalid(k *kit) {
	c, slept := k.client(k.Driver)
	r := k.applyOne(c, create(key(1), crm.ObjectContact, crm.Fields{"LastName": "Lee", "No_Such_Field__c": "x"}))
	k.wantClass(r.Err, crm.ErrInvalid)
	if n := c.Calls().Write; n != 1 || len(slept.taken) != 0 {
		k.Errorf("%d writes and %d pauses, want one and none", n, len(slept.taken))
	}
}

func retryAfter(k *kit) {
	w := create(key(1), crm.ObjectContact, crm.Fields{"LastName": "Lee"})
	c, slept := k.client(Faulty(k.Driver, Script{{Call: WriteCall, Kind: Throttled, RetryAfter: 45 * time.Second}}))
	k.succeed(c, w)
	if len(slept.taken) != 1 || slept.taken[0] < 45*time.Second {
		k.Errorf("paused %v, want at least 45 s", slept.taken)
	}
	c, slept = k.client(Faulty(k.Driver, Script{{Call: WriteCall, Kind: Throttled, RetryAfter: time.Hour}}))
	results, _ := c.Apply(k.Context(), []crm.Write{create(key(2), crm.ObjectContact, crm.Fields{"LastName": "Mo"})})
	e := k.wantClass(results[0].Err, crm.ErrThrottled)
	if e.RetryAfter != time.Hour || len(slept.taken) != 0 {
		k.Errorf("asked for an hour: error says %v, paused %v; want the caller told", e.RetryAfter, slept.taken)
	}
}

func retryReads(k *kit) {
	k.seed(account("Acme"))
	q := []crm.Query{where(crm.ObjectAccount, "Name", "Acme")}
	for _, f := range []struct {
		kind     Kind
		class    error
		repeated bool
	}{
		{Unavailable, crm.ErrUnavailable, true},
		{ShortResults, crm.ErrUnavailable, true},
		{Throttled, crm.ErrThrottled, true},
		{Quota, crm.ErrQuota, false},
		{Auth, crm.ErrAuth, false},
		{Denied, crm.ErrDenied, false},
	} {
		d := Faulty(k.Driver, Script{{Call: FindCall, Kind: f.kind}})
		c, _ := k.client(d)
		found, err := c.Find(k.Context(), q)
		if f.repeated && (err != nil || len(found[0]) != 1 || d.Calls().Find != 2) {
			k.Errorf("%s once: %v after %d calls, want success at the second", f.kind, err, d.Calls().Find)
		}
		if !f.repeated && (!errors.Is(err, f.class) || d.Calls().Find != 1) {
			k.Errorf("%s once: %v after %d calls, want %v at once", f.kind, err, d.Calls().Find, f.class)
		}
		d = Faulty(k.Driver, Script{{Call: FindCall, Kind: f.kind, Sticky: true}})
		c, _ = k.client(d)
		if _, err := c.Find(k.Context(), q); !errors.Is(err, f.class) || f.repeated && d.Calls().Find != attempts {
			k.Errorf("%s for ever: %v after %d calls, want %v", f.kind, err, d.Calls().Find, f.class)
		}
	}
}

// retryUpdates does with updates, which need no key, what others do with creates.
func retryUpdates(k *kit) {
	id := k.seed(contact("Lee", nil))[0]
	for n, f := range writeFaults() {
		title := fmt.Sprintf("Title %d", n)
		d := Faulty(k.Driver, Script{{Call: WriteCall, Kind: f.kind}})
		c, slept := k.client(d)
		results, _ := c.Apply(k.Context(), []crm.Write{update(key(n), crm.ObjectContact, id, crm.Fields{"Title": title})})
		if f.repeated && (results[0].Err != nil || d.Calls().Write != 2 || len(slept.taken) != 1) {
			k.Errorf("%s: %v after %d writes, want success at the second", f.kind, results[0].Err, d.Calls().Write)
		}
		if !f.repeated && (!errors.Is(results[0].Err, f.class) || d.Calls().Write != 1) {
			k.Errorf("%s: %v after %d writes, want %v after one", f.kind, results[0].Err, d.Calls().Write, f.class)
		}
		if got := k.get(crm.ObjectContact, id, "Title")["Title"]; (got == title) != f.repeated {
			k.Errorf("%s: the title is %q", f.kind, got)
		}
	}
}

// threeContacts are three creates, sent one a call.
func (k *kit) threeContacts(script Script) (*crm.Client, *FaultyDriver, []crm.Write) {
	d := Faulty(k.Driver, script)
	c, _ := k.client(Limited(d, crm.Limits{Writes: 1}))
	var batch []crm.Write
	for n := range 3 {
		batch = append(batch, create(key(n), crm.ObjectContact, crm.Fields{"LastName": "Lee"}))
	}
	return c, d, batch
}

func retryQuota(k *kit) {
	c, d, batch := k.threeContacts(Script{{Call: WriteCall, N: 2, Kind: Quota, Sticky: true}})
	results, err := c.Apply(k.Context(), batch)
	if err != nil || results[0].Err != nil {
		k.Fatalf("the first item: %v, %v", err, results[0].Err)
	}
	for _, r := range results[1:] {
		k.wantClass(r.Err, crm.ErrQuota)
	}
	if n := d.Calls().Write; n != 2 {
		k.Errorf("%d writes, want 2", n)
	}
	c, _, batch = k.threeContacts(Script{{Call: WriteCall, Kind: Quota, Sticky: true}})
	if _, err := c.Apply(k.Context(), batch); !errors.Is(err, crm.ErrQuota) {
		k.Errorf("nothing was written and the error is %v, want %v", err, crm.ErrQuota)
	}
}

func retryOutage(k *kit) {
	c, d, batch := k.threeContacts(Script{{Call: WriteCall, Kind: Unavailable, Sticky: true}})
	results, err := c.Apply(k.Context(), batch)
	k.wantClass(err, crm.ErrUnavailable)
	for _, r := range results {
		k.wantClass(r.Err, crm.ErrUnavailable)
	}
	if n := d.Calls().Write; n != attempts {
		k.Errorf("%d writes into an outage, want %d", n, attempts)
	}
}

func retryContext(k *kit) {
	d := Faulty(k.Driver, Script{{Call: WriteCall, N: 2, Kind: LostBeforeLanding, Sticky: true}})
	ctx, cancel := context.WithCancel(k.Context())
	c := crm.NewClient(Limited(d, crm.Limits{Writes: 1}), &crm.ClientOptions{
		Sleep: func(ctx context.Context, _ time.Duration) error { cancel(); return ctx.Err() },
	})
	var batch []crm.Write
	for n := range 3 {
		batch = append(batch, create(key(n), crm.ObjectContact, crm.Fields{"LastName": "Lee"}))
	}
	results, err := c.Apply(ctx, batch)
	if err != nil || results[0].Err != nil {
		k.Fatalf("the first item: %v, %v", err, results[0].Err)
	}
	k.wantClass(results[1].Err, crm.ErrUnknownOutcome)
	k.wantClass(results[2].Err, crm.ErrUnavailable)
	if !errors.Is(results[2].Err, context.Canceled) {
		k.Errorf("error %v does not answer to the context's", results[2].Err)
	}
}
