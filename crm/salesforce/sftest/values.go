package sftest

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/crm/salesforce/sftest/soql"
)

// object is a JSON object whose members are not read yet.
type object map[string]json.RawMessage

// wrong is an error about a record's form.
func wrong(o crm.Object, code, message string, fields ...string) *crm.Error {
	return &crm.Error{Op: "write", Object: o, Class: crm.ErrInvalid, Code: code, Fields: fields, Err: wording(message)}
}

// fields turns a record of the wire into the values of package crm. Member names
// are compared without regard to case; "attributes" and the id are left out.
func (s *Server) fields(tx *memcrm.Tx, r *request, schema crm.Schema, record object) (crm.Fields, *crm.Error) {
	out := crm.Fields{}
	for _, name := range sortedNames(record) {
		if name == "attributes" || strings.EqualFold(name, "Id") {
			continue
		}
		f, ok := fieldNamed(schema, name)
		if !ok {
			id, ref, err := s.parent(tx, r, schema, name, record[name])
			if err != nil {
				return nil, err
			}
			out[ref] = id
			continue
		}
		v, ok := fromJSON(f, record[name])
		if !ok {
			return nil, wrong(schema.Object, "JSON_PARSER_ERROR",
				"Cannot deserialize the value of "+f.Name+", a field of type "+string(f.Type), f.Name)
		}
		out[f.Name] = v
	}
	return out, nil
}

// fromJSON turns a JSON value into text; false when its kind does not suit the
// field.
func fromJSON(f crm.Field, raw json.RawMessage) (string, bool) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) != nil {
		return "", false
	}
	switch v := v.(type) {
	case nil:
		return "", true
	case bool:
		return crm.FormatBool(v), f.Type == crm.TypeBoolean
	case json.Number:
		return v.String(), isNumeric(f.Type)
	case string:
		return v, true
	default:
		return "", false
	}
}

func isNumeric(t crm.Type) bool {
	return t == crm.TypeNumber || t == crm.TypeCurrency || t == crm.TypePercent
}

// parent resolves a reference that names its record by an external id, such as
// "Contact__r": {"Onward_Key__c": "k"}. It gives the id and the field.
func (s *Server) parent(tx *memcrm.Tx, r *request, schema crm.Schema, name string, raw json.RawMessage) (id, ref string, err *crm.Error) {
	i := slices.IndexFunc(schema.Fields, func(f crm.Field) bool {
		rel := relationshipOf(f)
		return rel != "" && strings.EqualFold(rel, name)
	})
	var key object
	if i < 0 || json.Unmarshal(raw, &key) != nil {
		return "", "", wrong(schema.Object, "INVALID_FIELD",
			"No such column '"+name+"' on sobject of type "+string(schema.Object), name)
	}
	f := schema.Fields[i]
	delete(key, "attributes")
	for _, to := range f.RefersTo {
		target, held := s.schemas[to]
		if !held || len(key) != 1 {
			continue
		}
		for member, value := range key {
			by, ok := fieldNamed(target, member)
			text, good := fromJSON(by, value)
			if !ok || !good || !by.ExternalID {
				continue
			}
			found := findBy(tx, r, to, by.Name, text)
			if len(found) != 1 {
				return "", "", wrong(schema.Object, "INVALID_FIELD",
					"Foreign key external ID: not found for field "+by.Name+" in entity "+string(to), f.Name)
			}
			return found[0].ID, f.Name, nil
		}
	}
	return "", "", wrong(schema.Object, "INVALID_FIELD",
		"The external foreign key reference does not reference a valid entity: "+name, f.Name)
}

// findBy finds the live, visible records that have a value in a field. Two are
// enough to know that it is not unique, but all are named.
func findBy(tx *memcrm.Tx, r *request, o crm.Object, field, value string) []crm.Record {
	if value == "" {
		return nil
	}
	pages, err := tx.Find(r.landing(), []crm.Query{{
		Object: o, Select: []string{field}, Where: []crm.Cond{{Field: field, Op: crm.OpIn, Values: []string{value}}},
	}})
	if err != nil || pages[0].Err != nil {
		return nil
	}
	return pages[0].Records
}

// toJSON gives a record in the form of the wire.
func toJSON(version string, schema crm.Schema, record crm.Record) map[string]any {
	out := map[string]any{"attributes": map[string]string{
		"type": string(schema.Object), "url": resourceURL(version, "sobjects", string(schema.Object), record.ID),
	}}
	for name, text := range record.Fields {
		if f, ok := schema.Field(name); ok {
			out[name] = soql.JSONValue(f, text)
		}
	}
	out["Id"] = record.ID
	return out
}
