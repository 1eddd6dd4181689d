package notify_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/routing/notify"
)

func TestCourierRoutes(t *testing.T) {
	type class = error
	for _, row := range []struct {
		name        string
		first, then class
		patient     bool
		want        notify.Delivery
	}{
		{"the first takes it", nil, nil, true, notify.Delivery{State: notify.StateSent, Channel: "a"}},
		{"DR17 the first does not know them", notify.ErrUnreachable, nil, true, notify.Delivery{State: notify.StateSent, Channel: "b", Reason: "a: x"}},
		{"the first refuses", notify.ErrRefused, nil, true, notify.Delivery{State: notify.StateSent, Channel: "b", Reason: "a: x"}},
		{"the first lets nobody in", notify.ErrDenied, nil, true, notify.Delivery{State: notify.StateSent, Channel: "b", Reason: "a: x"}},
		{"the first is away, and may have taken it", notify.ErrAway, nil, true, notify.Delivery{State: notify.StateDelayed, Reason: "a: x"}},
		{"the first is away for too long", notify.ErrAway, nil, false, notify.Delivery{State: notify.StateSent, Channel: "b", Reason: "a: x"}},
		{"nobody knows them", notify.ErrUnreachable, notify.ErrUnreachable, true, notify.Delivery{State: notify.StateFailed, Reason: "a: x, b: x"}},
		{"nobody takes it", notify.ErrUnreachable, notify.ErrRefused, true, notify.Delivery{State: notify.StateFailed, Reason: "a: x, b: x"}},
		{"somebody has to mend the last", notify.ErrUnreachable, notify.ErrDenied, true, notify.Delivery{State: notify.StateDelayed, Reason: "a: x, b: x"}},
		{"the last is away", notify.ErrUnreachable, notify.ErrAway, true, notify.Delivery{State: notify.StateDelayed, Reason: "a: x, b: x"}},
		{"both are away", notify.ErrAway, notify.ErrAway, false, notify.Delivery{State: notify.StateDelayed, Reason: "a: x, b: x"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			a, b := &postman{name: "a"}, &postman{name: "b"}
			if row.first != nil {
				a.says = always(row.first, "x")
			}
			if row.then != nil {
				b.says = always(row.then, "x")
			}
			got := courier(t, once, a, b).Round().Deliver(t.Context(), notify.Message{Key: "k"}, row.patient)
			if d := cmp.Diff(row.want, got); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

// TestRetries: what is away is tried again after a pause that grows, or as long as it
// wants; one that wants to be left alone for long is.
func TestRetries(t *testing.T) {
	for _, row := range []struct {
		name      string
		after     time.Duration
		heals     int
		calls     int
		state     notify.State
		from, to  time.Duration
		wantAfter time.Duration
	}{
		{"heals at once", 0, 2, 2, notify.StateSent, 2 * time.Second, 3 * time.Second, 0},
		{"heals at the third try", 0, 3, 3, notify.StateSent, 6 * time.Second, 8 * time.Second, 0},
		{"does not heal", 0, 9, 3, notify.StateDelayed, 6 * time.Second, 8 * time.Second, 0},
		{"says how long", 20 * time.Second, 2, 2, notify.StateSent, 20 * time.Second, 20 * time.Second, 0},
		{"for too long", time.Minute, 2, 1, notify.StateDelayed, 0, 0, time.Minute},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &postman{name: "mail", says: func(n int, _ notify.Message) error {
					if n >= row.heals {
						return nil
					}
					return &notify.SendError{Channel: "mail", Class: notify.ErrAway, Reason: "http_429", After: row.after}
				}}
				began := time.Now()
				got := courier(t, nil, p).Round().Deliver(t.Context(), notify.Message{}, true)
				took := time.Since(began)
				if got.State != row.state || p.calls != row.calls || got.After != row.wantAfter || took < row.from || took > row.to {
					t.Errorf("%s after %d tries and %s, to be left alone for %s", got.State, p.calls, took, got.After)
				}
			})
		})
	}
}

// TestFinalIsFinal: what is not an outage is tried once.
func TestFinalIsFinal(t *testing.T) {
	for _, class := range []error{notify.ErrUnreachable, notify.ErrRefused, notify.ErrDenied} {
		p := &postman{name: "mail", says: always(class, "x")}
		courier(t, nil, p).Round().Deliver(t.Context(), notify.Message{}, true)
		if p.calls != 1 {
			t.Errorf("%v: %d tries", class, p.calls)
		}
	}
}

// hangs never answers.
type hangs struct{}

func (hangs) Name() string { return "hangs" }

func (hangs) Send(ctx context.Context, _ notify.Message) error {
	<-ctx.Done()
	return ctx.Err()
}

// breaks gives an error without a class.
type breaks struct{}

func (breaks) Name() string { return "breaks" }

func (breaks) Send(context.Context, notify.Message) error {
	return errors.New("una@example.com: password 4711")
}

func TestTimeouts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		got := courier(t, &notify.CourierOptions{Timeout: 3 * time.Second, Tries: 1}, hangs{}).Round().Deliver(t.Context(), notify.Message{}, true)
		if got.State != notify.StateDelayed || got.Reason != "hangs: timeout" || time.Since(began) != 3*time.Second {
			t.Errorf("%+v after %s", got, time.Since(began))
		}
	})
	got := courier(t, once, breaks{}).Round().Deliver(t.Context(), notify.Message{}, true)
	if got.State != notify.StateDelayed || got.Reason != "breaks: unknown" {
		t.Errorf("an error without a class: %+v", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := courier(t, nil, hangs{}, &postman{name: "b"}).Round().Deliver(ctx, notify.Message{}, false); got.State != notify.StateDelayed {
		t.Errorf("when we go: %+v", got)
	}
}

// TestRoundsLearn: a channel that is down, or lets nobody in, is not tried for all.
func TestRoundsLearn(t *testing.T) {
	denied, away, last := &postman{name: "denied", says: always(notify.ErrDenied, "invalid_auth")}, &postman{name: "away", says: always(notify.ErrAway, "timeout")}, &postman{name: "last"}
	c := courier(t, once, denied, away, last)
	round := c.Round()
	for range 5 {
		if got := round.Deliver(t.Context(), notify.Message{}, false); got.Channel != "last" {
			t.Errorf("%+v", got)
		}
	}
	if denied.calls != 1 || away.calls != 2 || last.calls != 5 {
		t.Errorf("tried %d, %d and %d times", denied.calls, away.calls, last.calls)
	}
	c.Round().Deliver(t.Context(), notify.Message{}, false)
	if denied.calls != 2 || away.calls != 3 {
		t.Errorf("a new round tries again: %d and %d times", denied.calls, away.calls)
	}
	busy := &postman{name: "busy", says: func(n int, _ notify.Message) error {
		if n%2 == 1 {
			return always(notify.ErrAway, "smtp_450")(0, notify.Message{})
		}
		return nil
	}}
	round = courier(t, once, busy).Round()
	for range 8 {
		round.Deliver(t.Context(), notify.Message{}, true)
	}
	if busy.calls != 8 {
		t.Errorf("a channel that is busy now and then was tried %d times", busy.calls)
	}
}

// TestLogsHoldNoPerson: the reason is logged, and nobody's address, name or secret.
func TestLogsHoldNoPerson(t *testing.T) {
	log, text := logged()
	m := notify.Message{Key: "digest:005u1:2026-W48", To: notify.Recipient{Name: "Una", Email: "una@example.com"}}
	c := courier(t, &notify.CourierOptions{Tries: 1, Logger: log}, &postman{name: "slack", says: always(notify.ErrUnreachable, "users_not_found")}, breaks{},
		&postman{name: "webhook", says: always(notify.ErrDenied, "http_404_no_service")})
	c.Round().Deliver(t.Context(), m, false)
	for _, want := range []string{"users_not_found", "channel=slack", "digest:005u1:2026-W48", "mend its configuration"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, text)
		}
	}
	for _, secret := range []string{"Una", "una@", "4711"} {
		if strings.Contains(text.String(), secret) {
			t.Errorf("the log has %q:\n%s", secret, text)
		}
	}
}

func TestNewCourier(t *testing.T) {
	if _, err := notify.NewCourier(nil, nil); err == nil {
		t.Error("a courier without channels")
	}
	if _, err := notify.NewCourier([]notify.Sender{&postman{name: "mail"}, &postman{name: "mail"}}, nil); err == nil || !strings.Contains(err.Error(), "mail") {
		t.Errorf("two channels with one name: %v", err)
	}
}
