package adapter

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
)

// TestOpenAPIIsValid: an independent reader takes both documents.
func TestOpenAPIIsValid(t *testing.T) {
	flow, admin, err := documents(nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"flow": flow, "admin": admin} {
		doc, err := openapi3.NewLoader().LoadFromData(text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := doc.Validate(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if doc.OpenAPI != "3.0.3" {
			t.Errorf("%s: version %s", name, doc.OpenAPI)
		}
	}
}

// TestOpenAPIDescribesEveryRoute: what is served is described, and the other way
// round.
func TestOpenAPIDescribesEveryRoute(t *testing.T) {
	param := regexp.MustCompile(`\{[a-z]+\}`)
	described := map[string]bool{}
	for _, d := range []apiDocument{flowDocument(), adminDocument(nil)} {
		for _, op := range d.operations {
			described[op.method+" "+param.ReplaceAllString(op.path, "{}")] = true
		}
	}
	o := newOffice(t, withEverySource)
	served, err := o.server.routes()
	if err != nil {
		t.Fatal(err)
	}
	colon, got := regexp.MustCompile(`:[a-z]+`), map[string]bool{}
	for _, r := range served {
		path := strings.Replace(r.Path, "/feeds/"+testFeed, "/feeds/:name", 1)
		got[r.Method+" "+colon.ReplaceAllString(path, "{}")] = true
	}
	if diff := cmp.Diff(described, got); diff != "" {
		t.Errorf("described and served differ (-described +served):\n%s", diff)
	}
}

// TestOpenAPIForExternalServices checks every rule of what External Services and
// Flow can digest.
func TestOpenAPIForExternalServices(t *testing.T) {
	text, _, err := documents(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, broken := range brokenRules(t, text) {
		t.Error(broken)
	}
}

// TestOpenAPIRulesCanFail: the walk finds each breach.
func TestOpenAPIRulesCanFail(t *testing.T) {
	text, _, err := documents(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ name, from, to string }{
		{"enum", `"type": "string"`, `"type": "string", "enum": ["a"]`},
		{"int64", `"format": "int32"`, `"format": "int64"`},
		{"nullable", `"type": "boolean"`, `"type": "boolean", "nullable": true`},
		{"a dash in a name", `"ownerId"`, `"owner-id"`},
		{"two underscores", `"ownerId"`, `"owner__id"`},
		{"an operation with a dash", `"routeJobChange"`, `"route-job-change"`},
		{"one name twice", `"matchAccount"`, `"routeJobChange"`},
		{"a second answer", `"responses": {`, `"responses": {"400": {"description": "no"},`},
		{"a map", `"type": "object"`, `"type": "object", "additionalProperties": true`},
		{"a long description", `"description": "Tells`, `"description": "` + strings.Repeat("x", 1334) + `Tells`},
		{"a version", `"3.0.3"`, `"3.1.0"`},
		{"a property without a type", `"confidence": {`, `"unknown": {}, "confidence": {`},
	} {
		changed := bytes.Replace(text, []byte(row.from), []byte(row.to), 1)
		if bytes.Equal(changed, text) {
			t.Errorf("%s: nothing to change", row.name)
		} else if len(brokenRules(t, changed)) == 0 {
			t.Errorf("%s: not found", row.name)
		}
	}
}

var (
	operationName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*$`)
	apexName      = regexp.MustCompile(`^[A-Za-z](_?[A-Za-z0-9])*$`)
)

// brokenRules are the breaches of a document.
func brokenRules(t *testing.T, text []byte) []string {
	t.Helper()
	w := walk{}
	if err := json.Unmarshal(text, &w.root); err != nil {
		t.Fatal(err)
	}
	w.document()
	if len(text) > 1_000_000 {
		w.failf("", "%d characters", len(text))
	}
	return w.broken
}

type walk struct {
	root   map[string]any
	broken []string
	ids    []string
}

func (w *walk) failf(path, format string, args ...any) {
	w.broken = append(w.broken, path+": "+fmt.Sprintf(format, args...))
}

func (w *walk) document() {
	if v, _ := w.root["openapi"].(string); v != "3.0.3" {
		w.failf("", "version %q", v)
	}
	w.forbidden("", w.root)
	paths, _ := w.root["paths"].(map[string]any)
	for path, item := range paths {
		methods, _ := item.(map[string]any)
		if len(methods) != 1 {
			w.failf(path, "%d operations", len(methods))
		}
		for _, op := range methods {
			w.operation(path, op.(map[string]any))
		}
	}
	slices.Sort(w.ids)
	if len(slices.Compact(slices.Clone(w.ids))) != len(paths) {
		w.failf("", "operation ids %v for %d paths", w.ids, len(paths))
	}
	schemas, _ := at(w.root, "components", "schemas").(map[string]any)
	for name, schema := range schemas {
		if !apexName.MatchString(name) {
			w.failf(name, "no Apex identifier")
		}
		w.schema(name, schema.(map[string]any), 1)
	}
}

func at(v any, names ...string) any {
	for _, name := range names {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	return v
}

func (w *walk) operation(path string, op map[string]any) {
	id, _ := op["operationId"].(string)
	w.ids = append(w.ids, id)
	if !operationName.MatchString(id) {
		w.failf(path, "operationId %q", id)
	}
	responses, _ := op["responses"].(map[string]any)
	if len(responses) != 1 || responses["200"] == nil {
		w.failf(path, "answers %v", responses)
	}
	for _, place := range []any{op["requestBody"], responses["200"]} {
		content, _ := at(place, "content").(map[string]any)
		if len(content) != 1 || content["application/json"] == nil {
			w.failf(path, "media types %v", content)
			continue
		}
		schema, _ := at(content, "application/json", "schema").(map[string]any)
		w.schema(path, schema, 0)
	}
	for _, p := range asList(op["parameters"]) {
		if name, _ := at(p, "name").(string); name == "" {
			w.failf(path, "a parameter without a name")
		}
	}
}

func asList(v any) []any { l, _ := v.([]any); return l }

// schema checks a schema and everything in it, however deep it stands.
func (w *walk) schema(path string, s map[string]any, depth int) {
	if depth > 15 {
		w.failf(path, "deeper than 15")
		return
	}
	if ref, ok := s["$ref"].(string); ok {
		name := strings.TrimPrefix(ref, "#/components/schemas/")
		target, _ := at(w.root, "components", "schemas", name).(map[string]any)
		if target == nil {
			w.failf(path, "%s leads nowhere", ref)
			return
		}
		w.schema(path+">"+name, target, depth+1)
		return
	}
	switch s["type"] {
	case "string", "boolean":
	case "integer":
		if f := s["format"]; f != nil && f != "int32" {
			w.failf(path, "integer of format %v", f)
		}
	case "number":
		if f := s["format"]; f != nil && f != "double" {
			w.failf(path, "number of format %v", f)
		}
	case "array":
		items, _ := s["items"].(map[string]any)
		w.schema(path+"[]", items, depth+1)
	case "object":
		properties, _ := s["properties"].(map[string]any)
		if len(properties) == 0 {
			w.failf(path, "an object without properties")
		}
		for name, p := range properties {
			if !apexName.MatchString(name) {
				w.failf(path+"."+name, "no Apex identifier")
			}
			w.schema(path+"."+name, p.(map[string]any), depth+1)
		}
	default:
		w.failf(path, "type %v", s["type"])
	}
}

// forbidden looks for words that Flows cannot digest, wherever they stand.
func (w *walk) forbidden(path string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			switch name {
			case "enum", "oneOf", "anyOf", "allOf", "not", "nullable", "additionalProperties", "discriminator", "security", "securitySchemes", "callbacks", "headers":
				if !strings.HasSuffix(path, ".properties") {
					w.failf(path+"."+name, "not for Flows")
				}
			case "description":
				if text, ok := value.(string); ok && len(text) > 1333 {
					w.failf(path, "a description of %d characters", len(text))
				}
			}
			w.forbidden(path+"."+name, value)
		}
	case []any:
		for i := range v {
			w.forbidden(fmt.Sprintf("%s[%d]", path, i), v[i])
		}
	}
}

// TestOpenAPIExamplesAreTaken: a request made from the schema alone is taken by the
// handler, and every answer has the schema's properties and no others.
func TestOpenAPIExamplesAreTaken(t *testing.T) {
	o := newOffice(t, withEverySource)
	text, _, err := documents(nil)
	if err != nil {
		t.Fatal(err)
	}
	w := walk{}
	if err := json.Unmarshal(text, &w.root); err != nil {
		t.Fatal(err)
	}
	paths, _ := w.root["paths"].(map[string]any)
	order := slices.Sorted(maps.Keys(paths))
	slices.Reverse(order) // what is completed was routed before
	for _, path := range order {
		t.Run(path, func(t *testing.T) {
			op := at(paths[path], "post")
			schema := at(op, "requestBody", "content", "application/json", "schema").(map[string]any)
			for _, list := range []bool{false, true} {
				body, _ := json.Marshal(w.example(schema, list, 0))
				var got any
				o.askFlow(path, string(body)).want(200).read(&got)
				answer := at(op, "responses", "200", "content", "application/json", "schema").(map[string]any)
				if problem := w.fits(answer, got); problem != "" {
					t.Errorf("%s in %v", problem, got)
				}
			}
		})
	}
}

// example is a value of a schema: a single request, or a list in items.
func (w *walk) example(s map[string]any, list bool, depth int) any {
	if ref, ok := s["$ref"].(string); ok {
		return w.example(at(w.root, "components", "schemas", strings.TrimPrefix(ref, "#/components/schemas/")).(map[string]any), list, depth)
	}
	switch s["type"] {
	case "boolean":
		return true
	case "integer", "number":
		return 1
	case "array":
		return []any{w.example(s["items"].(map[string]any), false, depth+1)}
	case "string":
		return ""
	}
	out := map[string]any{}
	for name, p := range s["properties"].(map[string]any) {
		switch {
		case name == "requestId":
			out[name] = fmt.Sprintf("example-%t-%d", list, depth)
		case name == "items" && !list, depth == 0 && list && name != "items":
		default:
			out[name] = w.example(p.(map[string]any), list, depth+1)
		}
	}
	if _, ok := out["newCompany"]; ok {
		out["fullName"], out["newCompany"] = "Ada Okafor", "Acme Inc"
	}
	return out
}

// fits tells where a value does not fit a schema, "" when it does.
func (w *walk) fits(s map[string]any, v any) string {
	if ref, ok := s["$ref"].(string); ok {
		return w.fits(at(w.root, "components", "schemas", strings.TrimPrefix(ref, "#/components/schemas/")).(map[string]any), v)
	}
	switch v := v.(type) {
	case map[string]any:
		properties, _ := s["properties"].(map[string]any)
		for name, value := range v {
			p, ok := properties[name].(map[string]any)
			if !ok {
				return "unknown " + name
			}
			if problem := w.fits(p, value); problem != "" {
				return name + ": " + problem
			}
		}
		return ""
	case []any:
		for i := range v {
			if problem := w.fits(s["items"].(map[string]any), v[i]); problem != "" {
				return problem
			}
		}
		return ""
	case string:
		return unless(s["type"] == "string", "text")
	case bool:
		return unless(s["type"] == "boolean", "true or false")
	case float64:
		return unless(s["type"] == "number" || s["type"] == "integer", "a number")
	}
	return "null"
}

func unless(ok bool, problem string) string {
	if ok {
		return ""
	}
	return problem
}
