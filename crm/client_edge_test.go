package crm_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/onward-crm/onward/crm"
)

// TestApplyOutlivesHiccups: only failures in a row end a batch, not their sum.
func TestApplyOutlivesHiccups(t *testing.T) {
	d := &stub{limits: crm.Limits{Writes: 1}}
	d.write = func(batch []crm.Write) ([]crm.Result, error) {
		if len(d.batches)%2 == 1 {
			return nil, failure(crm.ErrUnavailable)
		}
		return created(batch), nil
	}
	c, slept := newClient(d)
	var batch []crm.Write
	for i := range 8 {
		batch = append(batch, newWrite(crm.Key(fmt.Sprint(i)), crm.ObjectLead))
	}
	for i, r := range mustApply(t, c, batch...) {
		if r.Err != nil {
			t.Errorf("item %d: %v", i, r.Err)
		}
	}
	if len(*slept) != 8 {
		t.Errorf("%d pauses, want one for each of 8 failures", len(*slept))
	}
}

// TestApplyLooksEvenAfterTheLastAttempt: patience is for repeating; a look-up
// tells what the only attempt did.
func TestApplyLooksEvenAfterTheLastAttempt(t *testing.T) {
	d := &stub{
		write: func([]crm.Write) ([]crm.Result, error) { return nil, failure(crm.ErrUnknownOutcome) },
		landed: func(crm.Object, []crm.Key) (map[crm.Key]string, error) {
			return map[crm.Key]string{"a": "id-a"}, nil
		},
	}
	c := crm.NewClient(d, &crm.ClientOptions{MaxAttempts: 1, Sleep: noSleep})
	results := mustApply(t, c, newWrite("a", crm.ObjectLead), newWrite("b", crm.ObjectLead))
	if results[0].Err != nil || results[0].ID != "id-a" {
		t.Errorf("what landed: %+v", results[0])
	}
	if crm.ClassOf(results[1].Err) != crm.ErrUnknownOutcome || len(d.batches) != 1 {
		t.Errorf("what did not: %v after %d writes, want %v after one", results[1].Err, len(d.batches), crm.ErrUnknownOutcome)
	}
}

// TestApplyUnknownItemsEnd: an item whose own outcome is unknown, time and again,
// in calls that succeed.
func TestApplyUnknownItemsEnd(t *testing.T) {
	d := &stub{}
	d.write = func(batch []crm.Write) ([]crm.Result, error) {
		if len(d.batches) > 10 {
			t.Fatal("there is no end to it")
		}
		out := created(batch)
		out[0] = crm.Result{Err: failure(crm.ErrUnknownOutcome)}
		return out, nil
	}
	c, _ := newClient(d)
	results := mustApply(t, c, newWrite("a", crm.ObjectLead), newWrite("b", crm.ObjectLead))
	if crm.ClassOf(results[0].Err) != crm.ErrUnknownOutcome || results[1].Err != nil || len(d.batches) != 3 {
		t.Errorf("got %v and %v after %d writes, want %v after three",
			results[0].Err, results[1].Err, len(d.batches), crm.ErrUnknownOutcome)
	}
}

// TestApplyUnsentIsNotUnknown: when lost answers end a batch, what never left is
// known not to be there.
func TestApplyUnsentIsNotUnknown(t *testing.T) {
	d := &stub{limits: crm.Limits{Writes: 1}}
	d.write = func([]crm.Write) ([]crm.Result, error) { return nil, failure(crm.ErrUnknownOutcome) }
	c, _ := newClient(d)
	results := mustApply(t, c, newWrite("a", crm.ObjectLead), newWrite("b", crm.ObjectLead))
	if crm.ClassOf(results[0].Err) != crm.ErrUnknownOutcome {
		t.Errorf("what was sent: %v, want %v", results[0].Err, crm.ErrUnknownOutcome)
	}
	if crm.ClassOf(results[1].Err) != crm.ErrUnavailable || errors.Is(results[1].Err, crm.ErrUnknownOutcome) {
		t.Errorf("what was not: %v, want %v alone", results[1].Err, crm.ErrUnavailable)
	}
	if len(d.batches) != 3 {
		t.Errorf("%d writes, want 3", len(d.batches))
	}
}

func TestApplyTakesBothFormsOfAnID(t *testing.T) {
	const short, long = "003RM0000068xV6", "003RM0000068xV6YAI"
	d := &stub{find: func(qs []crm.Query) ([]crm.Page, error) {
		return []crm.Page{{Records: []crm.Record{{ID: long, Fields: crm.Fields{"ReportsToId": long}}}}}, nil
	}}
	c, _ := newClient(d)
	results := mustApply(t, c,
		newUpdate("a", short, crm.Fields{"ReportsToId": short}),
		newUpdate("b", short, crm.Fields{"Title": "CTO"}),
		newUpdate("c", long, crm.Fields{"Title": "CEO"}))
	if len(results[0].Changed) != 0 || results[0].ID != long {
		t.Errorf("the same id in its other form: %+v, want nothing changed", results[0])
	}
	if want := [][]crm.Key{{"b"}, {"c"}}; !slices.EqualFunc(d.batches, want, slices.Equal) {
		t.Errorf("writes %v, want %v: one record's updates apart, in order", d.batches, want)
	}
}

func TestApplySharesNoMaps(t *testing.T) {
	d := &stub{find: echo(crm.Fields{"Title": "CTO"})}
	c, _ := newClient(d)
	w := newUpdate("u", "1", crm.Fields{"Title": "CEO"})
	results := mustApply(t, c, w, w)
	results[0].Before["Title"], results[0].Changed["Title"] = "x", "y"
	if results[1].Before["Title"] != "CTO" || results[1].Changed["Title"] != "CEO" || w.Set["Title"] != "CEO" {
		t.Errorf("a change of one result is seen in another: %+v", results[1])
	}
}
