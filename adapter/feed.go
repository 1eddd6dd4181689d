package adapter

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/onward-crm/onward/routing"
)

// maxMessageID is how many bytes of a webhook-id make an event's id as they are; of a
// longer one a hash does.
const maxMessageID = 120

// maxSignatures is how many signatures of one message are tried.
const maxSignatures = 16

// feed takes messages signed per Standard Webhooks: one event, or a list of them,
// in the JSON form of routing.Event. It is strict: what it does not know it refuses,
// with the path, and of a list all or nothing is accepted.
type feed struct {
	name string
	// base is the public URL of the adapter.
	base   string
	limits Limits
	keys   []feedKey
}

// feedKey proves a feed's signatures.
type feedKey struct {
	id    string
	key   webhookKey
	until time.Time
}

// Name is "feed:" and the feed's name.
func (s *feed) Name() string { return "feed:" + s.name }

// Refuse answers a refused request.
func (s *feed) Refuse(r Request, why *Refusal) Response { return refuse(r, why, time.Second) }

// Verify checks webhook-id, webhook-timestamp and webhook-signature over the raw
// bytes. Ages are judged against the time of receipt. A GET has no body, and its
// webhook-id is the delivery that it asks for.
func (s *feed) Verify(r Request, now time.Time) (Caller, error) {
	id, hasID := single(r.Header, HeaderWebhookID)
	timestamp, hasTime := single(r.Header, HeaderWebhookTimestamp)
	signature, hasSignature := single(r.Header, HeaderWebhookSignature)
	sent, digits := unixDigits(timestamp, time.Second)
	signatures := strings.Split(signature, " ")
	if !hasID || !hasTime || !hasSignature || !digits || len(signatures) > maxSignatures || !slices.ContainsFunc(signatures, signatureForm) {
		return Caller{}, unsigned()
	}
	if !s.addressed(r, id) {
		return Caller{}, unsigned()
	}
	text := webhookText(id, timestamp, r.Body)
	c, found := Caller{}, false
	for i, k := range s.keys {
		if !k.until.IsZero() && !now.Before(k.until) {
			continue
		}
		if k.key.proves(text, signatures) && !found {
			c, found = Caller{KeyID: k.id, Previous: i > 0}, true
		}
	}
	switch late := !inWindow(sent, r.Received); {
	case !found && late:
		return Caller{}, unsigned()
	case !found:
		return Caller{}, badSignature()
	case late:
		return Caller{}, staleRequest()
	}
	return c, nil
}

// signatureForm tells whether a text has the form of a signature that is understood.
func signatureForm(s string) bool { return strings.HasPrefix(s, "v1,") || strings.HasPrefix(s, "v1a,") }

// addressed tells whether a message is for this place. Method and URL are not part of
// what Standard Webhooks sign, so there must be but one reading of each message: a
// body goes to the feed, an empty one asks for the delivery that it names.
func (s *feed) addressed(r Request, id string) bool {
	switch r.Method {
	case http.MethodPost:
		return r.URI == s.path() && len(r.Body) > 0
	case http.MethodGet:
		return s.asked(r.URI) == id && len(r.Body) == 0
	}
	return false
}

// path is where the feed's messages go; deliveries stand below it.
func (s *feed) path() string { return "/feeds/" + s.name }

// asked is the id of the delivery that a status URL is about, "" for none.
func (s *feed) asked(uri string) string {
	rest, ok := strings.CutPrefix(uri, s.path()+"/deliveries/")
	if !ok {
		return ""
	}
	id, err := url.PathUnescape(rest)
	if err != nil {
		return ""
	}
	return id
}

// feedEvents is the form of a message with several events.
type feedEvents struct {
	Events []routing.Event `json:"events"`
}

// Split makes events of a message. An event without an id gets the message's.
func (s *feed) Split(r Request, _ Caller) (Batch, error) {
	message, _ := single(r.Header, HeaderWebhookID)
	var events feedEvents
	list, why := s.read(r.Body, &events)
	if why != nil {
		return Batch{}, why
	}
	if len(events.Events) == 0 || len(events.Events) > s.limits.Items {
		return Batch{}, invalid("events", fmt.Sprintf("want 1 to %d events", s.limits.Items))
	}
	b := Batch{RequestID: message, Received: len(events.Events)}
	for i, ev := range events.Events {
		id, at := feedID(message, ""), ""
		if list {
			id, at = feedID(message, fmt.Sprintf("#%d", i)), fmt.Sprintf("events[%d]", i)
		}
		ev, why := s.event(ev, id, r.Received)
		if why != nil {
			why.Field = join(at, why.Field)
			return Batch{}, why
		}
		b.Events, b.Index = append(b.Events, ev), append(b.Index, i)
	}
	return b, nil
}

// read reads either form; list tells which it was.
func (s *feed) read(body []byte, into *feedEvents) (list bool, why *Refusal) {
	top, err := parseTree(body, s.limits.Depth)
	if err != nil {
		return false, badJSON(err.Error())
	}
	if slices.ContainsFunc(top.members, func(m member) bool { return m.name == "events" }) {
		return true, readStrict(body, s.limits.Depth, into)
	}
	into.Events = make([]routing.Event, 1)
	return false, readStrict(body, s.limits.Depth, &into.Events[0])
}

// feedID is the id of an event that brings none; suffix is its place in a list.
func feedID(message, suffix string) string {
	if len(message) > maxMessageID {
		sum := sha256.Sum256([]byte(message))
		message = "sha256-" + hex.EncodeToString(sum[:])
	}
	return message + suffix
}

// event is what an event of this feed becomes. What only onward sets, or a Flow that
// has written already, is no feed's to say.
func (s *feed) event(ev routing.Event, id string, received time.Time) (routing.Event, *Refusal) {
	switch {
	case ev.Source != "" && ev.Source != s.Name():
		return ev, invalid("source", "is not "+s.Name())
	case ev.Pointer != nil:
		return ev, invalid("pointer", "unknown field")
	case ev.RecordID != "":
		return ev, invalid("record_id", "unknown field")
	}
	ev.Source = s.Name()
	if ev.ID == "" {
		ev.ID = id
	}
	ev, err := routing.Normalize(ev, received)
	var bad *routing.EventError
	if errors.As(err, &bad) {
		return ev, invalid(bad.Problems[0].Field, bad.Problems[0].Message)
	}
	return ev, nil
}

// feedAnswer tells what was stored.
type feedAnswer struct {
	Status     string         `json:"status"`
	Deliveries []feedDelivery `json:"deliveries"`
	StatusURL  string         `json:"statusUrl"`
}

// feedDelivery is the state of one event of a feed.
type feedDelivery struct {
	ID     string `json:"id"`
	Status string `json:"status"`
	// Outcome and Reason are empty until the work has ended.
	Outcome   string `json:"outcome"`
	Reason    string `json:"reason"`
	Duplicate bool   `json:"duplicate"`
	StatusURL string `json:"statusUrl"`
}

// Answer lists the deliveries with where to ask for their outcomes.
func (s *feed) Answer(b Batch, results []Result) Response {
	out := feedAnswer{Status: "accepted", Deliveries: make([]feedDelivery, len(results))}
	for i, res := range results {
		out.Deliveries[i] = s.delivery(b.Events[i].ID, res.Record)
		out.Deliveries[i].Duplicate = !res.New
	}
	if len(results) > 0 {
		out.StatusURL = out.Deliveries[0].StatusURL
	}
	return Response{Status: http.StatusAccepted, Body: out}
}

// delivery describes a record without any value of the report.
func (s *feed) delivery(id string, rec routing.Record) feedDelivery {
	d := feedDelivery{ID: id, Status: statusWord(rec.Status), StatusURL: s.base + s.path() + "/deliveries/" + url.PathEscape(id)}
	if rec.Status.Terminal() {
		d.Outcome, _ = telling(rec)
		d.Reason = string(rec.Outcome.Reason)
	}
	return d
}
