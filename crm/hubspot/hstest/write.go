package hstest

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
)

type writeRequest struct {
	Inputs []writeInput `json:"inputs"`
}

type writeInput struct {
	ID         string            `json:"id"`
	IDProperty string            `json:"idProperty"`
	Properties map[string]string `json:"properties"`
	Trace      string            `json:"objectWriteTraceId"`
}

// failingKey names a record whose writes fail, refusedKey a value that may not stand
// in a property.
type failingKey struct {
	kind Kind
	id   int64
}

type refusedKey struct {
	kind            Kind
	property, value string
}

// FailRecord lets writes to a record fail with a category, such as "CONFLICT", within
// a 207: the others of the batch are written. "" ends it.
func (s *Server) FailRecord(k Kind, id int64, category string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failing[failingKey{k, id}] = category
}

// Refuse adds a validation rule: this value may not stand in that property. As with
// every wrong value, the whole batch is refused.
func (s *Server) Refuse(k Kind, property, value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused[refusedKey{k, property, value}] = true
}

// writeBatch answers a batch update or upsert. One wrong value refuses the whole
// batch; a record that is not there fails alone, in a 207.
func (s *Server) writeBatch(st *store, body []byte, upsert bool) answer {
	var q writeRequest
	if !strict(body, &q) || len(q.Inputs) == 0 || len(q.Inputs) > maxBatch {
		return badRequest("Invalid input JSON")
	}
	if a, wrong := s.checkInputs(st, q.Inputs, upsert); wrong {
		return a
	}
	var results, problems []any
	for _, in := range q.Inputs {
		r, valid := st.byInput(in.ID, in.IDProperty)
		switch {
		case !valid:
			return badRequest("id is not valid")
		case upsert && r == nil:
			values := maps.Clone(in.Properties)
			values[in.IDProperty] = in.ID
			results = append(results, st.written(s.create(st, values), in, true, upsert))
			continue
		case r == nil || r.archived:
			problems = append(problems, in.problem(missing, "resource not found"))
			continue
		}
		if category := s.failing[failingKey{st.kind, r.id}]; category != "" {
			problems = append(problems, in.problem(category, "the record could not be written"))
			continue
		}
		s.put(st, r.id, in.Properties, s.now())
		results = append(results, st.written(r, in, false, upsert))
	}
	return batchAnswer(results, problems)
}

// problem names an input only when that bears a trace.
func (in writeInput) problem(category, message string) any {
	context := map[string][]string{}
	if in.Trace != "" {
		context["objectWriteTraceId"] = []string{in.Trace}
	}
	return itemProblem(category, message, context)
}

// written is the answer for one record.
func (st *store) written(r *record, in writeInput, created, upsert bool) any {
	out := st.wire(r, slices.Collect(maps.Keys(in.Properties)), nil)
	if in.Trace != "" {
		out["objectWriteTraceId"] = in.Trace
	}
	if upsert {
		out["new"] = created
	}
	return out
}

// checkInputs looks at all values before anything is written.
func (s *Server) checkInputs(st *store, inputs []writeInput, upsert bool) (answer, bool) {
	type finding struct {
		IsValid bool   `json:"isValid"`
		Message string `json:"message"`
		Error   string `json:"error"`
		Name    string `json:"name"`
	}
	var findings []finding
	seen := map[string]bool{}
	for _, in := range inputs {
		if in.Properties == nil {
			return badRequest("properties are missing"), true
		}
		key := in.IDProperty + "=" + strings.ToLower(in.ID)
		if seen[key] {
			return badRequest("Duplicate IDs found in batch input"), true
		}
		seen[key] = true
		if p := st.properties[in.IDProperty]; upsert && !p.Unique && in.IDProperty != "email" {
			return badRequest("idProperty is not a unique property"), true
		}
		for _, name := range slices.Sorted(maps.Keys(in.Properties)) {
			if code := s.faultOf(st, name, in.Properties[name]); code != "" {
				findings = append(findings, finding{Message: "value " + in.Properties[name] + " is not valid", Error: code, Name: name})
			}
		}
	}
	if len(findings) == 0 {
		return answer{}, false
	}
	text, err := json.Marshal(findings)
	if err != nil {
		return refusal(http.StatusInternalServerError, "INTERNAL_ERROR", err.Error()), true
	}
	return badRequest("Property values were not valid: " + string(text)), true
}

func (s *Server) faultOf(st *store, name, value string) string {
	p, ok := st.properties[name]
	switch {
	case !ok:
		return "PROPERTY_DOESNT_EXIST"
	case p.ReadOnly:
		return "READ_ONLY_VALUE"
	case s.refused[refusedKey{st.kind, name, value}]:
		return "PROPERTY_VALIDATION_RULE"
	}
	return p.fault(value)
}
