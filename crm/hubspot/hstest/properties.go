package hstest

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Property defines a property of contacts or companies.
type Property struct {
	Name string
	// Type is HubSpot's: string (when empty), number, bool, date, datetime,
	// enumeration, phone_number. FieldType is how it is shown, such as text (when
	// empty), textarea, select, checkbox, booleancheckbox.
	Type, FieldType string
	// Options are those of an enumeration.
	Options []string
	// ReadOnly values cannot be written, Unique ones may stand in one record only.
	ReadOnly, Unique bool
	// Owner tells that the values are ids of owners.
	Owner bool
}

// Define adds a property to a kind of records, or replaces it.
func (s *Server) Define(k Kind, properties ...Property) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range properties {
		s.stores[k].properties[p.Name] = p
	}
}

// Undefine removes properties, as an administrator does who archives them: reads leave
// them out without a word, their values are kept.
func (s *Server) Undefine(k Kind, names ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range names {
		delete(s.stores[k].properties, name)
	}
}

// standardProperties are those that every account has, as far as onward uses them.
func standardProperties(k Kind) []Property {
	out := []Property{
		{Name: "hs_object_id", Type: "number", FieldType: "number", ReadOnly: true, Unique: true},
		{Name: "hs_merged_object_ids", Type: "enumeration", FieldType: "checkbox", ReadOnly: true},
		{Name: "hubspot_owner_id", Type: "enumeration", FieldType: "select", Owner: true},
		{Name: "createdate", Type: "datetime", FieldType: "date"},
		{Name: "phone", FieldType: "phonenumber"}, {Name: "country"}, {Name: "state"}, {Name: "city"},
	}
	if k == Companies {
		return append(out,
			Property{Name: "name"}, Property{Name: "domain"}, Property{Name: "website"},
			Property{Name: "hs_additional_domains", Type: "enumeration", FieldType: "checkbox", ReadOnly: true},
			Property{Name: "linkedin_company_page"}, Property{Name: "description", FieldType: "textarea"},
			Property{Name: "type", Type: "enumeration", FieldType: "select", Options: []string{"PROSPECT", "PARTNER", "RESELLER", "VENDOR", "OTHER"}},
			Property{Name: "hs_parent_company_id", Type: "number", FieldType: "number", ReadOnly: true},
			Property{Name: "notes_last_updated", Type: "datetime", FieldType: "date", ReadOnly: true},
			Property{Name: "hs_lastmodifieddate", Type: "datetime", FieldType: "date", ReadOnly: true},
			Property{Name: "annualrevenue", Type: "number", FieldType: "number"},
		)
	}
	return append(out,
		Property{Name: "firstname"}, Property{Name: "lastname"}, Property{Name: "email"}, Property{Name: "jobtitle"},
		Property{Name: "company"}, Property{Name: "hs_linkedin_url"},
		Property{Name: "hs_additional_emails", Type: "enumeration", FieldType: "checkbox"},
		Property{Name: "associatedcompanyid", Type: "number", FieldType: "number", ReadOnly: true},
		Property{Name: "hs_email_optout", Type: "bool", FieldType: "booleancheckbox", ReadOnly: true},
		Property{Name: "lastmodifieddate", Type: "datetime", FieldType: "date", ReadOnly: true},
		Property{Name: "lifecyclestage", Type: "enumeration", FieldType: "radio", Options: []string{"lead", "customer", "evangelist"}},
	)
}

// describe answers with all properties, in order of their names.
func (st *store) describe() answer {
	results := []any{}
	for _, name := range slices.Sorted(maps.Keys(st.properties)) {
		results = append(results, st.properties[name].wire())
	}
	return ok(map[string]any{"results": results})
}

func (p Property) wire() map[string]any {
	kind, field := p.Type, p.FieldType
	if kind == "" {
		kind = "string"
	}
	if field == "" {
		field = "text"
	}
	options := []any{}
	for i, o := range p.Options {
		options = append(options, map[string]any{"label": o, "value": o, "displayOrder": i, "hidden": false})
	}
	out := map[string]any{
		"name": p.Name, "label": p.Name, "type": kind, "fieldType": field, "description": "", "groupName": "information",
		"options": options, "hidden": false, "calculated": false, "hasUniqueValue": p.Unique, "externalOptions": p.Owner,
		"modificationMetadata": map[string]any{"archivable": true, "readOnlyDefinition": p.ReadOnly, "readOnlyValue": p.ReadOnly},
	}
	if p.Owner {
		out["referencedObjectType"] = "OWNER"
	}
	return out
}

// fault is the code of what is wrong with a value; "" when it can be written.
func (p Property) fault(value string) string {
	if value == "" {
		return ""
	}
	fits := true
	switch p.Type {
	case "number":
		_, err := strconv.ParseFloat(value, 64)
		fits = err == nil
	case "bool":
		fits = value == "true" || value == "false"
	case "date", "datetime":
		_, err := time.Parse(time.RFC3339, value)
		_, errDay := time.Parse(time.DateOnly, value)
		_, errMS := strconv.ParseInt(value, 10, 64)
		fits = err == nil || errDay == nil || errMS == nil
	case "enumeration":
		if len(p.Options) == 0 {
			return ""
		}
		for part := range strings.SplitSeq(value, ";") {
			if !slices.Contains(p.Options, part) {
				return "INVALID_OPTION"
			}
		}
	}
	if !fits {
		return "INVALID_" + strings.ToUpper(p.Type)
	}
	return ""
}
