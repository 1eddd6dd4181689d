package crm

// Type is the type of a field, in Salesforce's describe terms.
type Type string

// The types of fields.
const (
	TypeText      Type = "string"
	TypeLongText  Type = "textarea"
	TypeEmail     Type = "email"
	TypePhone     Type = "phone"
	TypeURL       Type = "url"
	TypePicklist  Type = "picklist"
	TypeBoolean   Type = "boolean"
	TypeNumber    Type = "double"
	TypeCurrency  Type = "currency"
	TypePercent   Type = "percent"
	TypeDate      Type = "date"
	TypeDateTime  Type = "datetime"
	TypeReference Type = "reference"
	TypeID        Type = "id"
)

// Field describes one field of an object.
type Field struct {
	Name string `json:"name"`
	Type Type   `json:"type"`
	// Length is the longest text in characters; 0 means no limit of its own.
	Length int `json:"length,omitempty"`
	// Required fields must have a value on create and no default supplies one.
	Required bool `json:"required,omitempty"`
	// Unique external ids can serve as keys.
	ExternalID bool `json:"external_id,omitempty"`
	Unique     bool `json:"unique,omitempty"`
	// Creatable and Updatable tell whether the integration user may write it.
	Creatable bool `json:"creatable,omitempty"`
	Updatable bool `json:"updatable,omitempty"`
	// RefersTo lists the objects of a reference.
	RefersTo []Object `json:"refers_to,omitempty"`
	// Values are the active values of a picklist; Restricted refuses others.
	Values     []string `json:"values,omitempty"`
	Restricted bool     `json:"restricted,omitempty"`
}

// Schema describes one object.
type Schema struct {
	Object Object  `json:"object"`
	Fields []Field `json:"fields"`
	// Creatable and Updatable are the integration user's rights on the object.
	Creatable bool `json:"creatable"`
	Updatable bool `json:"updatable"`
}

// Field returns the field of that name; names are compared exactly.
func (s Schema) Field(name string) (Field, bool) {
	for _, f := range s.Fields {
		if f.Name == name {
			return f, true
		}
	}
	return Field{}, false
}
