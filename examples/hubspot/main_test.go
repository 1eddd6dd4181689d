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
	// HubSpot is told: {"received":3,"accepted":1,"duplicates":1,"ignored":1}
	// one byte more: 401 bad_signature: signature does not match
	// done: contact_created 003000000000001AAA, because account_matched
	//   - kind: moved
	//   - account: exact host (001000000000001AAA)
	//   - owner: first choice (005000000000001AAA)
	//   - strategy: account matched (Contact)
	//   - dri: first choice (005000000000001AAA)
	//   candidate 1: 001000000000001AAA Contoso, exact_host, confidence 1.00
}
