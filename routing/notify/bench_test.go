package notify_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/dri/digest"
	"github.com/onward-crm/onward/routing/notify"
	"github.com/onward-crm/onward/routing/notify/letter"
)

// crowd is a directory of n active users with one manager for each ten.
type crowd struct{ directory }

func (crowd) Users(_ context.Context, ids []string) ([]crm.User, error) {
	out := make([]crm.User, len(ids))
	for i, id := range ids {
		out[i] = crm.User{ID: id, Name: "User " + id, Email: id + "@example.com", Active: true}
		if id[:4] == "005u" {
			out[i].ManagerID = "005m" + id[4:7]
		}
	}
	return out, nil
}

// renders is a sender that makes the letter and drops it.
type renders struct{}

func (renders) Name() string { return "mail" }

func (renders) Send(_ context.Context, m notify.Message) error {
	_, err := letter.Write(m.Content)
	return err
}

// BenchmarkRun makes and renders the digests of a week: 100,000 moves of 500 users, and
// 50 managers.
func BenchmarkRun(b *testing.B) {
	const moves, users = 100_000, 500
	ledger := &records{}
	for i := range moves {
		user := fmt.Sprintf("005u%04d", i%users)
		ledger.all = append(ledger.all, moved(fmt.Sprintf("%05dAAA", i), "2026-11-18T10:00:00Z", joins(user)))
	}
	courier, err := notify.NewCourier([]notify.Sender{renders{}}, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		d, err := notify.NewDigests(notify.DigestsOptions{
			Records: ledger, Directory: crowd{}, Sent: notify.NewMemSent(), Courier: courier, Schedule: digest.Schedule{Zone: time.UTC},
		})
		if err != nil {
			b.Fatal(err)
		}
		r, err := d.Run(b.Context(), time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC))
		if err != nil || r.Sent != users+users/10 {
			b.Fatalf("%+v, %v", r, err)
		}
	}
}
