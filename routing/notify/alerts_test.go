package notify_test

import (
	"errors"
	"testing"
	"time"

	"github.com/onward-crm/onward/dri/digest"
	"github.com/onward-crm/onward/routing/notify"
)

func TestAlerts(t *testing.T) {
	mail := &postman{name: "mail"}
	a := notify.Alerts{Directory: directory{}, Sent: notify.NewMemSent(), Courier: courier(t, once, mail)}
	alert := func(user string, rows ...digest.Row) digest.Message {
		return digest.Alert(digest.Party{ID: user}, "3 missing champions", "They won deals, and nobody tracks them.", rows)
	}
	row := digest.Row{Person: digest.Party{Name: "Ana"}}
	for _, step := range []struct {
		name, when, key string
		message         digest.Message
		says            error
		want            notify.State
		calls           int
	}{
		{"mail is away", "2026-11-23T07:00:00Z", "missing:2026-W48", alert(mia, row), notify.ErrAway, notify.StateDelayed, 1},
		{"not due again", "2026-11-23T07:04:00Z", "missing:2026-W48", alert(mia, row), nil, notify.StateDelayed, 1},
		{"mail is back", "2026-11-23T07:05:00Z", "missing:2026-W48", alert(mia, row), nil, notify.StateSent, 2},
		{"once a week", "2026-11-24T07:00:00Z", "missing:2026-W48", alert(mia, row), nil, notify.StateSent, 2},
		{"the week after", "2026-11-30T07:00:00Z", "missing:2026-W49", alert(mia, row), nil, notify.StateSent, 3},
		{"another user", "2026-11-30T07:00:00Z", "missing:2026-W49", alert(una, row), nil, notify.StateSent, 4},
		{"nothing to tell", "2026-12-07T07:00:00Z", "missing:2026-W50", alert(mia), nil, notify.StateFailed, 4},
		{"nobody", "2026-12-07T07:00:00Z", "missing:2026-W50", alert("005RM0000000x1AYAQ", row), nil, notify.StateFailed, 4},
		{"somebody who has left", "2026-12-07T07:00:00Z", "missing:2026-W50", alert(gone, row), nil, notify.StateFailed, 4},
	} {
		mail.says = nil
		if step.says != nil {
			mail.says = always(step.says, "x")
		}
		got, err := a.Send(t.Context(), at(step.when), step.key, step.message)
		if err != nil || got != step.want || mail.calls != step.calls {
			t.Errorf("%s: %s, %v, %d calls, want %s, %d", step.name, got, err, mail.calls, step.want, step.calls)
		}
	}
	if m := mail.got[0]; m.Key != "alert:"+mia+":missing:2026-W48" || m.To != (notify.Recipient{UserID: mia, Name: "Mia Long", Email: "mia@example.com"}) || m.Content.To.Name != "Mia Long" {
		t.Errorf("sent %+v", m)
	}
	a.Directory = directory{errBroken}
	if _, err := a.Send(t.Context(), time.Now(), "x", alert(mia, row)); !errors.Is(err, errBroken) {
		t.Errorf("directory: %v", err)
	}
	if _, err := (notify.Alerts{}).Send(t.Context(), time.Now(), "x", alert(mia, row)); err == nil {
		t.Error("alerts of nothing")
	}
}
