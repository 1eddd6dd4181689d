package sftest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/onward-crm/onward/crm/memcrm"
)

const (
	// maxSubrequests is the number of parts of a composite call, maxHeavy how many
	// of them may be queries or collections.
	maxSubrequests, maxHeavy = 25, 5
	maxBatch                 = 25
)

// subrequest is one part of a composite call.
type subrequest struct {
	Method      string            `json:"method"`
	URL         string            `json:"url"`
	ReferenceID string            `json:"referenceId"`
	Headers     map[string]string `json:"httpHeaders"`
	Body        json.RawMessage   `json:"body"`
}

// subresponse is the answer to one part.
type subresponse struct {
	Body        any               `json:"body"`
	Headers     map[string]string `json:"httpHeaders"`
	Status      int               `json:"httpStatusCode"`
	ReferenceID string            `json:"referenceId"`
}

const (
	rolledBackMessage = "The transaction was rolled back since another operation in the same transaction failed."
	codeHalted        = "PROCESSING_HALTED"
)

// composite carries out up to 25 calls in order. Later ones may name results of
// earlier ones.
func composite(s *Server, r *request) *response {
	var c struct {
		AllOrNone bool         `json:"allOrNone"`
		Parts     []subrequest `json:"compositeRequest"`
	}
	if err := json.Unmarshal(r.body, &c); err != nil || len(c.Parts) == 0 {
		return failed(http.StatusBadRequest, "JSON_PARSER_ERROR", "The body has no compositeRequest")
	}
	if bad := checkParts(c.Parts, compositeAllows); bad != nil {
		return bad
	}
	heavy := 0
	for _, p := range c.Parts {
		if isHeavy(subPath(p.URL)) {
			heavy++
		}
	}
	switch {
	case len(c.Parts) > maxSubrequests:
		return failed(http.StatusBadRequest, "INVALID_INPUT", fmt.Sprintf("The request can't contain more than %d operations", maxSubrequests))
	case heavy > maxHeavy:
		return failed(http.StatusBadRequest, "INVALID_INPUT", fmt.Sprintf("The request can't contain more than %d queries and collections", maxHeavy))
	}
	run := &run{s: s, outer: r, results: map[string]any{}}
	if c.AllOrNone {
		return answered(http.StatusOK, map[string]any{"compositeResponse": run.atomic(c.Parts)})
	}
	out := make([]subresponse, len(c.Parts))
	for i, p := range c.Parts {
		out[i] = run.part(p, nil)
	}
	return answered(http.StatusOK, map[string]any{"compositeResponse": out})
}

var referenceID = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)

// checkParts asks whether every part has a method, an allowed path and a
// reference id of its own.
func checkParts(parts []subrequest, allows func(path []string) bool) *response {
	seen := map[string]bool{}
	for _, p := range parts {
		switch {
		case !referenceID.MatchString(p.ReferenceID):
			return failed(http.StatusBadRequest, "INVALID_INPUT", "Provided referenceId ('"+p.ReferenceID+"') must start with a letter and contain only letters, numbers and underscores")
		case seen[p.ReferenceID]:
			return failed(http.StatusBadRequest, "INVALID_INPUT", "Duplicate ReferenceId provided in the request: "+p.ReferenceID)
		case !allows(subPath(p.URL)):
			return failed(http.StatusBadRequest, "INVALID_INPUT", "The resource of subrequest "+p.ReferenceID+" is not supported here")
		}
		for name := range p.Headers {
			if forbiddenHeaders[http.CanonicalHeaderKey(name)] {
				return failed(http.StatusBadRequest, "INVALID_INPUT", "Header "+name+" is not allowed in a subrequest")
			}
		}
		seen[p.ReferenceID] = true
	}
	return nil
}

var forbiddenHeaders = map[string]bool{"Accept": true, "Authorization": true, "Content-Type": true}

// compositeAllows holds for the resources that composite calls take.
func compositeAllows(path []string) bool {
	if len(path) == 0 {
		return false
	}
	switch path[0] {
	case "sobjects", "query", "queryAll", "actions":
		return true
	case "composite":
		return isHeavy(path)
	default:
		return false
	}
}

// isHeavy holds for queries and collections.
func isHeavy(path []string) bool {
	if len(path) == 0 {
		return false
	}
	return path[0] == "query" || path[0] == "queryAll" || len(path) > 1 && path[0] == "composite" && path[1] == "sobjects"
}

// subPath is the path below the version; nil when the address has none.
func subPath(address string) []string {
	u, err := url.Parse(address)
	if err != nil {
		return nil
	}
	path, ok := segments(u.EscapedPath())
	if !ok || len(path) < 3 || path[0] != "services" || path[1] != "data" || !servesVersion(path[2]) {
		return nil
	}
	return path[3:]
}

// run carries out the parts of one composite call or graph.
type run struct {
	s     *Server
	outer *request
	// results are the bodies of the answers, by reference id.
	results map[string]any
}

// atomic carries out parts of which all or none take effect.
func (x *run) atomic(parts []subrequest) []subresponse {
	out := make([]subresponse, len(parts))
	broken := -1
	x.s.within(x.outer, func(tx *memcrm.Tx) {
		start := tx.Savepoint()
		for i, p := range parts {
			if out[i] = x.part(p, tx); !succeeded(out[i]) {
				broken = i
				tx.Rollback(start)
				return
			}
		}
	})
	if broken < 0 {
		return out
	}
	for i, p := range parts {
		if i != broken && !isHeavy(subPath(p.URL)) || i > broken {
			out[i] = halted(p.ReferenceID, rolledBackMessage)
		}
	}
	return out
}

// succeeded tells whether a part, and every item of a collection, went well.
func succeeded(a subresponse) bool {
	if a.Status >= http.StatusMultipleChoices {
		return false
	}
	list, _ := a.Body.([]any)
	for _, item := range list {
		if m, ok := item.(map[string]any); ok && m["success"] == false {
			return false
		}
	}
	return true
}

func halted(id, message string) subresponse {
	return subresponse{
		Body: plain([]fault{{Message: message, ErrorCode: codeHalted}}), Headers: map[string]string{},
		Status: http.StatusBadRequest, ReferenceID: id,
	}
}

// part carries out one part. Of the headers of the call around it inherits none.
func (x *run) part(p subrequest, tx *memcrm.Tx) subresponse {
	address, err := x.resolveText(p.URL, escapeAll)
	var body []byte
	if err == nil {
		body, err = x.resolveBody(p.Body)
	}
	if err != nil {
		return halted(p.ReferenceID, err.Error())
	}
	u, err := url.Parse(address)
	path := subPath(address)
	if err != nil || path == nil {
		return halted(p.ReferenceID, "Invalid URL")
	}
	r := &request{
		wire: x.outer.wire, method: strings.ToUpper(p.Method), version: versionOf(address), path: path, query: u.Query(),
		header: http.Header{}, body: body, tx: tx,
	}
	for name, value := range p.Headers {
		r.header.Set(name, value)
	}
	a := x.s.dispatch(r)
	out := subresponse{Body: plain(a.body), Headers: map[string]string{}, Status: a.status, ReferenceID: p.ReferenceID}
	for name := range a.header {
		out.Headers[name] = a.header.Get(name)
	}
	if out.Status < http.StatusMultipleChoices {
		x.results[p.ReferenceID] = out.Body
	}
	return out
}

// escapeAll makes a text safe in the path and in the query of an address.
func escapeAll(text string) string {
	return strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}

func versionOf(address string) string {
	path, _ := segments(address)
	if len(path) < 3 {
		return ""
	}
	return path[2]
}

// batch carries out up to 25 calls that know nothing of one another.
func batch(s *Server, r *request) *response {
	var b struct {
		Halt  bool `json:"haltOnError"`
		Parts []struct {
			Method string          `json:"method"`
			URL    string          `json:"url"`
			Body   json.RawMessage `json:"richInput"`
		} `json:"batchRequests"`
	}
	if err := json.Unmarshal(r.body, &b); err != nil || len(b.Parts) == 0 {
		return failed(http.StatusBadRequest, "JSON_PARSER_ERROR", "The body has no batchRequests")
	}
	if len(b.Parts) > maxBatch {
		return failed(http.StatusBadRequest, "INVALID_INPUT", fmt.Sprintf("The request can't contain more than %d operations", maxBatch))
	}
	for i, p := range b.Parts {
		if !batchAllows(subPath(batchAddress(p.URL))) {
			return failed(http.StatusBadRequest, "INVALID_INPUT", fmt.Sprintf("The resource of request %d is not supported here", i))
		}
	}
	type result struct {
		Status int `json:"statusCode"`
		Result any `json:"result"`
	}
	out := make([]result, len(b.Parts))
	failedAny := false
	run := &run{s: s, outer: r, results: map[string]any{}}
	for i, p := range b.Parts {
		if failedAny && b.Halt {
			out[i] = result{http.StatusPreconditionFailed, []fault{{
				ErrorCode: "BATCH_PROCESSING_HALTED", Message: "Batch processing halted, as requested by the haltOnError flag",
			}}}
			continue
		}
		a := run.part(subrequest{Method: p.Method, URL: batchAddress(p.URL), Body: p.Body}, nil)
		out[i] = result{a.Status, a.Body}
		failedAny = failedAny || a.Status >= http.StatusBadRequest
	}
	return answered(http.StatusOK, map[string]any{"hasErrors": failedAny, "results": out})
}

// batchAddress is the address of a part of a batch, which is written from the
// version on.
func batchAddress(address string) string {
	return "/services/data/" + strings.TrimPrefix(strings.TrimPrefix(address, "/services/data"), "/")
}

// batchAllows holds for the resources that batches take.
func batchAllows(path []string) bool {
	return len(path) > 0 && slices.Contains([]string{"limits", "sobjects", "query", "queryAll", "search", "parameterizedSearch"}, path[0])
}
