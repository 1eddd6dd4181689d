package hstest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxBatch is how many records one call reads.
const maxBatch = 100

// record is a contact or a company: the versions of its properties, oldest first.
type record struct {
	id         int64
	properties map[string][]version
}

type version struct {
	Value     string `json:"value"`
	Timestamp string `json:"timestamp"`
	Source    string `json:"sourceType"`
}

func (r *record) put(properties map[string]string, at time.Time) {
	for name, value := range properties {
		v := version{Value: value, Timestamp: at.UTC().Format("2006-01-02T15:04:05.000Z"), Source: "CRM_UI"}
		r.properties[name] = append(r.properties[name], v)
	}
}

// PutContact creates a contact, or gives one new values, now.
func (s *Server) PutContact(id int64, properties map[string]string) {
	s.PutContactAt(id, s.now(), properties)
}

// PutContactAt does so at a time, which is that of the versions in the history.
func (s *Server) PutContactAt(id int64, at time.Time, properties map[string]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	put(s.contacts, id, properties, at)
}

// PutCompany creates a company, or gives one new values.
func (s *Server) PutCompany(id int64, properties map[string]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	put(s.companies, id, properties, s.now())
}

func put(all map[int64]*record, id int64, properties map[string]string, at time.Time) {
	if all[id] == nil {
		all[id] = &record{id: id, properties: map[string][]version{}}
	}
	all[id].put(properties, at)
}

// Associate makes a company the primary one of a contact, from a time on; the one
// before stays as another. As in HubSpot, associatedcompanyid follows.
func (s *Server) Associate(contact, company int64, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if old := s.primary[contact]; old != 0 {
		s.others[contact] = append(s.others[contact], old)
	}
	s.primary[contact] = company
	put(s.contacts, contact, map[string]string{"associatedcompanyid": strconv.FormatInt(company, 10)}, at)
}

// Merge makes one contact of two: the old id is answered with the new one's record.
func (s *Server) Merge(from, into int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.contacts, from)
	s.moved[from] = into
	var old []string
	for id, to := range s.moved {
		if to == into {
			old = append(old, strconv.FormatInt(id, 10))
		}
	}
	slices.Sort(old)
	put(s.contacts, into, map[string]string{"hs_merged_object_ids": strings.Join(old, ";")}, s.now())
}

// DeleteContact removes a contact.
func (s *Server) DeleteContact(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.contacts, id)
	delete(s.primary, id)
}

type readRequest struct {
	Properties  []string `json:"properties"`
	WithHistory []string `json:"propertiesWithHistory"`
	Inputs      []struct {
		ID string `json:"id"`
	} `json:"inputs"`
}

// batchAnswer is the form of every answer to a batch read.
func batchAnswer(results, problems []any) answer {
	status := http.StatusOK
	body := map[string]any{"status": "COMPLETE", "results": results}
	if results == nil {
		body["results"] = []any{}
	}
	if len(problems) > 0 {
		status = http.StatusMultiStatus
		body["numErrors"], body["errors"] = len(problems), problems
	}
	return answer{status: status, body: body}
}

// readBatch answers a batch read. Missing records are told by a 207.
func (s *Server) readBatch(body []byte, all map[int64]*record, moved map[int64]int64) answer {
	var q readRequest
	if json.Unmarshal(body, &q) != nil || len(q.Inputs) == 0 || len(q.Inputs) > maxBatch {
		return refusal(http.StatusBadRequest, "VALIDATION_ERROR", "Invalid input JSON")
	}
	var results, problems []any
	var missing []string
	done := map[int64]bool{}
	for _, in := range q.Inputs {
		id, err := strconv.ParseInt(in.ID, 10, 64)
		if err != nil {
			return refusal(http.StatusBadRequest, "VALIDATION_ERROR", "id is not valid")
		}
		for moved[id] != 0 {
			id = moved[id]
		}
		switch r := all[id]; {
		case r == nil:
			missing = append(missing, in.ID)
		case !done[id]:
			done[id] = true
			results = append(results, r.wire(q))
		}
	}
	if len(missing) > 0 {
		problems = append(problems, map[string]any{
			"status": "error", "category": "OBJECT_NOT_FOUND", "message": "Could not get some objects, they may be deleted or not exist.",
			"context": map[string]any{"ids": missing},
		})
	}
	return batchAnswer(results, problems)
}

// wire is a record as HubSpot sends it: null for properties without a value.
func (r *record) wire(q readRequest) map[string]any {
	id := strconv.FormatInt(r.id, 10)
	properties := map[string]any{"hs_object_id": id}
	for _, name := range append(slices.Clone(q.Properties), q.WithHistory...) {
		properties[name] = nil
		if vs := r.properties[name]; len(vs) > 0 && vs[len(vs)-1].Value != "" {
			properties[name] = vs[len(vs)-1].Value
		}
	}
	out := map[string]any{"id": id, "properties": properties, "archived": false}
	if len(q.WithHistory) > 0 {
		history := map[string][]version{}
		for _, name := range q.WithHistory {
			if vs := slices.Clone(r.properties[name]); len(vs) > 0 {
				slices.Reverse(vs)
				history[name] = vs
			}
		}
		out["propertiesWithHistory"] = history
	}
	return out
}

// readLinks answers a batch read of the companies of contacts.
func (s *Server) readLinks(body []byte) answer {
	var q readRequest
	if json.Unmarshal(body, &q) != nil || len(q.Inputs) == 0 {
		return refusal(http.StatusBadRequest, "VALIDATION_ERROR", "Invalid input JSON")
	}
	var results, problems []any
	for _, in := range q.Inputs {
		id, err := strconv.ParseInt(in.ID, 10, 64)
		if err != nil {
			return refusal(http.StatusBadRequest, "VALIDATION_ERROR", "id is not valid")
		}
		for s.moved[id] != 0 {
			id = s.moved[id]
		}
		to := s.linksOf(id)
		if len(to) == 0 {
			problems = append(problems, map[string]any{
				"status": "error", "category": "OBJECT_NOT_FOUND", "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
				"message": fmt.Sprintf("No company is associated with contact %s.", in.ID),
			})
			continue
		}
		results = append(results, map[string]any{"from": map[string]string{"id": in.ID}, "to": to})
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
