package salesforce

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/onward-crm/onward/crm"
)

// The types of describe that package crm has no name for.
const (
	typeInt           crm.Type = "int"
	typeTime          crm.Type = "time"
	typeAddress       crm.Type = "address"
	typeLocation      crm.Type = "location"
	typeBase64        crm.Type = "base64"
	typeAny           crm.Type = "anyType"
	typeMultiPicklist crm.Type = "multipicklist"
)

// described is what the org tells of an object, made ready for look-ups.
//
// Where the org has person accounts, contacts and accounts have the field
// IsPersonAccount, which can be read like any other. The contact of a person
// account cannot be moved to another account and its names belong to the account:
// Salesforce refuses such writes, and the refusal is the result of the write.
type described struct {
	schema crm.Schema
	wire   wireObject
	// byName leads to the fields of the schema, filterable tells which of them may
	// stand in a WHERE clause.
	byName     map[string]crm.Field
	filterable map[string]bool
}

func (d *described) has(field string) bool {
	_, ok := d.byName[field]
	return ok
}

// wireObject is the answer of describe, as far as it is used.
type wireObject struct {
	Name       string      `json:"name"`
	KeyPrefix  string      `json:"keyPrefix"`
	Createable bool        `json:"createable"`
	Updateable bool        `json:"updateable"`
	Queryable  bool        `json:"queryable"`
	Searchable bool        `json:"searchable"`
	Fields     []wireField `json:"fields"`
}

// wireField is one field in the answer of describe.
type wireField struct {
	Name               string   `json:"name"`
	Type               crm.Type `json:"type"`
	Length             int      `json:"length"`
	Nillable           bool     `json:"nillable"`
	Createable         bool     `json:"createable"`
	Updateable         bool     `json:"updateable"`
	DefaultedOnCreate  bool     `json:"defaultedOnCreate"`
	ExternalID         bool     `json:"externalId"`
	Unique             bool     `json:"unique"`
	CaseSensitive      bool     `json:"caseSensitive"`
	Filterable         bool     `json:"filterable"`
	RestrictedPicklist bool     `json:"restrictedPicklist"`
	ReferenceTo        []string `json:"referenceTo"`
	PicklistValues     []struct {
		Value  string `json:"value"`
		Active bool   `json:"active"`
	} `json:"picklistValues"`
}

func newDescribed(w wireObject) *described {
	d := &described{
		wire:   w,
		schema: crm.Schema{Object: crm.Object(w.Name), Creatable: w.Createable, Updatable: w.Updateable},
		byName: map[string]crm.Field{}, filterable: map[string]bool{},
	}
	for _, f := range w.Fields {
		field := f.field()
		d.schema.Fields = append(d.schema.Fields, field)
		d.byName[f.Name] = field
		d.filterable[f.Name] = f.Filterable
	}
	return d
}

// field translates a field. Checkboxes are never required: they have no blank.
func (w wireField) field() crm.Field {
	f := crm.Field{
		Name: w.Name, Type: w.Type, Length: w.Length,
		Required:   w.Createable && !w.Nillable && !w.DefaultedOnCreate && w.Type != crm.TypeBoolean,
		ExternalID: w.ExternalID, Unique: w.Unique,
		Creatable: w.Createable, Updatable: w.Updateable, Restricted: w.RestrictedPicklist,
	}
	switch w.Type {
	case crm.TypeReference, crm.TypeID:
		f.Length = 0 // an id has 15 or 18 characters, and both are right
	}
	for _, o := range w.ReferenceTo {
		f.RefersTo = append(f.RefersTo, crm.Object(o))
	}
	for _, v := range w.PicklistValues {
		if v.Active {
			f.Values = append(f.Values, v.Value)
		}
	}
	return f
}

// Describe tells which fields an object has, for the integration user. Types are
// those of Salesforce's describe, also where package crm has no name for them.
// The answer is kept for the life of the Org and shared: do not change it.
// crm.ErrNotFound when the org has no such object or the user may not see it.
func (g *Org) Describe(ctx context.Context, o crm.Object) (crm.Schema, error) {
	d, err := g.describe(ctx, o)
	if err != nil {
		return crm.Schema{}, err
	}
	return d.schema, nil
}

// schemaEntry is a describe on its way, or done.
type schemaEntry struct {
	ready chan struct{}
	d     *described
	err   error
	// abandoned tells that the caller who asked gave up: the error is his alone.
	abandoned bool
}

// describe is Describe with all that the wire tells. Callers who want the same
// object at the same time share one call; errors are not kept.
func (g *Org) describe(ctx context.Context, o crm.Object) (*described, error) {
	for {
		mine := &schemaEntry{ready: make(chan struct{})}
		kept, waits := g.schemas.LoadOrStore(o, mine)
		e, ok := kept.(*schemaEntry)
		if !waits || !ok {
			mine.d, mine.err = g.readDescribe(ctx, o)
			mine.abandoned = mine.err != nil && ctx.Err() != nil
			if mine.err != nil {
				g.schemas.CompareAndDelete(o, mine)
			}
			close(mine.ready)
			return mine.d, mine.err
		}
		select {
		case <-ctx.Done():
			return nil, &crm.Error{Op: "describe", Object: o, Class: crm.ErrUnavailable, Err: ctx.Err()}
		case <-e.ready:
		}
		if !e.abandoned {
			return e.d, e.err
		}
	}
}

func (g *Org) readDescribe(ctx context.Context, o crm.Object) (*described, error) {
	if !isAPIName(string(o)) {
		return nil, &crm.Error{Op: "describe", Object: o, Class: crm.ErrNotFound, Code: "INVALID_TYPE"}
	}
	k := call{
		op: "describe", name: "sobjects/describe", object: o, method: http.MethodGet,
		path: "sobjects/" + url.PathEscape(string(o)) + "/describe", repeat: true,
	}
	r, err := g.do(ctx, k)
	if err != nil {
		return nil, noSuchObject(o, err)
	}
	var w wireObject
	if err := g.decode(k, r, &w); err != nil {
		return nil, err
	}
	if w.Name != string(o) && strings.EqualFold(w.Name, string(o)) {
		return nil, &crm.Error{Op: "describe", Object: o, Class: crm.ErrNotFound, Code: "INVALID_TYPE", Fields: []string{w.Name}}
	}
	if w.Name != string(o) || len(w.Fields) == 0 {
		return nil, &crm.Error{Op: "describe", Object: o, Class: crm.ErrUnavailable, Code: "MALFORMED_ANSWER"}
	}
	for _, f := range w.Fields {
		if !isAPIName(f.Name) {
			return nil, &crm.Error{Op: "describe", Object: o, Class: crm.ErrUnavailable, Code: "MALFORMED_ANSWER"}
		}
	}
	return newDescribed(w), nil
}

// noSuchObject gives the two ways of saying so one class.
func noSuchObject(o crm.Object, err error) error {
	var e *crm.Error
	if errors.As(err, &e) && (e.Code == "NOT_FOUND" || e.Code == "INVALID_TYPE") {
		return &crm.Error{Op: "describe", Object: o, Class: crm.ErrNotFound, Code: e.Code, Err: e.Err}
	}
	return err
}

// isAPIName holds for names that can stand in a statement or a path as they are.
func isAPIName(s string) bool {
	return s != "" && len(s) <= 255 && (s[0] < '0' || s[0] > '9') &&
		strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") == ""
}
