package sftest

import (
	"errors"
	"net/http"
	"strings"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
)

// manner is what the headers of a call say about saving.
type manner struct {
	// assign lets assignment rules run, allowSave saves past duplicate rules of
	// the alert kind.
	assign, allowSave bool
}

// mannerOf reads the headers. Assignment rules run unless they are switched off.
func mannerOf(head http.Header) manner {
	var m manner
	m.assign = !strings.EqualFold(strings.TrimSpace(head.Get("Sforce-Auto-Assign")), "false")
	for part := range strings.SplitSeq(head.Get("Sforce-Duplicate-Rule-Header"), ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		if strings.EqualFold(strings.TrimSpace(name), "allowSave") {
			m.allowSave = strings.EqualFold(strings.TrimSpace(value), "true")
		}
	}
	return m
}

// saved is what became of one record. Err is nil when it was saved.
type saved struct {
	id      string
	created bool
	err     *crm.Error
	// same are the records that share an external id.
	same []crm.Record
	// alert tells that the duplicate rule that refused it can be passed.
	alert bool
}

// errNotUnique tells that an external id belongs to several records.
var errNotUnique = errors.New("external id is not unique")

func failedSave(err error) saved {
	var e *crm.Error
	if !errors.As(err, &e) {
		e = &crm.Error{Op: "write", Class: crm.ErrInvalid, Code: "UNKNOWN_EXCEPTION", Err: err}
	}
	return saved{err: e}
}

// within runs fn in the transaction of the composite call around, or in one of
// its own.
func (s *Server) within(r *request, fn func(tx *memcrm.Tx)) {
	if r.tx != nil {
		fn(r.tx)
		return
	}
	_ = s.crm.Transact(func(tx *memcrm.Tx) error {
		fn(tx)
		return nil
	})
}

// insert creates a record.
func (s *Server) insert(tx *memcrm.Tx, r *request, o crm.Object, record object) saved {
	if recordID(record) != "" {
		return saved{err: wrong(o, "INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call", "Id")}
	}
	return s.put(tx, r, crm.Write{Verb: crm.VerbCreate, Object: o}, record)
}

// update changes the record of an id.
func (s *Server) update(tx *memcrm.Tx, r *request, o crm.Object, id string, record object) saved {
	return s.put(tx, r, crm.Write{Verb: crm.VerbUpdate, Object: o, ID: id}, record)
}

func (s *Server) put(tx *memcrm.Tx, r *request, w crm.Write, record object) saved {
	set, bad := s.fields(tx, r, s.schemas[w.Object], record)
	if bad != nil {
		return saved{err: bad, id: w.ID}
	}
	m := mannerOf(r.header)
	w.Set, w.Assign, w.AllowDuplicate = set, m.assign, m.allowSave
	result := tx.Write(w)
	if result.Err != nil {
		out := failedSave(result.Err)
		out.id = w.ID
		if rule, ok := tx.DuplicateRule(out.err.Rule); ok {
			out.alert = !rule.Block
		}
		return out
	}
	return saved{id: result.ID, created: result.Created}
}

// keyed names a record by the value of an external-id field.
type keyed struct {
	object crm.Object
	by     crm.Field
	value  string
	// only tells that the record must be there already.
	only bool
}

// upsert creates or changes the record that a key names.
func (s *Server) upsert(tx *memcrm.Tx, r *request, k keyed, record object) saved {
	found := findBy(tx, r, k.object, k.by.Name, k.value)
	switch {
	case k.value == "":
		return saved{err: wrong(k.object, "MISSING_ARGUMENT", k.by.Name+" not specified", k.by.Name)}
	case len(found) > 1:
		return saved{same: found, err: &crm.Error{
			Op: "write", Object: k.object, Class: crm.ErrInvalid, Code: "DUPLICATE_EXTERNAL_ID", Err: errNotUnique,
		}}
	case len(found) == 1:
		return s.update(tx, r, k.object, found[0].ID, record)
	case k.only:
		return saved{err: &crm.Error{Op: "write", Object: k.object, Class: crm.ErrNotFound, Code: "NOT_FOUND"}}
	}
	with := object{k.by.Name: jsonText(k.value)}
	for name, raw := range record {
		if !strings.EqualFold(name, k.by.Name) {
			with[name] = raw
		}
	}
	return s.insert(tx, r, k.object, with)
}

// externalID finds the field that serves as an external id of an object.
func externalID(schema crm.Schema, name string) (crm.Field, bool) {
	f, ok := fieldNamed(schema, name)
	return f, ok && f.ExternalID
}
