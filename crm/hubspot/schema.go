package hubspot

import (
	"context"
	"net/http"
	"regexp"

	"github.com/onward-crm/onward/crm"
)

const codeNoObject = "NO_SUCH_OBJECT"

// described is what the account tells of an object, made ready for look-ups.
type described struct {
	object crm.Object
	schema crm.Schema
	// byName leads from every name that is understood to its field, property to
	// HubSpot's name for it.
	byName   map[string]crm.Field
	property map[string]string
	// multiple tells which properties hold several options, parted by semicolons.
	multiple map[string]bool
}

// wireProperty is one property in the answer of the properties API, as far as it is
// used.
type wireProperty struct {
	Name       string `json:"name"`
	Type       string `json:"type"`
	FieldType  string `json:"fieldType"`
	Calculated bool   `json:"calculated"`
	External   bool   `json:"externalOptions"`
	Unique     bool   `json:"hasUniqueValue"`
	Archived   bool   `json:"archived"`
	Refers     string `json:"referencedObjectType"`
	Hint       string `json:"textDisplayHint"`
	Currency   bool   `json:"showCurrencySymbol"`
	Options    []struct {
		Value text `json:"value"`
	} `json:"options"`
	Modification struct {
		ReadOnly bool `json:"readOnlyValue"`
	} `json:"modificationMetadata"`
}

// Describe tells which fields an object has: each of HubSpot's properties under its
// own name, and under Salesforce's where both systems have it. Nothing is creatable.
// Of a User, HubSpot knows neither manager nor stand-in: ManagerId is always blank.
// The answer is kept for the life of the Client and shared: do not change it.
// crm.ErrNotFound for an object other than Contact, Account and User.
func (c *Client) Describe(ctx context.Context, o crm.Object) (crm.Schema, error) {
	d, err := c.describe(ctx, o)
	if err != nil {
		return crm.Schema{}, err
	}
	return d.schema, nil
}

// describe is Describe with all that is needed within.
func (c *Client) describe(ctx context.Context, o crm.Object) (*described, error) {
	c.mu.Lock()
	d := c.schemas[o]
	c.mu.Unlock()
	if d != nil {
		return d, nil
	}
	return c.describeAgain(ctx, o)
}

// describeAgain asks HubSpot, and keeps the answer. Two who ask at the same time cost
// two calls, and get the same.
func (c *Client) describeAgain(ctx context.Context, o crm.Object) (*described, error) {
	if o == crm.ObjectUser {
		return ownersDescribed(), nil
	}
	kind := kindOf(o)
	if kind == "" {
		return nil, &crm.Error{Op: "describe", Object: o, Class: crm.ErrNotFound, Code: codeNoObject}
	}
	k := call{op: "describe", object: o, name: "properties", method: http.MethodGet, path: c.resource("properties") + "/" + kind, repeat: true}
	var a struct {
		Results []wireProperty `json:"results"`
	}
	if _, err := c.do(ctx, k, &a); err != nil {
		return nil, err
	}
	d := newDescribed(o, a.Results)
	if len(d.property) == 0 {
		return nil, &crm.Error{Op: "describe", Object: o, Class: crm.ErrUnavailable, Code: codeMalformed}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.schemas[o] = d
	return d, nil
}

// propertyForm is what a property's name looks like.
var propertyForm = regexp.MustCompile(`^[a-z][a-z0-9_]{0,99}$`)

func newDescribed(o crm.Object, properties []wireProperty) *described {
	d := &described{
		object: o, schema: crm.Schema{Object: o, Updatable: true},
		byName: map[string]crm.Field{}, property: map[string]string{}, multiple: map[string]bool{},
	}
	for _, p := range properties {
		if p.Archived || !propertyForm.MatchString(p.Name) {
			continue
		}
		f := p.field()
		f.Unique = f.Unique || o == crm.ObjectContact && p.Name == propEmail
		f.ExternalID = f.Unique
		d.multiple[p.Name] = p.Type == "enumeration" && p.FieldType == "checkbox"
		d.add(f, p.Name)
	}
	for _, s := range standards(o) {
		f, ok := d.byName[s.property]
		if !ok {
			continue
		}
		f.Name = s.field
		if s.refersTo != "" {
			f.Type, f.RefersTo, f.Values, f.Restricted = crm.TypeReference, []crm.Object{s.refersTo}, nil, false
		}
		switch s.field {
		case fieldID:
			f.Type, f.Updatable = crm.TypeID, false
		case fieldAccount:
			f.Updatable = false // the association decides, not the property
		}
		d.add(f, s.property)
	}
	return d
}

func (d *described) add(f crm.Field, property string) {
	d.schema.Fields = append(d.schema.Fields, f)
	d.byName[f.Name], d.property[f.Name] = f, property
}

// field translates a property.
func (p wireProperty) field() crm.Field {
	f := crm.Field{Name: p.Name, Type: p.kind(), Unique: p.Unique, Updatable: !p.Calculated && !p.Modification.ReadOnly}
	if f.Type != crm.TypePicklist {
		return f
	}
	f.Restricted = !p.External && len(p.Options) > 0
	for _, o := range p.Options {
		f.Values = append(f.Values, string(o.Value))
	}
	return f
}

func (p wireProperty) kind() crm.Type {
	switch p.Type {
	case "bool":
		return crm.TypeBoolean
	case "number":
		if p.Currency {
			return crm.TypeCurrency
		}
		return crm.TypeNumber
	case "date":
		return crm.TypeDate
	case "datetime":
		return crm.TypeDateTime
	case "phone_number":
		return crm.TypePhone
	case "enumeration":
		switch {
		case p.FieldType == "booleancheckbox":
			return crm.TypeBoolean
		case p.Refers == "OWNER":
			return crm.TypeReference
		}
		return crm.TypePicklist
	}
	switch {
	case p.FieldType == "textarea" || p.FieldType == "html":
		return crm.TypeLongText
	case p.Hint == "email":
		return crm.TypeEmail
	case p.FieldType == "phonenumber" || p.Hint == "phone_number":
		return crm.TypePhone
	}
	return crm.TypeText
}
