package adapter

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/onward-crm/onward/routing"
)

// hubSpotWorkflow takes what a workflow's "Send a webhook" sends: a GET with the
// values as parameters, or a POST with the enrolled contact or chosen properties.
type hubSpotWorkflow struct {
	hubSpotVerifier
	tenant hubSpotTenant
	limits Limits
	// fetch tells that a contact can be looked up when its properties are few.
	fetch bool
}

// Name is "hubspot-workflow".
func (s *hubSpotWorkflow) Name() string { return "hubspot-workflow" }

// Verify checks the signature; see hubSpotVerifier.
func (s *hubSpotWorkflow) Verify(r Request, now time.Time) (Caller, error) { return s.verify(r, now) }

// Refuse answers a refused request. A 4xx is final for HubSpot.
func (s *hubSpotWorkflow) Refuse(r Request, why *Refusal) Response { return hubSpotRefusal(r, why) }

// workflowStatus is the answer to a workflow.
type workflowStatus struct {
	Status string `json:"status"`
}

// Answer says that the report is stored. A workflow asks for no more.
func (s *hubSpotWorkflow) Answer(Batch, []Result) Response {
	return Response{Status: http.StatusOK, Body: workflowStatus{Status: "accepted"}}
}

// Split makes one event of a request.
func (s *hubSpotWorkflow) Split(r Request, _ Caller) (Batch, error) {
	if r.Method == http.MethodGet {
		return s.parameters(r)
	}
	var body map[string]any
	if why := readLenient(r.Body, s.limits.Depth, &body); why != nil {
		return Batch{}, why
	}
	if body == nil {
		return Batch{}, invalid("", "want an object")
	}
	if properties, ok := body["properties"].(map[string]any); ok {
		return s.enrolled(r, body, properties)
	}
	values := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(body)) {
		flat := chosenName(name)
		if text, ok := senderValue(flat, body[name]); ok {
			setIfMissing(values, flat, text)
		}
	}
	return oneEvent(flatEvent(values, r.Received))
}

// chosenName leads from the name of a chosen property, HubSpot's or ours, to a flat
// name; what is neither stays as it is, to be echoed.
func chosenName(name string) string {
	if short := senderNames(name); short != name {
		return short
	}
	if flat := hubSpotNames(name); flat != "" {
		return flat
	}
	return name
}

// parameters reads the query of a GET: flat names, where email, company, domain
// and title mean the new ones. What is none of them is kept and never interpreted.
func (s *hubSpotWorkflow) parameters(r Request) (Batch, error) {
	_, query, _ := strings.Cut(r.URI, "?")
	sent, err := url.ParseQuery(query)
	if err != nil {
		return Batch{}, &Refusal{Status: http.StatusBadRequest, Code: codeBadJSON, Message: "the query cannot be read"}
	}
	values := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(sent)) {
		flat := senderNames(name)
		if _, twice := values[flat]; twice || len(sent[name]) > 1 {
			return Batch{}, invalid(name, "is given more than once")
		}
		values[flat], _ = senderValue(flat, sent[name][0])
	}
	return oneEvent(flatEvent(values, r.Received))
}

// enrolled reads a contact as HubSpot's object API writes it.
func (s *hubSpotWorkflow) enrolled(r Request, body, properties map[string]any) (Batch, error) {
	portal, _ := senderValue("", firstOf(body, "portalId", "portal-id"))
	if portal != "" && !s.tenant.knowsText(portal) {
		return Batch{Received: 1, Ignored: 1}, nil
	}
	id, _ := senderValue("", firstOf(body, "objectId", "vid", "id"))
	ev, err := contactEvent(hubSpotContact(id, properties), s.tenant, s.tenant.or(portal), s.fetch, r.Received)
	if err == nil && ev.Pointer != nil {
		// It says no more than that this contact was enrolled, as it did the last time.
		// The whole body tells a repeat from an enrolment after another change.
		sum := sha256.Sum256(r.Body)
		ev.ID = "enrolled-" + hex.EncodeToString(sum[:])
	}
	return oneEvent(ev, err)
}

func firstOf(m map[string]any, names ...string) any {
	i := slices.IndexFunc(names, func(n string) bool { return m[n] != nil })
	if i < 0 {
		return nil
	}
	return m[names[i]]
}

// contactEvent builds an event from a contact's values. When nothing tells where
// the person is now, and the contact can be fetched, the event only points at it.
func contactEvent(values map[string]string, tenant hubSpotTenant, portal string, fetch bool, received time.Time) (routing.Event, error) {
	id := values["hubspot_id"]
	values["hubspot_id"] = tenant.person(portal, id)
	if !fetch || id == "" || values["new_company"] != "" || values["new_domain"] != "" || values["new_account_id"] != "" {
		placeEmail(values)
		return flatEvent(values, received)
	}
	ev, err := routing.FlatEvent(values)
	if err != nil {
		return routing.Event{}, err
	}
	ev.Source, ev.RecordID = sourceHubSpot, ""
	ev.Pointer = &routing.Pointer{System: sourceHubSpot, Tenant: portal, Kind: kindEnrolled, ID: id}
	return routing.Normalize(ev, received)
}

// oneEvent is a batch of one event, or the refusal of a bad one.
func oneEvent(ev routing.Event, err error) (Batch, error) {
	if err != nil {
		return Batch{}, eventRefusal(err)
	}
	return Batch{Received: 1, Events: []routing.Event{ev}, Index: []int{0}}, nil
}
