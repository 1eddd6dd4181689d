package hstest

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const (
	// maxBatch is how many records one call reads or writes, and a list gives;
	// maxHistories how many are read with the history of their properties.
	maxBatch     = 100
	maxHistories = 50
	// maxLinkInputs is how many records' links one call reads, linksAPage how many of
	// one record it gives.
	maxLinkInputs = 1000
	linksAPage    = 500

	missing = "OBJECT_NOT_FOUND"
)

type readRequest struct {
	Properties  []string `json:"properties"`
	WithHistory []string `json:"propertiesWithHistory"`
	IDProperty  string   `json:"idProperty"`
	Inputs      []struct {
		ID string `json:"id"`
	} `json:"inputs"`
}

// batchAnswer is the form of every answer to a batch.
func batchAnswer(results, problems []any) answer {
	status := http.StatusOK
	body := map[string]any{
		"status": "COMPLETE", "results": results,
		"startedAt": "2026-11-01T09:00:00.000Z", "completedAt": "2026-11-01T09:00:00.010Z",
	}
	if results == nil {
		body["results"] = []any{}
	}
	if len(problems) > 0 {
		status = http.StatusMultiStatus
		body["numErrors"], body["errors"] = len(problems), problems
	}
	return answer{status: status, body: body}
}

// itemProblem is what a 207 says of some records.
func itemProblem(category, message string, context map[string][]string) map[string]any {
	return map[string]any{
		"status": "error", "category": category, "message": message, "context": context,
		"errors": []any{}, "links": map[string]string{},
	}
}

// readBatch answers a batch read. Missing records are told by a 207.
func (s *Server) readBatch(st *store, body []byte, archived bool) answer {
	var q readRequest
	if !strict(body, &q) || len(q.Inputs) == 0 || len(q.Inputs) > maxBatch {
		return badRequest("Invalid input JSON")
	}
	if len(q.WithHistory) > 0 && len(q.Inputs) > maxHistories {
		return badRequest("The maximum number of inputs supported in a batch request for property histories is 50.")
	}
	if p := st.properties[q.IDProperty]; q.IDProperty != "" && !p.Unique && q.IDProperty != "email" {
		return badRequest(q.IDProperty + " is not a unique property")
	}
	var results, problems []any
	var lost []string
	done := map[int64]bool{}
	for _, in := range q.Inputs {
		r, valid := st.byInput(in.ID, q.IDProperty)
		switch {
		case !valid:
			return badRequest("id is not valid")
		case r == nil || r.archived != archived:
			lost = append(lost, in.ID)
		case !done[r.id]:
			done[r.id] = true
			results = append(results, st.wire(r, q.Properties, q.WithHistory))
		}
	}
	if len(lost) > 0 {
		problems = append(problems, itemProblem(missing, "Could not get some objects, they may be deleted or not exist.",
			map[string][]string{"ids": lost}))
	}
	return batchAnswer(results, problems)
}

// byInput finds a record by id or by a unique property; valid is false for an id that
// is none.
func (st *store) byInput(id, property string) (r *record, valid bool) {
	if property == "" || property == "hs_object_id" {
		n, err := strconv.ParseInt(id, 10, 64)
		if err != nil || n <= 0 {
			return nil, false
		}
		return st.find(n), true
	}
	for _, r := range st.sorted(false) {
		if strings.EqualFold(r.value(property), id) {
			return r, true
		}
		if property == "email" && slices.Contains(strings.Split(r.value("hs_additional_emails"), ";"), strings.ToLower(id)) {
			return r, true
		}
	}
	return nil, true
}

// wire is a record as HubSpot sends it: null for properties without a value, and
// nothing at all for properties that nobody defined.
func (st *store) wire(r *record, names, historyOf []string) map[string]any {
	id := strconv.FormatInt(r.id, 10)
	properties := map[string]any{"hs_object_id": id}
	for _, name := range append(slices.Clone(names), historyOf...) {
		if _, ok := st.properties[name]; !ok {
			continue
		}
		properties[name] = nil
		if v := r.value(name); v != "" {
			properties[name] = v
		}
	}
	out := map[string]any{
		"id": id, "properties": properties, "archived": r.archived,
		"createdAt": r.created.Format(stampForm), "updatedAt": r.updated.Format(stampForm),
	}
	if r.archived {
		out["archivedAt"] = r.updated.Format(stampForm)
	}
	if len(historyOf) > 0 {
		history := map[string][]version{}
		for _, name := range historyOf {
			if vs := slices.Clone(r.properties[name]); len(vs) > 0 {
				slices.Reverse(vs)
				history[name] = vs
			}
		}
		out["propertiesWithHistory"] = history
	}
	return out
}

// listRecords answers a page of all records.
func (s *Server) listRecords(st *store, q url.Values) answer {
	limit, after, ok1 := pageOf(q, 10, maxBatch)
	if !ok1 {
		return badRequest("limit must be 1 to 100, after a number")
	}
	results := []any{}
	body := map[string]any{}
	for _, r := range st.sorted(q.Get("archived") == "true") {
		if r.id <= after {
			continue
		}
		if len(results) == limit {
			body["paging"] = next(results[limit-1].(map[string]any)["id"].(string))
			break
		}
		results = append(results, st.wire(r, strings.Split(q.Get("properties"), ","), nil))
	}
	body["results"] = results
	return ok(body)
}

// pageOf reads limit and after.
func pageOf(q url.Values, usual, most int) (limit int, after int64, ok bool) {
	limit = usual
	var err error
	if v := q.Get("limit"); v != "" {
		if limit, err = strconv.Atoi(v); err != nil || limit < 1 || limit > most {
			return 0, 0, false
		}
	}
	if v := q.Get("after"); v != "" {
		if after, err = strconv.ParseInt(v, 10, 64); err != nil || after < 0 {
			return 0, 0, false
		}
	}
	return limit, after, true
}

func next(after string) map[string]any {
	return map[string]any{"next": map[string]string{"after": after, "link": "?after=" + after}}
}

// readLinks answers a batch read of the companies of contacts.
func (s *Server) readLinks(body []byte) answer {
	var q struct {
		Inputs []struct {
			ID    string `json:"id"`
			After string `json:"after"`
		} `json:"inputs"`
	}
	if !strict(body, &q) || len(q.Inputs) == 0 || len(q.Inputs) > maxLinkInputs {
		return badRequest("Invalid input JSON")
	}
	var results, problems []any
	for _, in := range q.Inputs {
		r, valid := s.stores[Contacts].byInput(in.ID, "")
		if !valid {
			return badRequest("id is not valid")
		}
		var to []any
		if r != nil {
			to = s.linksOf(r.id)
		}
		if len(to) == 0 {
			p := itemProblem(missing, fmt.Sprintf("No company is associated with contact %s.", in.ID), map[string][]string{"fromObjectId": {in.ID}})
			p["subCategory"] = "crm.associations.NO_ASSOCIATIONS_FOUND"
			problems = append(problems, p)
			continue
		}
		from, _ := strconv.Atoi(in.After)
		from = min(max(from, 0), len(to))
		end := min(from+linksAPage, len(to))
		result := map[string]any{"from": map[string]string{"id": in.ID}, "to": to[from:end]}
		if end < len(to) {
			result["paging"] = next(strconv.Itoa(end))
		}
		results = append(results, result)
	}
	return batchAnswer(results, problems)
}

// linksOf lists the companies of a contact: the primary one bears two types.
func (s *Server) linksOf(contact int64) []any {
	var out []any
	plain := map[string]any{"category": "HUBSPOT_DEFINED", "typeId": 279, "label": nil}
	for _, id := range s.others[contact] {
		out = append(out, map[string]any{"toObjectId": id, "associationTypes": []any{plain}})
	}
	if id := s.primary[contact]; id != 0 {
		first := map[string]any{"category": "HUBSPOT_DEFINED", "typeId": 1, "label": "Primary"}
		out = append(out, map[string]any{"toObjectId": id, "associationTypes": []any{first, plain}})
	}
	return out
}
