package routing

import (
	"slices"
	"strings"

	"github.com/onward-crm/onward/crm"
)

// shape is what a field must be like to hold a value of onward.
type shape struct {
	// types are those that can hold it; the first is the one to deploy.
	types []crm.Type
	// length is the longest text that onward writes there; 0 means that a text is
	// cut to nothing shorter by anybody but the org.
	length int
	// to is the object that a reference must be able to name.
	to crm.Object
}

// The kinds of values.
var (
	textTypes = []crm.Type{crm.TypeText, crm.TypePicklist, crm.TypeLongText}
	urlTypes  = []crm.Type{crm.TypeURL, crm.TypeText, crm.TypeLongText}
)

func reference(to crm.Object) shape { return shape{types: []crm.Type{crm.TypeReference}, to: to} }

// shapes are those of the values that mappings name. Values that are not here
// fit into any text.
var shapes = map[string]shape{
	ValuePastAccount: reference(crm.ObjectAccount), ValueMatchedAccount: reference(crm.ObjectAccount),
	ValueNewAccount: reference(crm.ObjectAccount), ValuePastContact: reference(crm.ObjectContact),
	ValueContact: reference(crm.ObjectContact), ValuePastLead: reference(crm.ObjectLead), ValueLead: reference(crm.ObjectLead),
	ValueOwnerManager: reference(crm.ObjectUser),
	ValueLinkedIn:     {types: urlTypes},
	ValueOccurredOn:   {types: []crm.Type{crm.TypeDate}},
	ValueOpen:         {types: []crm.Type{crm.TypeBoolean}},
	ValueConfidence:   {types: []crm.Type{crm.TypeNumber, crm.TypePercent, crm.TypeText}},
	ValueExplanation:  {types: []crm.Type{crm.TypeLongText}, length: maxExplanation},
	ValueFlags:        {types: textTypes, length: 255},
	ValueDecision:     {types: textTypes, length: 33},
	ValueKind:         {types: textTypes, length: 40}, ValueStatus: {types: textTypes, length: 40},
	ValueOutcome: {types: textTypes, length: 40}, ValueReason: {types: textTypes, length: 40},
}

// marks are the shapes of the fields that mark a past record.
var (
	markShape   = shape{types: []crm.Type{crm.TypeBoolean}}
	markedShape = shape{types: []crm.Type{crm.TypeDate}}
)

// misfit says why a field cannot hold a value; "" when it can.
func (s shape) misfit(f crm.Field) string {
	switch {
	case !slices.Contains(s.types, f.Type):
		words := make([]string, len(s.types))
		for i, t := range s.types {
			words[i] = string(t)
		}
		return "is of type " + string(f.Type) + ", want " + strings.Join(words, " or ")
	case s.to != "" && len(f.RefersTo) > 0 && !slices.Contains(f.RefersTo, s.to):
		return "does not refer to " + string(s.to)
	case s.length > 0 && f.Length > 0 && f.Length < s.length:
		return "is too short for what onward writes there"
	}
	return ""
}
