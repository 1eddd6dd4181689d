// Embed is a small service that embeds onward: it takes moves as JSON over HTTP,
// decides and writes them into the embedded CRM, and answers with the outcome.
//
//	go run ./examples/embed
//	curl -s localhost:8080/moves -d '{"id":"1","source":"feed:demo","relationship":"User",
//	  "person":{"first_name":"Ada","last_name":"Okafor","email":"ada@old.example"},
//	  "to":{"company":"Contoso","domain":"contoso.com","title":"CTO"}}'
package main

import (
	"context"
	"encoding/json"
	"errors"
	"log"
	"net/http"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/memledger"
	"github.com/onward-crm/onward/routing/mirror"
)

func main() {
	handler, err := newService(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	http.Handle("POST /moves", handler)
	log.Print("listening on localhost:8080")
	log.Fatal(http.ListenAndServe("localhost:8080", nil))
}

// newService wires a CRM with one account, a ledger, the account mirror and the
// engine. With another crm.Driver the rest stays as it is.
func newService(ctx context.Context) (http.HandlerFunc, error) {
	db := memcrm.New(nil)
	rep, err := db.Add(crm.ObjectUser, crm.Fields{"Name": "Rep", "IsActive": "true"})
	if err != nil {
		return nil, err
	}
	if _, err := db.Add(crm.ObjectAccount, crm.Fields{"Name": "Contoso", "Website": "contoso.com", "OwnerId": rep}); err != nil {
		return nil, err
	}
	cfg := routing.DefaultConfig()
	cfg.Owners.Default, cfg.DRI.Default = rep, rep
	policy, err := routing.NewPolicy(cfg)
	if err != nil {
		return nil, err
	}
	client := crm.NewClient(db, nil)
	accounts, err := mirror.Load(ctx, client, policy)
	if err != nil {
		return nil, err
	}
	engine, err := routing.New(cfg, routing.Deps{CRM: client, Ledger: memledger.New(), Accounts: accounts}, nil)
	if err != nil {
		return nil, err
	}
	return func(w http.ResponseWriter, r *http.Request) { serve(engine, w, r) }, nil
}

func serve(engine *routing.Engine, w http.ResponseWriter, r *http.Request) {
	var ev routing.Event
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&ev); err != nil {
		http.Error(w, "not a move in JSON", http.StatusBadRequest)
		return
	}
	record, err := engine.Handle(r.Context(), ev)
	switch {
	case errors.Is(err, routing.ErrEvent):
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
	case err != nil:
		w.Header().Set("Retry-After", "30")
		http.Error(w, "accepted nothing for certain; send it again", http.StatusServiceUnavailable)
	default:
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(record.Outcome)
	}
}
