package adapter

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/routing"
)

// A secret was wrong for three hours. Once it is mended, what was refused is
// admitted, and only what really was signed with it.
func TestAD17MendedSecret(t *testing.T) {
	b := newHubBench(t, func(o *Options, _ *contactBook) {
		o.HubSpot.Secrets = []SigningKey{{Value: secretOf(t, "not the secret of this app at all")}}
		o.Feeds = []FeedOptions{{Name: "vendor", Keys: []SigningKey{{Value: secretOf(t, vectorShared)}}}}
	})
	const broken, stale = `[{"eventId":`, `[{"eventId":2}]`
	for name, r := range map[string]Request{
		"D13": readCase(t, "D13").req, "D24": readCase(t, "D24").req, "D29": readCase(t, "D29").req,
		"a forgery": readCase(t, "D20").req,
		"no JSON":   signedV3(contractSecret, "POST", "/hubspot/webhooks", broken, contractClock),
		"stale":     signedV3(contractSecret, "POST", "/hubspot/webhooks", stale, contractClock-300_001),
	} {
		if got := b.send(r); got.Code != 401 {
			t.Fatalf("%s: %d", name, got.Code)
		}
	}
	b.opt.HubSpot = contractHubSpot(t)
	b.now.Store(contractClock + 3*3600_000)
	got, err := b.Readmit(t.Context(), "")
	want := ReadmitReport{Admitted: 3, Events: 3, Invalid: 1, Refused: 1} // what was too old when it came was not kept
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if n := len(b.records(t)); n != 3 {
		t.Errorf("%d stored", n)
	}
	got, err = b.Readmit(t.Context(), "")
	if diff := cmp.Diff(ReadmitReport{Refused: 1}, got); err != nil || diff != "" {
		t.Errorf("again: %v (-want +got):\n%s", err, diff)
	}
}

func TestAD17OlderThan72HoursIsGone(t *testing.T) {
	b := newHubBench(t, func(o *Options, _ *contactBook) {
		o.HubSpot.Secrets = []SigningKey{{Value: secretOf(t, "not the secret of this app at all")}}
	})
	b.send(readCase(t, "D13").req)
	b.opt.HubSpot = contractHubSpot(t)
	b.now.Store(contractClock + (72 * time.Hour).Milliseconds() + 1)
	got, err := b.Readmit(t.Context(), "hubspot-webhooks")
	if diff := cmp.Diff(ReadmitReport{Expired: 1}, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if n := len(b.records(t)); n != 0 {
		t.Errorf("%d stored", n)
	}
}

// One source alone is verified again when it is named, and a ledger in trouble loses
// nothing.
func TestAD17OneSourceAndALedgerInTrouble(t *testing.T) {
	down := &switchedLedger{}
	b := newHubBench(t, func(o *Options, _ *contactBook) {
		o.HubSpot.Secrets = []SigningKey{{Value: secretOf(t, "not the secret of this app at all")}}
		down.Ledger = o.Ledger
		o.Ledger = down
	})
	b.send(readCase(t, "D13").req)
	b.send(readCase(t, "D29").req)
	b.opt.HubSpot = contractHubSpot(t)
	down.off = true
	if _, err := b.Readmit(t.Context(), "hubspot-webhooks"); err == nil {
		t.Error("trouble went unnoticed")
	}
	down.off = false
	got, err := b.Readmit(t.Context(), "hubspot-webhooks")
	if diff := cmp.Diff(ReadmitReport{Admitted: 1, Events: 1}, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	left, err := b.store.Refused(t.Context(), "")
	if err != nil || len(left) != 1 || left[0].Source != "hubspot-workflow" {
		t.Errorf("%d left, %v", len(left), err)
	}
}

// switchedLedger can be switched off.
type switchedLedger struct {
	routing.Ledger
	off bool
}

func (l *switchedLedger) Accept(ctx context.Context, ds []routing.Delivery) ([]routing.Accepted, error) {
	if l.off {
		return nil, errors.New("disk full")
	}
	return l.Ledger.Accept(ctx, ds)
}
