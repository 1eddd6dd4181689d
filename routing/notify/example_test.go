package notify_test

import (
	"context"
	"fmt"
	"time"

	"github.com/onward-crm/onward/dri/digest"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/notify"
)

// printer is a sender that prints.
type printer struct{}

func (printer) Name() string { return "printer" }

func (printer) Send(_ context.Context, m notify.Message) error {
	fmt.Println(m.Key, "to", m.To.Name+":", m.Content.Subject)
	return nil
}

func ExampleDigests_Run() {
	ledger := &records{all: []routing.Record{moved("1AYA2", "2026-11-18T10:00:00Z", joins(una))}}
	courier, err := notify.NewCourier([]notify.Sender{printer{}}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	digests, err := notify.NewDigests(notify.DigestsOptions{
		Records: ledger, Directory: directory{}, Sent: notify.NewMemSent(), Courier: courier, Schedule: digest.Schedule{Zone: time.UTC, Hour: 7},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 2 {
		report, err := digests.Run(context.Background(), time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC))
		fmt.Println(report.Sent, report.Done, err)
	}
	// Output:
	// digest:005RM0000000u1AYAQ:2026-W48 to Una Berg: 1 joined · 16 – 22 Nov 2026
	// summary:005RM0000000m1AYAQ:2026-W48 to Mia Long: Your team: 1 joined · 16 – 22 Nov 2026
	// 2 false <nil>
	// 0 true <nil>
}
