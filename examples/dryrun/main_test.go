package main

import (
	"context"
	"os"
)

func Example() {
	if err := compare(context.Background(), os.Stdout); err != nil {
		panic(err)
	}
	// Output:
	// flow                 handed_to_flow (flow_callout), 0 writes
	// always-lead          lead_created (always_lead), 1 writes
	// contact-and-account  account_and_contact_created (no_account), 2 writes
	// contact-or-lead      lead_created (no_account), 1 writes
}
