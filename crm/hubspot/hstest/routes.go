package hstest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
)

// datedPath is a path that carries a date in place of v1, v3 or v4.
var datedPath = regexp.MustCompile(`^(crm/objects|crm/associations|crm/lists|crm/owners|crm/properties|automation/actions|oauth)/20[0-9]{2}-(?:03|09)(/.*)?$`)

// undated is the same resource without a date.
func undated(path string) string {
	m := datedPath.FindStringSubmatch(path)
	if m == nil {
		return path
	}
	switch m[1] {
	case "oauth":
		return "oauth/v1" + m[2]
	case "automation/actions":
		return "automation/v4/actions" + m[2]
	case "crm/associations":
		return "crm/v4/associations" + m[2]
	}
	return "crm/v3/" + strings.TrimPrefix(m[1], "crm/") + m[2]
}

// answer does what a request asks for.
func (s *Server) answer(r *http.Request, body []byte) answer {
	path := undated(strings.TrimPrefix(r.URL.Path, "/"))
	if path == "oauth/v1/token" {
		return s.token(r, body)
	}
	who, ok := s.caller(r)
	if !ok {
		return refusal(http.StatusUnauthorized, "INVALID_AUTHENTICATION", "Authentication credentials not found.")
	}
	search := strings.HasSuffix(path, "/search")
	if a, over := s.rates.over(s.now(), search); over {
		return a
	}
	var a answer
	switch r.Method {
	case http.MethodGet:
		a = s.get(path, r)
	case http.MethodPost:
		if r.Header.Get("Content-Type") != "application/json" {
			return refusal(http.StatusUnsupportedMediaType, "VALIDATION_ERROR", "want JSON")
		}
		a = s.post(path, r, body)
	default:
		return refusal(http.StatusMethodNotAllowed, "VALIDATION_ERROR", "no such method here")
	}
	if !search {
		a.header = s.rates.headers(who)
	}
	return a
}

func (s *Server) get(path string, r *http.Request) answer {
	q := r.URL.Query()
	if kind, ok := strings.CutPrefix(path, "crm/v3/properties/"); ok && s.stores[Kind(kind)] != nil {
		return s.stores[Kind(kind)].describe()
	}
	if kind, ok := strings.CutPrefix(path, "crm/v3/objects/"); ok && s.stores[Kind(kind)] != nil {
		return s.listRecords(s.stores[Kind(kind)], q)
	}
	if path == "crm/v3/owners" {
		return s.listOwners(q)
	}
	if list, ok := strings.CutPrefix(path, "crm/v3/lists/"); ok {
		if id, ok := strings.CutSuffix(list, "/memberships"); ok {
			return s.memberships(id, q)
		}
		return s.readList(list)
	}
	return refusal(http.StatusNotFound, "NOT_FOUND", "no such resource")
}

func (s *Server) post(path string, r *http.Request, body []byte) answer {
	if path == "crm/v4/associations/contacts/companies/batch/read" {
		return s.readLinks(body)
	}
	if strings.HasPrefix(path, "automation/v4/actions/callbacks/") && strings.HasSuffix(path, "/complete") {
		return s.complete(path, body)
	}
	kind, rest, _ := strings.Cut(strings.TrimPrefix(path, "crm/v3/objects/"), "/")
	st := s.stores[Kind(kind)]
	if st == nil || !strings.HasPrefix(path, "crm/v3/objects/") {
		return refusal(http.StatusNotFound, "NOT_FOUND", "no such resource")
	}
	switch rest {
	case "batch/read":
		return s.readBatch(st, body, r.URL.Query().Get("archived") == "true")
	case "batch/update":
		return s.writeBatch(st, body, false)
	case "batch/upsert":
		return s.writeBatch(st, body, true)
	case "search":
		return s.search(st, body)
	}
	return refusal(http.StatusNotFound, "NOT_FOUND", "no such resource")
}

// strict decodes a body as HubSpot does: what it does not know is refused.
func strict(body []byte, into any) bool {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	return d.Decode(into) == nil && !d.More()
}

// complete ends an action; one that has ended is not there any more.
func (s *Server) complete(path string, body []byte) answer {
	_, rest, _ := strings.Cut(path, "/callbacks/")
	id := strings.TrimSuffix(rest, "/complete")
	var in struct {
		OutputFields map[string]string `json:"outputFields"`
		TypedOutputs *struct{}         `json:"typedOutputs"`
	}
	if json.Unmarshal(body, &in) != nil || in.OutputFields == nil || in.TypedOutputs == nil {
		return badRequest("Invalid input JSON")
	}
	for _, c := range s.callbacks {
		if c.ID == id {
			return refusal(http.StatusNotFound, "OBJECT_NOT_FOUND", "callback is over")
		}
	}
	s.callbacks = append(s.callbacks, Callback{ID: id, Body: body, Fields: in.OutputFields})
	return answer{status: http.StatusNoContent}
}
