package adapter

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/onward-crm/onward/routing"
)

// FlowOptions are the settings of Salesforce's routes.
type FlowOptions struct {
	// Keys are the API keys of callers, JWT the org that signs by itself; at least
	// one of them.
	Keys []APIKey
	JWT  *JWTOptions
	// Deadline is how long a caller is kept waiting for the outcome
	// (DefaultFlowDeadline). Salesforce's own time-out is 10 s unless the caller has
	// set another, 120 s at most.
	Deadline time.Duration
	// LookupRate and LookupBurst bound /find-duplicates for each caller, in requests
	// a second and at once (DefaultLookupRate, DefaultLookupBurst): it sees past the
	// sharing rules of the calling user.
	LookupRate  float64
	LookupBurst int
}

// The defaults of FlowOptions.
const (
	DefaultFlowDeadline = 8 * time.Second
	DefaultLookupRate   = 5.0
	DefaultLookupBurst  = 20
	maxFlowDeadline     = 110 * time.Second
)

// flowDesk is the Salesforce part of a server.
type flowDesk struct {
	server *Server
	opt    FlowOptions
	keys   *keyring
}

// flowRoutes are Salesforce's routes.
func flowRoutes(s *Server) ([]route, error) {
	if s.opt.Flow == nil {
		return nil, nil
	}
	o := *s.opt.Flow
	jwt, err := newJWTVerifier(o.JWT)
	if err != nil {
		return nil, err
	}
	keys, err := newKeyring(o.Keys, jwt)
	if err != nil {
		return nil, err
	}
	orDefault(&o.Deadline, DefaultFlowDeadline)
	orDefault(&o.LookupRate, DefaultLookupRate)
	orDefault(&o.LookupBurst, DefaultLookupBurst)
	if o.Deadline > maxFlowDeadline {
		return nil, fmt.Errorf("adapter: flow: deadline: want at most %s", maxFlowDeadline)
	}
	d := &flowDesk{server: s, opt: o, keys: keys}
	duplicates := d.route("/find-duplicates", ScopeMatch, d.findDuplicates)
	duplicates.Rate, duplicates.Burst = o.LookupRate, o.LookupBurst
	return []route{
		{Method: http.MethodPost, Path: flowPath + "/route", Media: mediaJSON(), Take: flowSource{d}, Early: true},
		d.route("/match-account", ScopeMatch, d.matchAccount),
		duplicates,
		d.route("/resolve-dri", ScopeDRI, d.resolveDRI),
		d.route("/decide", ScopeDecide, d.decide),
		d.route("/complete", ScopeComplete, d.complete),
	}, nil
}

// flowPath is where Salesforce's routes stand.
const flowPath = "/salesforce/flow"

// flowSource takes moves that a Flow wants done: /salesforce/flow/route.
type flowSource struct{ *flowDesk }

// Name is "flow".
func (f flowSource) Name() string { return sourceFlow }

// Verify checks the key in the header; the body plays no part.
func (f flowSource) Verify(r Request, now time.Time) (Caller, error) {
	return f.keys.verify(r.Header, now, ScopeRoute)
}

// Refuse answers a refused request.
func (f flowSource) Refuse(r Request, why *Refusal) Response { return flowRefusal(r, why) }

func flowRefusal(r Request, why *Refusal) Response {
	out := refuse(r, why, time.Second)
	if why.Status == http.StatusUnauthorized {
		out.Header["WWW-Authenticate"] = "ApiKey"
	}
	return out
}

// Split makes an event of each move. A list lives with bad items, a single move does
// not.
func (f flowSource) Split(r Request, _ Caller) (Batch, error) {
	in, moves, err := readFlow(r.Body, f.server.opt.Limits)
	if err != nil {
		return Batch{}, err
	}
	list := in.Items != nil
	b := Batch{RequestID: in.RequestID, Received: len(moves), Wait: f.opt.Deadline, Withdraw: true, check: unreused}
	for i, m := range moves {
		ev, err := f.server.flowEvent(m, flowID(in.RequestID, list, i), r.Received)
		if err == nil {
			b.Events, b.Index = append(b.Events, ev), append(b.Index, i)
			continue
		}
		var why *Refusal
		if !list || !errors.As(err, &why) {
			return Batch{}, err
		}
		b.Rejected = append(b.Rejected, Rejection{Index: i, Code: why.Code, Field: why.Field, Message: why.Message})
	}
	return b, nil
}

// unreused refuses a single move under a key that was used for another content before:
// the outcome of that is not this move's.
func unreused(b Batch, results []Result) *Refusal {
	if !b.list() && reused(b.Events[0], results[0]) {
		return invalid("requestId", keyReused)
	}
	return nil
}

const keyReused = "was used for another content before"

// reused reports whether the key of an event is that of another content.
func reused(ev routing.Event, r Result) bool { return !r.New && !sameReport(ev, r.Record.Event) }

// Answer tells what became of the moves, in the order of the request.
func (f flowSource) Answer(b Batch, results []Result) Response {
	all := make([]flowRouteResult, b.Received)
	for _, r := range b.Rejected {
		all[r.Index] = flowRejected(r)
	}
	for i, r := range results {
		at := b.Index[i]
		if reused(b.Events[i], r) {
			all[at] = flowRejected(Rejection{Index: at, Code: codeInvalidField, Field: "requestId", Message: keyReused})
			continue
		}
		all[at] = flowResult(r, b.Events[i], at)
	}
	if b.list() {
		return Response{Status: http.StatusOK, Body: flowList(b.RequestID, all)}
	}
	return Response{Status: http.StatusOK, Body: flowOne(b.RequestID, all[0], !results[0].New)}
}

// list tells a list of one from a single move: only in a list have events a place in
// their ids, and only in a list are there rejected ones.
func (b Batch) list() bool {
	return len(b.Rejected) > 0 || b.Events[0].ID != b.RequestID
}

func flowList(request string, all []flowRouteResult) flowRouteAnswer {
	statuses := make([]string, len(all))
	for i, r := range all {
		statuses[i] = r.Status
	}
	return flowRouteAnswer{RequestID: request, Status: together(statuses), Results: all}
}

func flowOne(request string, r flowRouteResult, replayed bool) flowRouteAnswer {
	return flowRouteAnswer{
		RequestID: request, Status: r.Status, flowRecords: r.flowRecords, DecisionID: r.DecisionID, Decision: r.Decision,
		flowSingle: &flowSingle{Outcome: r.Outcome, Message: r.Message, Replayed: replayed},
	}
}

// flowResult is what became of one move.
func flowResult(r Result, ev routing.Event, at int) flowRouteResult {
	rec := r.Record
	records := &flowRecords{PastContactID: ev.Person.CRMID, JobChangeID: ev.RecordID}
	if !r.Known {
		return flowRouteResult{
			Index: int32(at), Status: statusAccepted, Outcome: statusAccepted, Message: "the work goes on", flowRecords: records,
			DecisionID: rec.Key,
		}
	}
	o := rec.Outcome
	records.LeadID, records.ContactID, records.AccountID, records.OwnerID = o.LeadID, o.ContactID, o.AccountID, o.OwnerID
	if o.PastID != "" {
		records.PastContactID = o.PastID
	}
	if o.EventRecordID != "" {
		records.JobChangeID = o.EventRecordID
	}
	out := flowRouteResult{Index: int32(at), Status: statusWord(rec.Status), flowRecords: records}
	out.Outcome, out.Message = telling(rec)
	if rec.Plan != nil && rec.Plan.Flow != nil && o.What == routing.WhatFlow {
		out.Decision = flatDecision(*rec.Plan, ev)
	}
	return out
}

// flowRejected is the result of an item that can never be done.
func flowRejected(r Rejection) flowRouteResult {
	return flowRouteResult{Index: int32(r.Index), Status: statusRejected, Outcome: r.Code, Message: rejection(r)}
}

// rejection is the sentence about a rejected item.
func rejection(r Rejection) string {
	switch {
	case r.Field == "":
		return r.Message
	case strings.HasPrefix(r.Message, "not "):
		return r.Field + " is " + r.Message
	case strings.HasPrefix(r.Message, "is "), strings.HasPrefix(r.Message, "was "), strings.HasPrefix(r.Message, "must "):
		return r.Field + " " + r.Message
	}
	return r.Field + ": " + r.Message
}

// sameReport reports whether two events are one but for the time of receipt. What
// was erased meanwhile cannot be compared.
func sameReport(a, b routing.Event) bool {
	if b.ID == "" {
		return true
	}
	a.OccurredAt, b.OccurredAt = time.Time{}, time.Time{}
	one, errOne := json.Marshal(a)
	two, errTwo := json.Marshal(b)
	return errOne == nil && errTwo == nil && string(one) == string(two)
}
