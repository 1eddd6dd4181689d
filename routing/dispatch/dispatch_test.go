package dispatch_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/dispatch"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/sponsor"
)

// world takes everything that is sent, and fails as it is told.
type world struct {
	events  []string
	records []crm.Key
	told    []string
	wakes   int

	accept func([]routing.Event) error
	write  error
	tell   error
	short  bool
	deny   crm.Key // with it in a call the CRM refuses the call
}

func (w *world) Accept(_ context.Context, evs []routing.Event) ([]routing.Accepted, error) {
	if w.accept != nil {
		if err := w.accept(evs); err != nil {
			return nil, err
		}
	}
	for _, ev := range evs {
		w.events = append(w.events, ev.ID)
	}
	return make([]routing.Accepted, len(evs)), nil
}

func (w *world) Send(_ context.Context, es []sponsor.Effect) ([]error, error) {
	if w.write != nil || w.short {
		return nil, w.write
	}
	if w.deny != "" && slices.ContainsFunc(es, func(e sponsor.Effect) bool { return e.Key == w.deny }) {
		return nil, &crm.Error{Class: crm.ErrDenied}
	}
	for _, e := range es {
		w.records = append(w.records, e.Key)
	}
	return make([]error, len(es)), nil
}

func (w *world) Tell(_ context.Context, n sponsor.Notice) error {
	w.told = append(w.told, n.UserID)
	return w.tell
}

func (w *world) sender(t *testing.T, mode routing.Mode) *dispatch.Sender {
	t.Helper()
	s, err := dispatch.New(dispatch.Options{Engine: w, CRM: w, News: w, Mode: mode, Accepted: func() { w.wakes++ }})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func move(id string) sponsor.Effect {
	return sponsor.Effect{Key: crm.Key("k-" + id), Move: &sponsor.Move{
		ID: id, At: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), Person: tracking.Person{FirstName: "Jane", LastName: "Doe"},
		To: tracking.Position{Company: matching.Company{Name: "Beta"}},
	}}
}

// everything is one effect of each kind.
func everything() []sponsor.Effect {
	return []sponsor.Effect{
		{Key: "task", Task: &sponsor.Task{Reason: "Call"}}, move("m1"), {Key: "notice", Notice: &sponsor.Notice{UserID: "ann"}},
		{Key: "write", Write: &crm.Write{Key: "write"}}, move("m2"),
	}
}

func TestEverythingGoesWhereItBelongs(t *testing.T) {
	w := &world{}
	errs, err := w.sender(t, routing.ModeLive).Send(t.Context(), everything())
	if err != nil || errors.Join(errs...) != nil || len(errs) != 5 {
		t.Fatal(errs, err)
	}
	got := world{events: w.events, records: w.records, told: w.told, wakes: w.wakes}
	want := world{events: []string{"m1", "m2"}, records: []crm.Key{"task", "write"}, told: []string{"ann"}, wakes: 1}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(world{})); diff != "" {
		t.Error(diff)
	}
	if _, err := w.sender(t, routing.ModeLive).Send(t.Context(), nil); err != nil || w.wakes != 1 {
		t.Errorf("nothing: %v, %d wakes", err, w.wakes)
	}
}

// TestOtherModesOnlyLookOn: the engine heeds the mode of moves; nothing else leaves.
func TestOtherModesOnlyLookOn(t *testing.T) {
	for _, mode := range []routing.Mode{routing.ModeShadow, routing.ModeDry} {
		w := &world{}
		errs, err := w.sender(t, mode).Send(t.Context(), everything())
		if err != nil || len(w.events) != 2 || len(w.records)+len(w.told) != 0 {
			t.Errorf("%s: %v, %+v", mode, err, w)
		}
		for i, off := range []bool{true, false, true, true, false} {
			if errors.Is(errs[i], sponsor.ErrOff) != off {
				t.Errorf("%s: effect %d: %v", mode, i, errs[i])
			}
		}
	}
}

// TestTroubleIsEachOnesOwn: a CRM that is away, a channel that is away, a ledger that is
// away.
func TestTroubleIsEachOnesOwn(t *testing.T) {
	w := &world{write: &crm.Error{Class: crm.ErrUnavailable}, tell: errors.New("later")}
	errs, err := w.sender(t, routing.ModeLive).Send(t.Context(), everything())
	if err != nil || !errors.Is(errs[0], crm.ErrUnavailable) || !errors.Is(errs[3], crm.ErrUnavailable) || errs[1] != nil || !errors.Is(errs[2], w.tell) {
		t.Errorf("%v, %v", errs, err)
	}
	w = &world{short: true}
	if errs, err := w.sender(t, routing.ModeLive).Send(t.Context(), everything()); err != nil || errs[0] == nil || errs[3] == nil {
		t.Errorf("a short answer: %v, %v", errs, err)
	}
	down := errors.New("down")
	w = &world{accept: func([]routing.Event) error { return down }}
	if _, err := w.sender(t, routing.ModeLive).Send(t.Context(), everything()); !errors.Is(err, down) || len(w.records)+len(w.told) != 0 {
		t.Errorf("a ledger that is away: %v, %+v", err, w)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (&world{}).sender(t, routing.ModeLive).Send(ctx, everything()); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
}

// TestOneRefusedTaskStopsNoOther: a call that the CRM refuses is tried effect by effect.
func TestOneRefusedTaskStopsNoOther(t *testing.T) {
	w := &world{deny: "task"}
	errs, err := w.sender(t, routing.ModeLive).Send(t.Context(), everything())
	if err != nil || !errors.Is(errs[0], crm.ErrDenied) || errs[3] != nil || len(w.records) != 1 || w.records[0] != "write" {
		t.Errorf("%v, %v, written %v", errs, err, w.records)
	}
}

// TestOneBadMoveStopsNoOther: what is no event is given up, and the rest is accepted.
func TestOneBadMoveStopsNoOther(t *testing.T) {
	w := &world{accept: func(evs []routing.Event) error {
		for _, ev := range evs {
			if ev.To == nil {
				return &routing.EventError{Problems: []routing.FieldProblem{{Field: "to", Message: "missing"}}}
			}
		}
		return nil
	}}
	es := everything()
	es[1].Move.To = tracking.Position{}
	errs, err := w.sender(t, routing.ModeLive).Send(t.Context(), es)
	if err != nil || !errors.Is(errs[1], crm.ErrInvalid) || crm.Retryable(errs[1]) || errs[4] != nil || len(w.events) != 1 {
		t.Errorf("%v, %v, %v", errs, err, w.events)
	}
}

func TestPartsAreNeeded(t *testing.T) {
	for _, o := range []dispatch.Options{{}, {Engine: &world{}}, {CRM: &world{}}} {
		if _, err := dispatch.New(o); err == nil {
			t.Errorf("made of %+v", o)
		}
	}
	s, err := dispatch.New(dispatch.Options{Engine: &world{}, CRM: &world{}, Mode: routing.ModeLive})
	if err != nil {
		t.Fatal(err)
	}
	if errs, _ := s.Send(t.Context(), everything()); !errors.Is(errs[2], sponsor.ErrOff) || errs[1] != nil {
		t.Errorf("without channels: %v", errs)
	}
}
