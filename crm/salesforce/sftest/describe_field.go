package sftest

import (
	"strings"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/salesforce/sftest/soql"
)

func describeFields(schema crm.Schema) []map[string]any {
	out := make([]map[string]any, len(schema.Fields))
	for i, f := range schema.Fields {
		out[i] = describeField(schema, f)
	}
	return out
}

// describeField gives a field in the form of a describe answer.
func describeField(schema crm.Schema, f crm.Field) map[string]any {
	long := f.Type == crm.TypeLongText && f.Length > 255
	soap, length, precision, scale := wireSizes(f)
	nameField := f.Name == "Name"
	out := map[string]any{
		"name": f.Name, "label": fieldLabel(f), "type": string(f.Type), "soapType": soap,
		"length": length, "byteLength": length * 3, "precision": precision, "scale": scale, "digits": 0,
		"nillable":   !f.Required && f.Type != crm.TypeBoolean && f.Type != crm.TypeID && !systemField(f.Name),
		"createable": f.Creatable, "updateable": f.Updatable, "defaultedOnCreate": defaulted(f),
		"externalId": f.ExternalID, "unique": f.Unique, "caseSensitive": f.ExternalID && f.Unique, "idLookup": f.Type == crm.TypeID || f.ExternalID,
		"filterable": !long, "sortable": !long, "groupable": groupable(f, long), "aggregatable": !long,
		"nameField": nameField, "namePointing": len(soql.References(schema.Object, f)) > 1, "autoNumber": nameField && strings.HasSuffix(string(schema.Object), "__c"),
		"custom": strings.HasSuffix(f.Name, "__c"), "calculated": false, "calculatedFormula": nil,
		"deprecatedAndHidden": false, "encrypted": false, "permissionable": !systemField(f.Name) && !f.Required,
		"picklistValues": picklistValues(f), "restrictedPicklist": f.Restricted, "dependentPicklist": false, "controllerName": nil,
		"referenceTo": objectsOf(schema.Object, f), "relationshipName": nil, "relationshipOrder": nil, "referenceTargetField": nil,
		"cascadeDelete": false, "restrictedDelete": false, "writeRequiresMasterRead": false, "polymorphicForeignKey": len(soql.References(schema.Object, f)) > 1,
		"defaultValue": nil, "defaultValueFormula": nil, "inlineHelpText": nil, "mask": nil, "maskType": nil,
		"extraTypeInfo": nil, "compoundFieldName": nil, "filteredLookupInfo": nil, "formulaTreatNullNumberAsZero": false,
		"htmlFormatted": false, "displayLocationInDecimal": false, "highScaleNumber": false, "queryByDistance": false,
		"searchPrefilterable": false, "aiPredictionField": false,
	}
	if f.Type == crm.TypeBoolean {
		out["defaultValue"] = false
	}
	if rel := relationshipOf(f); rel != "" {
		out["relationshipName"] = rel
	}
	return out
}

// wireSizes gives what describe says about the room in a field.
func wireSizes(f crm.Field) (soap string, length, precision, scale int) {
	switch f.Type {
	case crm.TypeID, crm.TypeReference:
		return "tns:ID", 18, 0, 0
	case crm.TypeBoolean:
		return "xsd:boolean", 0, 0, 0
	case crm.TypeNumber, crm.TypeCurrency, crm.TypePercent:
		return "xsd:double", 0, 18, 2
	case crm.TypeDate:
		return "xsd:date", 0, 0, 0
	case crm.TypeDateTime:
		return "xsd:dateTime", 0, 0, 0
	default:
		return "xsd:string", f.Length, 0, 0
	}
}

// defaulted tells that the platform fills a field in on create.
func defaulted(f crm.Field) bool {
	return f.Type == crm.TypeBoolean || f.Type == crm.TypeID || f.Name == "OwnerId" || systemField(f.Name)
}

func systemField(name string) bool {
	switch name {
	case "Id", "IsDeleted", "CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp":
		return true
	default:
		return false
	}
}

func groupable(f crm.Field, long bool) bool {
	switch f.Type {
	case crm.TypeDateTime, crm.TypeNumber, crm.TypeCurrency, crm.TypePercent:
		return false
	default:
		return !long
	}
}

func fieldLabel(f crm.Field) string {
	label := labelOf(f.Name)
	if f.Type == crm.TypeReference {
		label = strings.TrimSuffix(label, " Id")
	}
	return label
}

type picklistValue struct {
	Active       bool    `json:"active"`
	DefaultValue bool    `json:"defaultValue"`
	Label        string  `json:"label"`
	ValidFor     *string `json:"validFor"`
	Value        string  `json:"value"`
}

func picklistValues(f crm.Field) []picklistValue {
	out := make([]picklistValue, len(f.Values))
	for i, v := range f.Values {
		out[i] = picklistValue{Active: true, Label: v, Value: v}
	}
	return out
}

// objectsOf lists what a reference can lead to; never null.
func objectsOf(o crm.Object, f crm.Field) []crm.Object {
	return append([]crm.Object{}, soql.References(o, f)...)
}
