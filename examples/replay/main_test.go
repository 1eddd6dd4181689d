package main

import (
	"context"
	"os"
)

func Example() {
	if err := run(context.Background(), os.Stdout); err != nil {
		panic(err)
	}
	// Output:
	// feed:vendor/msg_2026w47#0: contact_created, because account_matched
	// feed:vendor/msg_2026w47#1: lead_created, because no_account
	// feed:vendor/msg_2026w47#2: contact_created, because account_matched
	//
	// with an account for every new company, and without interns:
	// feed:vendor/msg_2026w47#1: lead_created (no_account) → account_and_contact_created (no_account), credits 1 → 1
	// feed:vendor/msg_2026w47#2: contact_created (account_matched) → nothing (persona), credits 1 → 0
}
