package outbox

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/onward-crm/onward/adapter"
	"github.com/onward-crm/onward/routing"
)

// PromiseSequence is the Kind of a Promise to tell an engagement tool to begin a
// sequence for a person. Its Target is the name of one of Options.Sequences.
const PromiseSequence = "sequence"

var _ routing.SequenceStarter = (*Outbox)(nil)

// openSequences makes a lane for each sequence.
func (b *Outbox) openSequences(client *http.Client) error {
	for _, e := range b.opt.Sequences {
		if err := e.check(b.opt); err != nil {
			return err
		}
		key := laneKey{PromiseSequence, e.Name}
		if b.lanes[key] != nil {
			return fmt.Errorf("adapter: sequence %s: there are two of that name", e.Name)
		}
		s := webhookSayer{endpoint: e, client: client, now: b.opt.Now, message: sequenceMessageOf}
		b.lanes[key] = newLane(s.say, nil)
	}
	return nil
}

// StartSequences takes sequences over, positionally: they are stored, and sent by
// Send once their delivery has ended, signed and repeated like any other message.
// The error of an item says that nobody has that name, or that the store was in
// trouble. Safe for concurrent use.
func (b *Outbox) StartSequences(ctx context.Context, ss []routing.SequenceStart) []error {
	errs := make([]error, len(ss))
	now := b.opt.Now().UTC()
	var ps []adapter.Promise
	for i, s := range ss {
		if b.lanes[laneKey{PromiseSequence, s.Sequence}] == nil {
			errs[i] = errors.New(sayNoLane)
			continue
		}
		ps = append(ps, adapter.Promise{ID: s.ID, Kind: PromiseSequence, Delivery: s.Delivery, Target: s.Sequence, Made: now, Due: now})
	}
	if len(ps) == 0 {
		return errs
	}
	if err := b.opt.Store.Promise(ctx, ps); err != nil {
		for i := range errs {
			if errs[i] == nil {
				errs[i] = err
			}
		}
	}
	return errs
}

// sequenceMessage is the body of a webhook that begins a sequence. Unlike messages
// about decisions it holds what an engagement tool needs of the person.
type sequenceMessage struct {
	Type      string       `json:"type"`
	Timestamp time.Time    `json:"timestamp"`
	Data      sequenceData `json:"data"`
}

type sequenceData struct {
	Sequence      string `json:"sequence"`
	DeliveryID    string `json:"deliveryId"`
	Configuration string `json:"configuration"`
	Signal        string `json:"signal,omitempty"`
	Persona       string `json:"persona,omitempty"`
	ContactID     string `json:"contactId,omitempty"`
	LeadID        string `json:"leadId,omitempty"`
	AccountID     string `json:"accountId,omitempty"`
	OwnerID       string `json:"ownerId,omitempty"`
	FirstName     string `json:"firstName,omitempty"`
	LastName      string `json:"lastName,omitempty"`
	Email         string `json:"email,omitempty"`
	Title         string `json:"title,omitempty"`
	Company       string `json:"company,omitempty"`
}

// typeSequence is the type of messages that begin sequences.
const typeSequence = "sequence.start"

// sequenceMessageOf is made of the delivery when it is sent: whoever was erased in
// the meantime is told to nobody.
func sequenceMessageOf(p adapter.Promise, rec routing.Record) (any, bool) {
	s, ok := routing.SequenceOf(rec, p.Target)
	if !ok {
		return nil, false
	}
	return sequenceMessage{Type: typeSequence, Timestamp: rec.FinishedAt.UTC(), Data: sequenceData{
		Sequence: s.Sequence, DeliveryID: s.Delivery, Configuration: s.Configuration, Signal: s.Signal, Persona: s.Persona,
		ContactID: s.ContactID, LeadID: s.LeadID, AccountID: s.AccountID, OwnerID: s.OwnerID,
		FirstName: s.FirstName, LastName: s.LastName, Email: s.Email, Title: s.Title, Company: s.Company,
	}}, true
}
