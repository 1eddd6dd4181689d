package sftest

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
)

// created is the answer to a create, an upsert, or an item of a collection.
type created struct {
	ID      string      `json:"id,omitempty"`
	Success bool        `json:"success"`
	Errors  []itemFault `json:"errors"`
	Created *bool       `json:"created,omitempty"`
}

// itemFault is an error of one item.
type itemFault struct {
	Code    string   `json:"statusCode"`
	Message string   `json:"message"`
	Fields  []string `json:"fields"`
}

// rowTarget is what a path names: an object, and a record by id or by external
// id.
type rowTarget struct {
	object crm.Object
	schema crm.Schema
	// id, or the external id's field and value.
	id    string
	by    crm.Field
	value string
}

// target reads the path of a record. The answer is nil when the path is good.
func (s *Server) target(r *request) (rowTarget, *response) {
	t := rowTarget{}
	var ok bool
	if t.object, ok = s.object(r.path[1]); !ok {
		return t, noResource()
	}
	t.schema = s.schemas[t.object]
	switch {
	case len(r.path) == 4 && strings.EqualFold(r.path[2], "Id"):
		t.id = r.path[3]
	case len(r.path) == 4:
		t.value = r.path[3]
		if t.by, ok = externalID(t.schema, r.path[2]); !ok {
			return t, noExternalID(r.path[2])
		}
		return t, nil
	case len(r.path) == 3:
		t.id = r.path[2]
	default:
		return t, nil
	}
	if _, err := crm.WidenID(t.id); err != nil {
		return t, noExternalID(t.id)
	}
	return t, nil
}

func noExternalID(name string) *response {
	return failed(http.StatusNotFound, "NOT_FOUND", "Provided external ID field does not exist or is not accessible: "+name)
}

// basicInfo tells about an object in short.
func basicInfo(s *Server, r *request) *response {
	t, bad := s.target(r)
	if bad != nil {
		return bad
	}
	return answered(http.StatusOK, map[string]any{"objectDescribe": s.summary(r.version, t.schema), "recentItems": []any{}})
}

// row reads one record, all its fields or those that the query names.
func row(s *Server, r *request) *response {
	t, bad := s.target(r)
	if bad != nil {
		return bad
	}
	var out *response
	s.within(r, func(tx *memcrm.Tx) {
		record, refusal := s.read(tx, r, t, fieldList(r.query.Get("fields")))
		if out = refusal; out == nil {
			out = answered(http.StatusOK, toJSON(r.version, t.schema, record))
		}
	})
	return out
}

func fieldList(names string) []string {
	var out []string
	for name := range strings.SplitSeq(names, ",") {
		if name = strings.TrimSpace(name); name != "" {
			out = append(out, name)
		}
	}
	return out
}

// columns resolves field names; no names mean all fields.
func columns(schema crm.Schema, names []string) ([]string, *response) {
	var out []string
	for _, name := range names {
		f, ok := fieldNamed(schema, name)
		if !ok {
			return nil, failed(http.StatusBadRequest, "INVALID_FIELD",
				"No such column '"+name+"' on sobject of type "+string(schema.Object))
		}
		out = append(out, f.Name)
	}
	if len(names) == 0 {
		for _, f := range schema.Fields {
			out = append(out, f.Name)
		}
	}
	return out, nil
}

// read finds the record that a path names.
func (s *Server) read(tx *memcrm.Tx, r *request, t rowTarget, names []string) (crm.Record, *response) {
	selected, bad := columns(t.schema, names)
	if bad != nil {
		return crm.Record{}, bad
	}
	field, value := "Id", t.id
	if t.by.Name != "" {
		field, value = t.by.Name, t.value
	}
	pages, err := tx.Find(r.landing(), []crm.Query{{
		Object: t.object, Select: selected, Deleted: t.by.Name == "",
		Where: []crm.Cond{{Field: field, Op: crm.OpIn, Values: []string{value}}},
	}})
	if err == nil {
		err = pages[0].Err
	}
	switch {
	case err != nil:
		return crm.Record{}, s.refused(err)
	case len(pages[0].Records) == 0:
		return crm.Record{}, noResource()
	case len(pages[0].Records) > 1:
		return crm.Record{}, choices(r.version, t.object, pages[0].Records)
	case pages[0].Records[0].Deleted:
		return crm.Record{}, failed(http.StatusNotFound, "ENTITY_IS_DELETED", messages["ENTITY_IS_DELETED"])
	}
	return pages[0].Records[0], nil
}

// choices answers a request for an external id that several records share.
func choices(version string, o crm.Object, records []crm.Record) *response {
	urls := make([]string, len(records))
	for i, r := range records {
		urls[i] = resourceURL(version, "sobjects", string(o), r.ID)
	}
	return answered(http.StatusMultipleChoices, urls)
}

func createRow(s *Server, r *request) *response {
	t, bad := s.target(r)
	if bad != nil {
		return bad
	}
	record, bad := s.decode(r)
	if bad != nil {
		return bad
	}
	var out saved
	s.within(r, func(tx *memcrm.Tx) { out = s.insert(tx, r, t.object, record) })
	if out.err != nil {
		return s.failedRow(r.version, out)
	}
	a := answered(http.StatusCreated, created{ID: out.id, Success: true, Errors: []itemFault{}})
	a.header = http.Header{"Location": {resourceURL(r.version, "sobjects", string(t.object), out.id)}}
	return a
}

// decode reads a body that is one record.
func (s *Server) decode(r *request) (object, *response) {
	var record object
	if err := json.Unmarshal(r.body, &record); err != nil || record == nil {
		return nil, failed(http.StatusBadRequest, "JSON_PARSER_ERROR", "The body is not a JSON object")
	}
	return record, nil
}

// changeRow changes a record by its id, or upserts it by an external id.
func changeRow(s *Server, r *request) *response {
	t, bad := s.target(r)
	if bad != nil {
		return bad
	}
	record, bad := s.decode(r)
	if bad != nil {
		return bad
	}
	for _, name := range []string{"Id", t.by.Name} {
		if name != "" && holds(record, name) {
			return failed(http.StatusBadRequest, "INVALID_FIELD", "The "+name+" field should not be specified in the sobject data.", name)
		}
	}
	var out *response
	s.within(r, func(tx *memcrm.Tx) {
		if out = s.changedSince(tx, r, t); out != nil {
			return
		}
		if t.by.Name == "" {
			out = s.changed(r, s.update(tx, r, t.object, t.id, record))
			return
		}
		k := keyed{object: t.object, by: t.by, value: t.value, only: strings.EqualFold(r.query.Get("updateOnly"), "true")}
		out = s.upserted(r, t, s.upsert(tx, r, k, record))
	})
	return out
}

// holds reports whether a record has a member of that name, in any case.
func holds(record object, name string) bool {
	for member := range record {
		if strings.EqualFold(member, name) {
			return true
		}
	}
	return false
}

// changed answers an update.
func (s *Server) changed(r *request, v saved) *response {
	if v.err != nil {
		return s.failedRow(r.version, v)
	}
	return &response{status: http.StatusNoContent}
}

// upserted answers an upsert. Before v46 a change has no body.
func (s *Server) upserted(r *request, t rowTarget, v saved) *response {
	switch {
	case len(v.same) > 0:
		return choices(r.version, t.object, v.same)
	case v.err != nil:
		return s.failedRow(r.version, v)
	case !v.created && r.version < "v46.0":
		return &response{status: http.StatusNoContent}
	}
	a := answered(http.StatusOK, created{ID: v.id, Success: true, Errors: []itemFault{}, Created: &v.created})
	if v.created {
		a.status = http.StatusCreated
		a.header = http.Header{"Location": {resourceURL(r.version, "sobjects", string(t.object), v.id)}}
	}
	return a
}

// changedSince answers 412 when the record has changed since the time that
// If-Unmodified-Since names.
func (s *Server) changedSince(tx *memcrm.Tx, r *request, t rowTarget) *response {
	since, err := http.ParseTime(r.header.Get("If-Unmodified-Since"))
	if err != nil {
		return nil
	}
	record, bad := s.read(tx, r, t, []string{"SystemModstamp"})
	if bad != nil {
		return nil
	}
	if crm.ParseTime(record.Fields["SystemModstamp"]).Truncate(time.Second).After(since) {
		return &response{status: http.StatusPreconditionFailed}
	}
	return nil
}

func deleteRow(s *Server, r *request) *response {
	t, bad := s.target(r)
	if bad != nil {
		return bad
	}
	var out *response
	s.within(r, func(tx *memcrm.Tx) {
		if t.by.Name != "" {
			record, refusal := s.read(tx, r, t, []string{"Id"})
			if out = refusal; out != nil {
				return
			}
			t.id = record.ID
		}
		if out = s.changedSince(tx, r, t); out != nil {
			return
		}
		v := saved{}
		if err := tx.Delete(t.object, t.id); err != nil {
			v = failedSave(err)
		}
		out = s.changed(r, v)
	})
	return out
}

// failedRow answers a single write that was refused.
func (s *Server) failedRow(version string, v saved) *response {
	switch {
	case v.err.Code == "DUPLICATES_DETECTED":
		return s.duplicates(version, v)
	case errors.Is(v.err.Class, crm.ErrNotFound):
		return noResource()
	}
	return s.refused(v.err)
}
