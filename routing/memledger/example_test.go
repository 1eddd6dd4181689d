package memledger_test

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/memledger"
)

func ExampleLedger() {
	ctx := context.Background()
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	ledger := memledger.New()

	// The same report twice is one delivery.
	reports := []routing.Delivery{{Key: "feed:42", OccurredAt: now, ReceivedAt: now}}
	for range 2 {
		accepted, _ := ledger.Accept(ctx, reports)
		fmt.Println("new:", accepted[0].New)
	}

	// It is worked on once.
	claims, _ := ledger.Claim(ctx, routing.ClaimOrder{Now: now, N: 10, Lease: time.Minute})
	_, _ = ledger.Finish(ctx, []routing.Finish{{
		Fence:  claims[0].Fence,
		Result: routing.Outcome{Status: routing.StatusDone, What: routing.WhatLead},
		At:     now,
	}})
	claims, _ = ledger.Claim(ctx, routing.ClaimOrder{Now: now.Add(time.Hour), N: 10, Lease: time.Minute})
	fmt.Println("left:", len(claims))
	// Output:
	// new: true
	// new: false
	// left: 0
}

func ExampleLedger_Save() {
	ctx := context.Background()
	ledger := memledger.New()
	_, _ = ledger.Accept(ctx, []routing.Delivery{{Key: "feed:42"}})

	var file bytes.Buffer
	if err := ledger.Save(&file); err != nil {
		fmt.Println(err)
	}
	later, err := memledger.Load(&file)
	if err != nil {
		fmt.Println(err)
		return
	}
	accepted, _ := later.Accept(ctx, []routing.Delivery{{Key: "feed:42"}})
	fmt.Println("new:", accepted[0].New)
	// Output:
	// new: false
}
