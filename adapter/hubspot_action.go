package adapter

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/onward-crm/onward/routing"
)

// The states of a workflow that runs a custom action.
const (
	actionSuccess = "SUCCESS"
	actionFailed  = "FAIL_CONTINUE"
	actionBlock   = "BLOCK"
)

// The error codes that a custom action can give out, to be led to texts by the
// executionRules of its definition.
const (
	actionUnknownStrategy    = "UNKNOWN_STRATEGY"
	actionStrategyNotAllowed = "STRATEGY_NOT_ALLOWED"
	actionUnknownPortal      = "UNKNOWN_PORTAL"
	actionUnsupportedObject  = "UNSUPPORTED_OBJECT"
	actionInvalidInput       = "INVALID_INPUT"
)

// PromiseHubSpotCallback is the Kind of a Promise to complete a custom action. Its
// Target is HubSpot's callbackId.
const PromiseHubSpotCallback = "hubspot-callback"

// hubSpotAction takes the runs of a custom workflow action.
type hubSpotAction struct {
	hubSpotVerifier
	tenant     hubSpotTenant
	limits     Limits
	strategies actionStrategies
	// fetch tells that a contact can be looked up when its properties are few.
	fetch bool
	// alone tells that nothing can be completed later.
	alone bool
	// wait is how long an outcome is waited for, expiry how long HubSpot waits for
	// the callback after that.
	wait, expiry time.Duration
}

// actionStrategies are those that a workflow may ask for.
type actionStrategies struct {
	configured routing.Strategy
	override   bool
}

// list are the strategies that a workflow may choose from.
func (s actionStrategies) list() []routing.Strategy {
	if s.override {
		return routing.Strategies()
	}
	return []routing.Strategy{s.configured}
}

// problem is the error code of a strategy that cannot be had, "" when it can.
func (s actionStrategies) problem(name string) string {
	switch {
	case name == "" || slices.Contains(s.list(), routing.Strategy(name)):
		return ""
	case slices.Contains(routing.Strategies(), routing.Strategy(name)):
		return actionStrategyNotAllowed
	}
	return actionUnknownStrategy
}

// Name is "hubspot-actions".
func (s *hubSpotAction) Name() string { return "hubspot-actions" }

// Verify checks the signature; see hubSpotVerifier.
func (s *hubSpotAction) Verify(r Request, now time.Time) (Caller, error) { return s.verify(r, now) }

// Refuse answers a refused request.
func (s *hubSpotAction) Refuse(r Request, why *Refusal) Response { return hubSpotRefusal(r, why) }

// actionCall is one run of a custom action.
type actionCall struct {
	CallbackID string `json:"callbackId"`
	Origin     struct {
		PortalID wholeNumber `json:"portalId"`
	} `json:"origin"`
	Object struct {
		ObjectID   wholeNumber    `json:"objectId"`
		ObjectType string         `json:"objectType"`
		Properties map[string]any `json:"properties"`
	} `json:"object"`
	InputFields map[string]any `json:"inputFields"`
}

// Split makes one event of a run. What can never work is rejected in the words of
// the action: an HTTP error would end the workflow for good, without a reason.
func (s *hubSpotAction) Split(r Request, _ Caller) (Batch, error) {
	var call actionCall
	if why := readLenient(r.Body, s.limits.Depth, &call); why != nil {
		return Batch{}, why
	}
	b := Batch{RequestID: call.CallbackID, Received: 1, Wait: s.wait}
	strategy, _ := senderValue("strategy", call.InputFields["strategy"])
	code := s.strategies.problem(strategy)
	switch {
	case !s.tenant.knows(call.Origin.PortalID, 0):
		code = actionUnknownPortal
	case call.Object.ObjectType != "" && !slices.Contains([]string{"CONTACT", "0-1"}, call.Object.ObjectType):
		code = actionUnsupportedObject
	}
	if code != "" {
		b.Rejected = []Rejection{{Code: code}}
		return b, nil
	}
	ev, err := s.event(call, r)
	if err != nil {
		why := eventRefusal(err)
		b.Rejected = []Rejection{{Code: actionInvalidInput, Field: why.Field, Message: why.Message}}
		return b, nil
	}
	b.Events, b.Index = []routing.Event{ev}, []int{0}
	if call.CallbackID != "" && !s.alone {
		b.Callback = &Promise{ID: PromiseHubSpotCallback + ":" + call.CallbackID, Kind: PromiseHubSpotCallback, Target: call.CallbackID}
	}
	return b, nil
}

// event is what a run reports: the contact's properties, and over them the values
// that the workflow's author has mapped to the action's inputs.
func (s *hubSpotAction) event(call actionCall, r Request) (routing.Event, error) {
	values := hubSpotContact(call.Object.ObjectID.text(), call.Object.Properties)
	for _, name := range slices.Sorted(maps.Keys(call.InputFields)) {
		flat := senderNames(name)
		if text, ok := senderValue(flat, call.InputFields[name]); ok && text != "" && slices.Contains(routing.FlatNames(), flat) {
			values[flat] = text
		}
	}
	delete(values, "source")
	if values["strategy"] == string(s.strategies.configured) {
		delete(values, "strategy")
	}
	values["id"] = callKey(call.CallbackID)
	return contactEvent(values, s.tenant, call.Origin.PortalID.text(), s.fetch, r.Received)
}

// callKey is the sender's key of a run: the callbackId, by which HubSpot repeats.
func callKey(callback string) string {
	if len(callback) <= 128 {
		return callback
	}
	sum := sha256.Sum256([]byte(callback))
	return "callback-" + hex.EncodeToString(sum[:])
}

// actionAnswer is the answer to a run.
type actionAnswer struct {
	OutputFields map[string]string `json:"outputFields"`
}

// Answer gives the outcome, or asks HubSpot to wait for the callback.
func (s *hubSpotAction) Answer(b Batch, results []Result) Response {
	out := map[string]string{}
	switch {
	case len(b.Rejected) > 0:
		out = map[string]string{"hs_execution_state": actionFailed, "outcome": "rejected", "errorCode": b.Rejected[0].Code}
	case len(results) > 0 && results[0].Known:
		out = ActionOutput(results[0].Record)
		setIfAbsent(out, "errorCode", "")
	case s.alone:
		return hubSpotRefusal(Request{ID: b.RequestID}, unavailable())
	default:
		out["hs_execution_state"], out["hs_expiration_duration"] = actionBlock, isoDuration(s.expiry)
	}
	return Response{Status: http.StatusOK, Body: actionAnswer{OutputFields: out}}
}

func setIfAbsent(m map[string]string, name, v string) {
	if _, ok := m[name]; !ok {
		m[name] = v
	}
}

// ActionOutput are the output fields of a custom action whose delivery has ended:
// all values are text, and ids that there are not are left out. A delivery that
// was parked lets the workflow go on, with an errorCode.
func ActionOutput(rec routing.Record) map[string]string {
	outcome, _ := telling(rec)
	out := map[string]string{"hs_execution_state": actionSuccess, "outcome": outcome}
	if rec.Status == routing.StatusParked {
		out["hs_execution_state"], out["errorCode"] = actionFailed, strings.ToUpper(outcome)
	}
	for _, id := range []struct{ name, value string }{
		{"salesforceLeadId", rec.Outcome.LeadID}, {"salesforceContactId", rec.Outcome.ContactID},
	} {
		if id.value != "" {
			out[id.name] = id.value
		}
	}
	return out
}

// isoDuration writes a duration of whole days, hours or minutes as ISO 8601 does.
func isoDuration(d time.Duration) string {
	switch {
	case d%(24*time.Hour) == 0:
		return fmt.Sprintf("P%dD", d/(24*time.Hour))
	case d%time.Hour == 0:
		return fmt.Sprintf("PT%dH", d/time.Hour)
	}
	return fmt.Sprintf("PT%dM", (d+time.Minute-1)/time.Minute)
}

// hubSpotOptionsList answers an action's optionsUrl: the strategies to choose from.
type hubSpotOptionsList struct{ *hubSpotAction }

// Name is "hubspot-options".
func (s hubSpotOptionsList) Name() string { return "hubspot-options" }

// Split only sees that the request is one: there is nothing to store.
func (s hubSpotOptionsList) Split(r Request, _ Caller) (Batch, error) {
	var call actionCall
	if why := readLenient(r.Body, s.limits.Depth, &call); why != nil {
		return Batch{}, why
	}
	return Batch{}, nil
}

// actionOptions is a page of options; all of them fit on one.
type actionOptions struct {
	Options    []actionOption `json:"options"`
	After      string         `json:"after"`
	Searchable bool           `json:"searchable"`
}

type actionOption struct {
	Label       string `json:"label"`
	Value       string `json:"value"`
	Description string `json:"description"`
}

// Answer lists the strategies. Four need no search and no second page.
func (s hubSpotOptionsList) Answer(Batch, []Result) Response {
	page := actionOptions{Options: []actionOption{}}
	for _, name := range s.strategies.list() {
		page.Options = append(page.Options, strategyOption(name))
	}
	return Response{Status: http.StatusOK, Body: page}
}

func strategyOption(s routing.Strategy) actionOption {
	o := actionOption{Value: string(s)}
	switch s {
	case routing.StrategyFlow:
		o.Label, o.Description = "Flow", "A Flow in Salesforce decides what is created."
	case routing.StrategyAlwaysLead:
		o.Label, o.Description = "Always a lead", "Whoever is new becomes a lead."
	case routing.StrategyContactAndAccount:
		o.Label, o.Description = "Contact and account", "A missing account is created with the contact."
	case routing.StrategyContactOrLead:
		o.Label, o.Description = "Contact or lead", "A contact when the account is known, a lead otherwise."
	}
	return o
}
