package crm_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
)

// TestApplyOrder looks at what goes out: parents first, then by object, parent
// and key, whatever the order of the batch.
func TestApplyOrder(t *testing.T) {
	batch := []crm.Write{
		newWrite("event", crm.ObjectJobChange, "lead", "c1"),
		newWrite("c2", crm.ObjectContact, "firm"),
		newWrite("c1", crm.ObjectContact, "firm"),
		newWrite("lead", crm.ObjectLead),
		newWrite("z1", crm.ObjectContact),
		newWrite("b1", crm.ObjectContact),
		newWrite("a1", crm.ObjectContact),
		newWrite("firm", crm.ObjectAccount),
	}
	batch[4].Parent, batch[6].Parent = "P", "P"
	want := [][]crm.Key{{"firm", "b1", "a1"}, {"z1", "lead"}, {"c1", "c2"}, {"event"}}
	for range 20 {
		d := &stub{limits: crm.Limits{Writes: 3}}
		c, _ := newClient(d)
		mustApply(t, c, batch...)
		if !slices.EqualFunc(d.batches, want, slices.Equal) {
			t.Fatalf("calls %v, want %v", d.batches, want)
		}
		first := batch[0]
		batch = append(batch[1:], first) // any order of the batch gives the same
	}
}

func TestApplyResolvesLinks(t *testing.T) {
	var sent []crm.Write
	d := &stub{write: func(batch []crm.Write) ([]crm.Result, error) {
		sent = append(sent, batch...)
		return created(batch), nil
	}}
	c, _ := newClient(d)
	child := newWrite("child", crm.ObjectContact, "firm")
	mustApply(t, c, newWrite("firm", crm.ObjectAccount), child)
	if got := sent[1].Set["Ref0__c"]; got != "id-firm" || len(sent[1].Link) != 0 {
		t.Errorf("the driver got %+v, want the id and no link", sent[1])
	}
	if len(child.Set) != 1 || len(child.Link) != 1 {
		t.Errorf("the caller's write was changed to %+v", child)
	}
}

// TestApplyBadAnswers: drivers that break the contract do not break the promise.
func TestApplyBadAnswers(t *testing.T) {
	lookUp := func(_ crm.Object, keys []crm.Key) (map[crm.Key]string, error) {
		return map[crm.Key]string{"a": "id-a"}, nil
	}
	for name, bad := range map[string]func(batch []crm.Write) ([]crm.Result, error){
		"B8 fewer results than writes": func([]crm.Write) ([]crm.Result, error) { return []crm.Result{{ID: "wrong"}}, nil },
		"more results than writes": func(batch []crm.Write) ([]crm.Result, error) {
			return append([]crm.Result{{ID: "wrong"}}, created(batch)...), nil
		},
		"results without ids":   func(batch []crm.Write) ([]crm.Result, error) { return make([]crm.Result, len(batch)), nil },
		"an error of no class":  func([]crm.Write) ([]crm.Result, error) { return nil, errors.New("ann lee") },
		"a context's own error": func([]crm.Write) ([]crm.Result, error) { return nil, context.DeadlineExceeded },
		"items with errors of no class": func(batch []crm.Write) ([]crm.Result, error) {
			return []crm.Result{{Err: errors.New("ann")}, {Err: errors.New("lee")}}, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := &stub{landed: lookUp}
			d.write = func(batch []crm.Write) ([]crm.Result, error) {
				if len(d.batches) == 1 {
					return bad(batch)
				}
				return created(batch), nil
			}
			c, slept := newClient(d)
			results := mustApply(t, c, newWrite("a", crm.ObjectLead), newWrite("b", crm.ObjectLead))
			if results[0].ID != "id-a" || results[1].ID != "id-b" || results[0].Err != nil || results[1].Err != nil {
				t.Errorf("results %+v", results)
			}
			want := [][]crm.Key{{"a", "b"}, {"b"}}
			if !slices.EqualFunc(d.batches, want, slices.Equal) || c.Calls().Landed != 1 || len(*slept) != 1 {
				t.Errorf("writes %v, %d look-ups, pauses %v; want %v, one, one", d.batches, c.Calls().Landed, *slept, want)
			}
		})
	}
}

func TestApplyDeniedCallSparesOthers(t *testing.T) {
	d := &stub{limits: crm.Limits{Writes: 1}}
	d.write = func(batch []crm.Write) ([]crm.Result, error) {
		if len(d.batches) < 5 {
			return nil, failure(crm.ErrDenied)
		}
		return created(batch), nil
	}
	c, _ := newClient(d)
	var batch []crm.Write
	for i := range 5 {
		batch = append(batch, newWrite(crm.Key(fmt.Sprint(i)), crm.ObjectLead))
	}
	results := mustApply(t, c, batch...)
	for i, r := range results[:4] {
		var e *crm.Error
		if !errors.As(r.Err, &e) || e.Class != crm.ErrDenied || e.Key != batch[i].Key || e.Code != "STUB" {
			t.Errorf("item %d: %v, want %v about its key", i, r.Err, crm.ErrDenied)
		}
	}
	if results[4].Err != nil {
		t.Errorf("the last item: %v", results[4].Err)
	}
}

// TestApplyReads: what cannot be read is not written.
func TestApplyReads(t *testing.T) {
	for _, c := range []struct {
		name  string
		class error
		stops bool
		finds int
	}{
		{"outage", crm.ErrUnavailable, false, 3},
		{"quota", crm.ErrQuota, true, 1},
		{"credentials", crm.ErrAuth, true, 1},
		{"denied", crm.ErrDenied, false, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := &stub{find: func([]crm.Query) ([]crm.Page, error) {
				return nil, &crm.Error{Op: "find", Class: c.class}
			}}
			client, _ := newClient(d)
			results, err := client.Apply(t.Context(), []crm.Write{
				newUpdate("u", "1", crm.Fields{"Title": "CEO"}), newWrite("n", crm.ObjectLead),
			})
			if !errors.Is(results[0].Err, c.class) || len(d.queries) != c.finds {
				t.Errorf("update: %v after %d reads, want %v after %d", results[0].Err, len(d.queries), c.class, c.finds)
			}
			if c.stops != errors.Is(results[1].Err, c.class) || c.stops != errors.Is(err, c.class) {
				t.Errorf("create: %v, %v; stops: %v", results[1].Err, err, c.stops)
			}
		})
	}
}

// TestApplyLostUpdates: an update of unknown outcome is read before it is sent
// again, and stays unknown when it cannot be.
func TestApplyLostUpdates(t *testing.T) {
	d := &stub{write: func([]crm.Write) ([]crm.Result, error) { return nil, failure(crm.ErrUnknownOutcome) }}
	d.find = func(qs []crm.Query) ([]crm.Page, error) {
		if len(d.batches) > 0 {
			return nil, &crm.Error{Op: "find", Class: crm.ErrDenied}
		}
		return echo(nil)(qs)
	}
	c, _ := newClient(d)
	r := mustApply(t, c, newUpdate("u", "1", crm.Fields{"Title": "CEO"}))[0]
	if crm.ClassOf(r.Err) != crm.ErrUnknownOutcome || !errors.Is(r.Err, crm.ErrDenied) || len(d.batches) != 1 {
		t.Errorf("got %v after %d writes, want %v after one", r.Err, len(d.batches), crm.ErrUnknownOutcome)
	}

	d = &stub{find: echo(nil), write: func([]crm.Write) ([]crm.Result, error) { return nil, failure(crm.ErrUnknownOutcome) }}
	c, _ = newClient(d)
	r = mustApply(t, c, newUpdate("u", "1", crm.Fields{"Title": "CEO"}))[0]
	if crm.ClassOf(r.Err) != crm.ErrUnknownOutcome || len(d.batches) != 3 {
		t.Errorf("got %v after %d writes, want %v after three", r.Err, len(d.batches), crm.ErrUnknownOutcome)
	}
}

// TestApplyQuotaAfterALostAnswer: what was sent stays unknown, the rest is told
// why it was not.
func TestApplyQuotaAfterALostAnswer(t *testing.T) {
	d := &stub{limits: crm.Limits{Writes: 1}}
	d.write = func([]crm.Write) ([]crm.Result, error) { return nil, failure(crm.ErrUnknownOutcome) }
	d.landed = func(crm.Object, []crm.Key) (map[crm.Key]string, error) { return nil, failure(crm.ErrQuota) }
	c, _ := newClient(d)
	results := mustApply(t, c, newWrite("a", crm.ObjectLead), newWrite("b", crm.ObjectLead))
	if crm.ClassOf(results[0].Err) != crm.ErrUnknownOutcome || crm.ClassOf(results[1].Err) != crm.ErrQuota {
		t.Errorf("got %v and %v", results[0].Err, results[1].Err)
	}
	if len(d.batches) != 1 || c.Calls().Landed != 1 {
		t.Errorf("%+v, want one write and one look-up", c.Calls())
	}
}

func TestApplyLinksThatCannotBeLookedUp(t *testing.T) {
	schema := func(o crm.Object) (crm.Schema, error) {
		return crm.Schema{Object: o, Fields: []crm.Field{
			{Name: "Ref0__c", Type: crm.TypeReference, RefersTo: []crm.Object{crm.ObjectUser, crm.ObjectAccount, crm.ObjectLead}},
		}}, nil
	}
	batch := []crm.Write{newWrite("a", crm.ObjectContact, "gone"), newWrite("b", crm.ObjectContact, "gone"), newWrite("c", crm.ObjectLead)}
	t.Run("describe fails", func(t *testing.T) {
		d := &stub{describe: func(crm.Object) (crm.Schema, error) { return crm.Schema{}, failure(crm.ErrDenied) }}
		c, _ := newClient(d)
		results := mustApply(t, c, batch...)
		if crm.ClassOf(results[0].Err) != crm.ErrDenied || crm.ClassOf(results[1].Err) != crm.ErrDenied || results[2].Err != nil {
			t.Errorf("got %v, %v, %v", results[0].Err, results[1].Err, results[2].Err)
		}
		if n := c.Calls().Describe; n != 1 {
			t.Errorf("%d describe calls, want 1", n)
		}
	})
	t.Run("the look-up fails", func(t *testing.T) {
		d := &stub{describe: schema, landed: func(crm.Object, []crm.Key) (map[crm.Key]string, error) {
			return nil, failure(crm.ErrUnavailable)
		}}
		c, _ := newClient(d)
		results := mustApply(t, c, batch...)
		if crm.ClassOf(results[0].Err) != crm.ErrUnavailable || !crm.Retryable(results[1].Err) || results[2].Err != nil {
			t.Errorf("got %v, %v, %v", results[0].Err, results[1].Err, results[2].Err)
		}
	})
	t.Run("only objects with keys are asked", func(t *testing.T) {
		var asked []crm.Object
		d := &stub{describe: schema, landed: func(o crm.Object, _ []crm.Key) (map[crm.Key]string, error) {
			asked = append(asked, o)
			return map[crm.Key]string{"gone": "id-gone"}, nil
		}}
		c, _ := newClient(d)
		results := mustApply(t, c, batch...)
		if results[0].Err != nil || !slices.Equal(asked, []crm.Object{crm.ObjectAccount, crm.ObjectLead}) {
			t.Errorf("got %v after asking %v", results[0].Err, asked)
		}
	})
}

// TestApplyCost: a thousand moves, each an account, a contact, an event and the
// mark on the past record, in Salesforce's limits.
func TestApplyCost(t *testing.T) {
	d := &stub{limits: crm.Limits{Queries: 5, Values: 200, Writes: 200, Keys: 200}, find: echo(nil)}
	c, _ := newClient(d)
	var batch []crm.Write
	for i := range 1000 {
		n := fmt.Sprintf("%04d", i)
		firm, person := crm.Key("a"+n), crm.Key("c"+n)
		batch = append(batch,
			newWrite("e"+crm.Key(n), crm.ObjectJobChange, person, firm),
			newUpdate("u"+crm.Key(n), "past"+n, crm.Fields{"Left_Company__c": "true"}),
			newWrite(person, crm.ObjectContact, firm), newWrite(firm, crm.ObjectAccount))
	}
	for i, r := range mustApply(t, c, batch...) {
		if r.Err != nil || r.ID == "" {
			t.Fatalf("write %d: %+v", i, r)
		}
	}
	if n := c.Calls(); n.Write != 20 || n.Find != 1 || n.Total() != 21 {
		t.Errorf("%+v, want 4000 writes in 20 calls after one read", n)
	}
}

func TestApplyEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	d := &stub{}
	c, _ := newClient(d)
	results, err := c.Apply(ctx, []crm.Write{newWrite("a", crm.ObjectLead), newUpdate("u", "1", nil)})
	if !errors.Is(err, context.Canceled) || crm.ClassOf(err) != crm.ErrUnavailable || len(results) != 2 {
		t.Fatalf("%d results, %v", len(results), err)
	}
	for _, r := range results {
		if !errors.Is(r.Err, context.Canceled) || crm.ClassOf(r.Err) != crm.ErrUnavailable {
			t.Errorf("result %v, want the context's error in %v", r.Err, crm.ErrUnavailable)
		}
	}
	if c.Calls().Total() != 0 {
		t.Errorf("%+v, want no calls", c.Calls())
	}
	if results, err := c.Apply(t.Context(), nil); err != nil || len(results) != 0 {
		t.Errorf("an empty batch: %v, %v", results, err)
	}
}

// TestApplyPausesOnce: many locked items share a pause, and the longest demand
// among them counts.
func TestApplyPausesOnce(t *testing.T) {
	d := &stub{}
	d.write = func(batch []crm.Write) ([]crm.Result, error) {
		out := created(batch)
		if len(d.batches) == 1 {
			out[0] = crm.Result{Err: failure(crm.ErrLocked)}
			slow := failure(crm.ErrThrottled)
			slow.RetryAfter = 30 * time.Second
			out[1] = crm.Result{Err: slow}
			out[2] = crm.Result{Err: failure(crm.ErrLocked)}
		}
		return out, nil
	}
	c, slept := newClient(d)
	mustApply(t, c, newWrite("a", crm.ObjectLead), newWrite("b", crm.ObjectLead),
		newWrite("c", crm.ObjectLead), newWrite("d", crm.ObjectLead))
	if want := [][]crm.Key{{"a", "b", "c", "d"}, {"a", "b", "c"}}; !slices.EqualFunc(d.batches, want, slices.Equal) {
		t.Errorf("writes %v, want %v", d.batches, want)
	}
	if len(*slept) != 1 || (*slept)[0] < 30*time.Second {
		t.Errorf("pauses %v, want one of 30 s", *slept)
	}
}
