package sftest

import (
	"net/http"
	"slices"
	"strings"

	"github.com/onward-crm/onward/crm"
)

// describeGlobal lists the objects.
func describeGlobal(s *Server, r *request) *response {
	var list []map[string]any
	for _, o := range s.crm.Objects() {
		list = append(list, s.summary(r.version, s.schemas[o]))
	}
	return answered(http.StatusOK, map[string]any{"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": list})
}

// describeObject tells all about one object.
func describeObject(s *Server, r *request) *response {
	o, ok := s.object(r.path[1])
	if !ok {
		return noResource()
	}
	schema := s.schemas[o]
	out := s.summary(r.version, schema)
	out["fields"] = describeFields(schema)
	out["childRelationships"] = s.children(o)
	out["recordTypeInfos"] = []any{map[string]any{
		"active": true, "available": true, "defaultRecordTypeMapping": true, "developerName": "Master", "master": true,
		"name": "Master", "recordTypeId": "012000000000000AAA",
	}}
	out["actionOverrides"], out["namedLayoutInfos"], out["supportedScopes"] = []any{}, []any{}, []any{}
	return answered(http.StatusOK, out)
}

// object finds an object by its API name, whatever its case.
func (s *Server) object(name string) (crm.Object, bool) {
	if _, ok := s.schemas[crm.Object(name)]; ok {
		return crm.Object(name), true
	}
	for _, o := range s.crm.Objects() {
		if strings.EqualFold(string(o), name) {
			return o, true
		}
	}
	return "", false
}

// fieldNamed finds a field by its API name, whatever its case.
func fieldNamed(schema crm.Schema, name string) (crm.Field, bool) {
	if f, ok := schema.Field(name); ok {
		return f, true
	}
	i := slices.IndexFunc(schema.Fields, func(f crm.Field) bool { return strings.EqualFold(f.Name, name) })
	if i < 0 {
		return crm.Field{}, false
	}
	return schema.Fields[i], true
}

// summary is what the list of objects tells about each.
func (s *Server) summary(version string, schema crm.Schema) map[string]any {
	name := string(schema.Object)
	label := labelOf(name)
	at := func(rest ...string) string {
		return resourceURL(version, append([]string{"sobjects", name}, rest...)...)
	}
	out := map[string]any{
		"name": name, "label": label, "labelPlural": plural(label), "keyPrefix": s.crm.KeyPrefix(schema.Object),
		"createable": schema.Creatable, "updateable": schema.Updatable, "deletable": schema.Updatable,
		"undeletable": false, "queryable": true, "retrieveable": true, "searchable": searchable(schema),
		"replicateable": true, "triggerable": true, "activateable": false, "feedEnabled": false, "mergeable": false,
		"layoutable": true, "compactLayoutable": true, "searchLayoutable": true, "listviewable": true, "lookupLayoutable": true,
		"custom": strings.HasSuffix(name, "__c"), "customSetting": false, "deprecatedAndHidden": false, "mruEnabled": true,
		"hasSubtypes": false, "isSubtype": false, "isInterface": false, "dataTranslationEnabled": nil,
		"urls": map[string]string{
			"sobject": at(), "describe": at("describe"), "rowTemplate": at() + "/{ID}",
		},
	}
	return out
}

// searchable holds for objects with a name that text search looks into.
func searchable(schema crm.Schema) bool {
	_, ok := schema.Field("Name")
	return ok
}

func labelOf(name string) string {
	name = strings.TrimSuffix(name, "__c")
	var b strings.Builder
	for i, c := range name {
		if i > 0 && c >= 'A' && c <= 'Z' && name[i-1] >= 'a' && name[i-1] <= 'z' {
			b.WriteByte(' ')
		}
		if c == '_' {
			c = ' '
		}
		b.WriteRune(c)
	}
	return b.String()
}

func plural(label string) string {
	if stem, ok := strings.CutSuffix(label, "y"); ok {
		return stem + "ies"
	}
	return label + "s"
}
