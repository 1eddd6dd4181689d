// Moves plays all of onward from one end to the other: people are imported, one of
// them changes jobs in HubSpot, and it ends with a contact in Salesforce, an e-mail to
// whoever is responsible, and the result back in HubSpot. HubSpot, Salesforce and the
// mail server are in this process, and everything between them goes over the wire.
//
//	go run ./examples/moves
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, w io.Writer) (err error) {
	o, err := start(ctx)
	defer func() { err = errors.Join(err, o.Close()) }()
	if err != nil {
		return err
	}
	for i, step := range []struct {
		what string
		do   func(context.Context, io.Writer) error
	}{
		{"people are imported", o.importPeople},
		{"two of HubSpot's contacts move", o.webhook},
		{"the tracked one is recognised, and the move decided and written", o.work},
		{"in Salesforce", o.records},
		{"a job-change credit is used", o.used},
		{"half an hour later it is found out who is responsible", o.responsible},
		{"on Monday they are told", o.weekly},
		{"HubSpot learns what became of it", o.writeBack},
	} {
		fmt.Fprintf(w, "%d. %s\n", i+1, step.what)
		if err := step.do(ctx, w); err != nil {
			return err
		}
	}
	return nil
}
