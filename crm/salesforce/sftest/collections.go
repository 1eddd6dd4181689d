package sftest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
)

const (
	// maxCollection is the number of records in a collection, maxChunks the number
	// of runs of like type.
	maxCollection, maxChunks = 200, 10
	// maxRead is the number of records in a read by ids.
	maxRead = 2000
)

type collection struct {
	AllOrNone bool     `json:"allOrNone"`
	Records   []object `json:"records"`
}

// member is a record of a collection with the object that it is of.
type member struct {
	object crm.Object
	record object
	// bad is why the record cannot even be tried.
	bad *crm.Error
}

// collected reads the body of a collection call.
func (s *Server) collected(r *request) (collection, []member, *response) {
	var c collection
	if err := json.Unmarshal(r.body, &c); err != nil || c.Records == nil {
		return c, nil, failed(http.StatusBadRequest, "JSON_PARSER_ERROR", "The body is not a collection of records")
	}
	if len(c.Records) > maxCollection {
		return c, nil, tooMany(maxCollection)
	}
	members := make([]member, len(c.Records))
	chunks, last := 0, ""
	for i, record := range c.Records {
		var attributes struct {
			Type string `json:"type"`
		}
		if json.Unmarshal(record["attributes"], &attributes) != nil || attributes.Type == "" {
			return c, nil, failed(http.StatusBadRequest, "INVALID_INPUT", "The record has no attributes with a type")
		}
		if i == 0 || attributes.Type != last {
			chunks, last = chunks+1, attributes.Type
		}
		members[i].record = record
		var ok bool
		if members[i].object, ok = s.object(attributes.Type); !ok {
			members[i].bad = wrong("", "INVALID_TYPE", "sObject type '"+attributes.Type+"' is not supported.")
		}
	}
	if chunks > maxChunks {
		return c, nil, failed(http.StatusBadRequest, "INVALID_INPUT", fmt.Sprintf("A collection may hold at most %d chunks of like type", maxChunks))
	}
	return c, members, nil
}

func tooMany(limit int) *response {
	return failed(http.StatusBadRequest, "EXCEEDED_ID_LIMIT",
		fmt.Sprintf("record limit reached. cannot submit more than %d records into this call", limit))
}

func insertMany(s *Server, r *request) *response {
	return s.saveMany(r, func(tx *memcrm.Tx, m member) saved { return s.insert(tx, r, m.object, m.record) }, false)
}

func updateMany(s *Server, r *request) *response {
	return s.saveMany(r, func(tx *memcrm.Tx, m member) saved {
		id := recordID(m.record)
		if id == "" {
			return saved{err: wrong(m.object, "MISSING_ARGUMENT", "Id not specified in an update call")}
		}
		return s.update(tx, r, m.object, id, m.record)
	}, false)
}

// recordID reads a record's id, whose name may be written in any case.
func recordID(record object) string {
	for name, raw := range record {
		var id string
		if strings.EqualFold(name, "id") && json.Unmarshal(raw, &id) == nil {
			return id
		}
	}
	return ""
}

func upsertMany(s *Server, r *request) *response {
	o, ok := s.object(r.path[2])
	if !ok {
		return noResource()
	}
	if strings.EqualFold(r.path[3], "Id") {
		return s.upsertByID(r, o)
	}
	by, ok := externalID(s.schemas[o], r.path[3])
	if !ok {
		return noExternalID(r.path[3])
	}
	seen := map[string]bool{}
	return s.saveMany(r, func(tx *memcrm.Tx, m member) saved {
		value, rest := cutField(by, m.record)
		switch {
		case m.object != o:
			return otherType(m)
		case recordID(rest) != "":
			return saved{err: wrong(o, "INVALID_FIELD_FOR_INSERT_UPDATE",
				"cannot specify both an external ID reference "+by.Name+" and a salesforce id, Id", "Id")}
		case value != "" && seen[value]:
			return saved{err: wrong(o, "DUPLICATE_VALUE", "Duplicate external id specified", by.Name)}
		}
		seen[value] = true
		return s.upsert(tx, r, keyed{object: o, by: by, value: value}, rest)
	}, true)
}

// upsertByID changes the records that have an id and inserts the others.
func (s *Server) upsertByID(r *request, o crm.Object) *response {
	return s.saveMany(r, func(tx *memcrm.Tx, m member) saved {
		id := recordID(m.record)
		switch {
		case m.object != o:
			return otherType(m)
		case id == "":
			return s.insert(tx, r, o, m.record)
		default:
			return s.update(tx, r, o, id, m.record)
		}
	}, true)
}

func otherType(m member) saved {
	return saved{err: wrong(m.object, "INVALID_INPUT", "All records of an upsert must be of the type in the path")}
}

// cutField takes one field out of a record.
func cutField(f crm.Field, record object) (value string, rest object) {
	rest = object{}
	for name, raw := range record {
		if strings.EqualFold(name, f.Name) {
			value, _ = fromJSON(f, raw)
			continue
		}
		rest[name] = raw
	}
	return value, rest
}

// saveMany saves the records of a collection one after the other.
func (s *Server) saveMany(r *request, save func(*memcrm.Tx, member) saved, upserts bool) *response {
	c, members, bad := s.collected(r)
	if bad != nil {
		return bad
	}
	out := make([]saved, len(members))
	s.within(r, func(tx *memcrm.Tx) {
		start := tx.Savepoint()
		for i, m := range members {
			out[i] = saved{err: m.bad}
			if m.bad == nil {
				out[i] = save(tx, m)
			}
		}
		if c.AllOrNone && anyFailed(out) {
			tx.Rollback(start)
			takenBack(out)
		}
	})
	return items(out, upserts && r.version >= "v46.0")
}

func anyFailed(all []saved) bool {
	for _, v := range all {
		if v.err != nil {
			return true
		}
	}
	return false
}

// takenBack turns what was saved into what was taken back.
func takenBack(all []saved) {
	for i, v := range all {
		if v.err == nil {
			all[i] = saved{err: wrong("", "ALL_OR_NONE_OPERATION_ROLLED_BACK",
				"Record rolled back because not all records were valid and the request was using AllOrNone header")}
		}
	}
}

// items answers with one result for each record; the status is always 200. Which
// records are new is told of upserts, since v46.
func items(all []saved, upserts bool) *response {
	out := make([]created, len(all))
	for i, v := range all {
		out[i] = created{ID: v.id, Success: v.err == nil, Errors: itemFaults(v.err)}
		if upserts {
			out[i].Created = &v.created
		}
	}
	return answered(http.StatusOK, out)
}

func itemFaults(err *crm.Error) []itemFault {
	if err == nil {
		return []itemFault{}
	}
	fields := err.Fields
	if fields == nil {
		fields = []string{}
	}
	return []itemFault{{Code: wireCode(err), Message: messageOf(err), Fields: fields}}
}

func deleteMany(s *Server, r *request) *response {
	ids := fieldList(r.query.Get("ids"))
	switch {
	case len(ids) > maxCollection:
		return tooMany(maxCollection)
	case len(ids) == 0:
		return failed(http.StatusBadRequest, "MISSING_ARGUMENT", "The ids parameter is missing")
	}
	return items(s.deleteAll(r, ids, strings.EqualFold(r.query.Get("allOrNone"), "true")), false)
}

// deleteAll deletes records, or none of them when that is wanted.
func (s *Server) deleteAll(r *request, ids []string, allOrNone bool) []saved {
	out := make([]saved, len(ids))
	s.within(r, func(tx *memcrm.Tx) {
		start := tx.Savepoint()
		for i, id := range ids {
			out[i] = saved{id: id}
			if err := tx.Delete(s.objectOfID(id), id); err != nil {
				out[i] = failedSave(err)
				out[i].id = id
			}
		}
		if allOrNone && anyFailed(out) {
			tx.Rollback(start)
			takenBack(out)
		}
	})
	return out
}

// readMany reads records by ids, positionally; null stands for one that is not
// there.
func readMany(s *Server, r *request) *response {
	t, bad := s.target(&request{path: []string{"sobjects", r.path[2]}})
	if bad != nil {
		return bad
	}
	ask := struct{ IDs, Fields []string }{fieldList(r.query.Get("ids")), fieldList(r.query.Get("fields"))}
	limit := maxCollection * 4
	if r.method == http.MethodPost {
		limit = maxRead
		if json.Unmarshal(r.body, &ask) != nil {
			return failed(http.StatusBadRequest, "JSON_PARSER_ERROR", "The body has no ids and fields")
		}
	}
	if len(ask.IDs) > limit {
		return tooMany(limit)
	}
	if len(ask.Fields) == 0 {
		return failed(http.StatusBadRequest, "MISSING_ARGUMENT", "The fields parameter is missing")
	}
	out := make([]any, len(ask.IDs))
	var refusal *response
	s.within(r, func(tx *memcrm.Tx) {
		for i, id := range ask.IDs {
			t.id = id
			record, bad := s.read(tx, r, t, ask.Fields)
			if bad != nil && bad.status != http.StatusNotFound {
				refusal = bad
				return
			}
			if bad == nil {
				out[i] = toJSON(r.version, t.schema, record)
			}
		}
	})
	if refusal != nil {
		return refusal
	}
	return answered(http.StatusOK, out)
}
