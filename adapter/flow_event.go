package adapter

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/routing"
)

// sourceFlow is the source of all events that Flows report.
const sourceFlow = "flow"

// maxRequestID is the longest requestId, in bytes: with an index it is an event's id.
const maxRequestID = 120

// flowField is one value of a move: its name on the wire and its flat name.
type flowField struct{ wire, flat, value string }

// fields lists the values of a move in their order.
func (m flowMove) fields() []flowField {
	v := reflect.ValueOf(m)
	out := make([]flowField, v.NumField())
	for i := range out {
		f := v.Type().Field(i)
		wire, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		out[i] = flowField{wire, f.Tag.Get("flat"), strings.TrimSpace(v.Field(i).String())}
	}
	return out
}

// flowEvent makes the event of a move under the sender's key. The error is a
// *Refusal that names the field as it is called on the wire.
func flowEvent(m flowMove, id string, received time.Time) (routing.Event, error) {
	values := map[string]string{}
	fields := m.fields()
	for _, f := range fields {
		if f.value == "" || values[f.flat] != "" {
			continue
		}
		values[f.flat] = f.value
		switch f.flat {
		case "record_id", "crm_id", "past_account_id", "new_account_id":
			if why := idProblem(f.flat, f.value); why != "" {
				return routing.Event{}, invalid(f.wire, why)
			}
		case "occurred_at", "started_on", "left_on":
			values[f.flat] = salesforceTime(f.value)
		}
	}
	ev, err := routing.FlatEvent(values)
	if err == nil {
		ev.ID, ev.Source = id, sourceFlow
		ev, err = routing.Normalize(ev, received)
	}
	var bad *routing.EventError
	if errors.As(err, &bad) {
		return routing.Event{}, flowProblem(fields, bad.Problems[0])
	}
	return ev, err
}

// flowEvent is flowEvent for this server: a strategy that the configuration does not
// let senders choose is refused, not passed over.
func (s *Server) flowEvent(m flowMove, id string, received time.Time) (routing.Event, error) {
	ev, err := flowEvent(m, id, received)
	cfg := s.opt.Engine.Policy().Config()
	if err == nil && ev.Strategy != "" && ev.Strategy != cfg.Strategy && !cfg.StrategyOverride {
		return routing.Event{}, invalid("strategy", "not for senders to choose: strategy_override is off")
	}
	return ev, err
}

// idProblem says why a value cannot be the id that it should be, "" when it can. The
// prefix of an event record differs from org to org, but is none of the standard ones.
func idProblem(flat, id string) string {
	if _, err := crm.WidenID(id); err != nil {
		return "not a Salesforce id"
	}
	kinds := map[string][]string{"crm_id": {"003", "00Q"}, "past_account_id": {"001"}, "new_account_id": {"001"}}
	if kinds, known := kinds[flat]; known && !slices.Contains(kinds, id[:3]) {
		return "the id of another object"
	}
	if flat == "record_id" && slices.Contains([]string{"001", "003", "00Q", "005", "006", "00G", "00O"}, id[:3]) {
		return "the id of another object"
	}
	return ""
}

// plainZone is the end of a time as Salesforce writes it.
var plainZone = regexp.MustCompile(`[+-]\d{4}$`)

// salesforceTime turns 2026-11-01T09:00:00.000+0000 into RFC 3339.
func salesforceTime(s string) string {
	if strings.Contains(s, "T") && plainZone.MatchString(s) {
		return s[:len(s)-2] + ":" + s[len(s)-2:]
	}
	return s
}

// flowProblem says what is wrong with an event in the words of the wire.
func flowProblem(fields []flowField, p routing.FieldProblem) *Refusal {
	switch p.Field {
	case "person":
		return invalid("fullName", "want pastContactId, pastLeadId, linkedInUrl, email, fullName, or firstName and lastName")
	case "to":
		return invalid("newCompany", "want newCompany, newDomain, newEmail or newAccountId")
	case "id":
		return invalid("requestId", p.Message)
	}
	flat := p.Field // FlatEvent names flat ones, Normalize paths
	if name := routing.FlatName(p.Field); name != "" {
		flat = name
	}
	wire := flat
	for _, f := range fields {
		if f.flat == flat && (f.value != "" || wire == flat) {
			wire = f.wire
		}
	}
	return invalid(wire, p.Message)
}

// readFlow reads the body of a request about moves: its key, and the moves with
// their events or what is wrong with them.
func readFlow(body []byte, l Limits) (flowRequest, []flowMove, error) {
	var in flowRequest
	if why := readStrict(body, l.Depth, &in); why != nil {
		return in, nil, why
	}
	if why := checkRequestID(in.RequestID); why != nil {
		return in, nil, why
	}
	if in.Items == nil {
		return in, []flowMove{in.flowMove}, nil
	}
	if why := checkItems(len(in.Items), in.flowMove != flowMove{}, l); why != nil {
		return in, nil, why
	}
	return in, in.Items, nil
}

// checkRequestID refuses what is no key. # separates the key from an item's place.
func checkRequestID(id string) *Refusal {
	switch {
	case strings.TrimSpace(id) == "":
		return invalid("requestId", "want a key of your own, by which the request is done once")
	case len(id) > maxRequestID:
		return invalid("requestId", fmt.Sprintf("is longer than %d bytes", maxRequestID))
	case strings.ContainsFunc(id, func(r rune) bool { return r == '#' || unicode.IsSpace(r) || !unicode.IsPrint(r) }):
		return invalid("requestId", "must not hold #, blanks or control characters")
	}
	return nil
}

func checkItems(n int, single bool, l Limits) *Refusal {
	switch {
	case n == 0 || n > l.Items:
		return invalid("items", fmt.Sprintf("want 1 to %d items", l.Items))
	case single:
		return invalid("items", "want either items or one record")
	}
	return nil
}

// flowID is the id of the event at a place of a request.
func flowID(request string, list bool, i int) string {
	if !list {
		return request
	}
	return fmt.Sprintf("%s#%d", request, i)
}
