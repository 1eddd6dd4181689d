// Replay answers the question "what would have been, had we decided by other rules?":
// it sends three moves to onward as a signed feed, lets them be done, and decides the
// stored events again under another configuration. Nothing is written by that.
//
//	go run ./examples/replay
//
// A running onward answers it by: onward inbox replay --under new.yaml
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/onward-crm/onward/adapter"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/tracking"
)

// moves are three people: one goes to an account that is in the CRM, one to a company
// that is not, one begins
// as an intern.
const moves = `{"events":[
	{"person":{"full_name":"Ada Okafor","email":"ada@fabrikam.com"},"to":{"company":"Contoso","domain":"contoso.com","title":"CTO"},"relationship":"User"},
	{"person":{"full_name":"Bo Lind","email":"bo@fabrikam.com"},"to":{"company":"Tailspin Toys","domain":"tailspintoys.com","title":"Buyer"},"relationship":"User"},
	{"person":{"full_name":"Cy Moss","email":"cy@fabrikam.com"},"to":{"company":"Contoso","domain":"contoso.com","title":"Intern"},"relationship":"User"}]}`

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, w io.Writer) error {
	dir, err := os.MkdirTemp("", "onward-replay-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	o, err := start(ctx, dir)
	if err != nil {
		return err
	}
	defer o.Close()
	if err := o.send(ctx, moves, time.Now()); err != nil {
		return err
	}
	// In a service durable.Runner does this as soon as something was accepted.
	if _, err := o.engine.Drain(ctx); err != nil {
		return err
	}
	for record, err := range o.ledger.Records(ctx, routing.Filter{}) {
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s: %s, because %s\n", record.Key, record.Outcome.What, record.Outcome.Reason)
	}
	other, err := otherPolicy(o.engine.Policy().Config())
	if err != nil {
		return err
	}
	fmt.Fprintln(w, "\nwith an account for every new company, and without interns:")
	for d, err := range o.engine.Replay(ctx, other, routing.Filter{}) {
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s: %s (%s) → %s (%s), credits %d → %d\n", d.Key, d.Was.What, d.Was.Reason, d.Now.What, d.Now.Reason, d.Was.Credits, d.Now.Credits)
	}
	return nil
}

// otherPolicy is the configuration that somebody considers.
func otherPolicy(cfg routing.Config) (*routing.Policy, error) {
	cfg.Strategy = routing.StrategyContactAndAccount
	cfg.Personas = []tracking.Persona{{Name: "No interns", Exclude: []tracking.Phrase{{Text: "intern"}}}}
	cfg.PersonaGate = []string{"User"}
	return routing.NewPolicy(cfg)
}

// send posts a message as Standard Webhooks says. Sent again under the same id, it is
// done once.
func (o *onwardHere) send(ctx context.Context, body string, at time.Time) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, o.URL+"/feeds/vendor", strings.NewReader(body))
	if err != nil {
		return err
	}
	const id = "msg_2026w47"
	signature, err := adapter.Sign(feedSecret, id, at, []byte(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(adapter.HeaderWebhookID, id)
	req.Header.Set(adapter.HeaderWebhookTimestamp, fmt.Sprint(at.Unix()))
	req.Header.Set(adapter.HeaderWebhookSignature, signature)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusAccepted {
		text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
		return errors.Join(fmt.Errorf("%s: %s", resp.Status, text), err)
	}
	return nil
}
