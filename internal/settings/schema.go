package settings

import (
	"encoding"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/goccy/go-yaml"
)

// Schema returns the JSON Schema (draft 2020-12) of onward.yaml, indented. It is
// derived from the types that the file is read into, so it cannot disagree with
// them. Editors use it to complete and to check.
func Schema() []byte {
	root := schemaOf(reflect.TypeFor[Settings]())
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "onward.yaml"
	text, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("settings: schema: %v", err)) // maps of texts always marshal
	}
	return append(text, '\n')
}

// schema is one JSON Schema. encoding/json writes its keys in order.
type schema map[string]any

func schemaOf(t reflect.Type) schema {
	if values := enum(t); values != nil {
		return schema{"type": "string", "enum": values}
	}
	switch reflect.New(t).Interface().(type) {
	case *time.Time:
		return schema{"type": "string", "format": "date"}
	case encoding.TextUnmarshaler:
		return schema{"type": "string"}
	case yaml.InterfaceUnmarshaler:
		if t.Kind() == reflect.Struct {
			return schema{"anyOf": []schema{{"type": "string"}, objectOf(t)}}
		}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return schemaOf(t.Elem())
	case reflect.Struct:
		return objectOf(t)
	case reflect.Map:
		return mapOf(t)
	case reflect.Slice:
		return listOf(t)
	case reflect.Bool:
		return schema{"type": "boolean"}
	case reflect.Int:
		return schema{"type": "integer"}
	case reflect.Float64:
		return schema{"type": "number"}
	default:
		return schema{"type": "string"}
	}
}

func objectOf(t reflect.Type) schema {
	fields := fieldsOf(t)
	properties := schema{}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		properties[name] = schemaOf(fields[name].Type)
		if at, ok := named[t.String()+"."+name]; ok {
			properties[name] = schema{"type": "string", "enum": at}
		}
	}
	return schema{"type": "object", "properties": properties, "additionalProperties": false}
}

func mapOf(t reflect.Type) schema {
	s := schema{"type": "object", "additionalProperties": schemaOf(t.Elem())}
	if keys := enum(t.Key()); keys != nil {
		s["propertyNames"] = schema{"enum": keys}
	}
	return s
}

// listOf describes a list. A text alone stands for a list of one.
func listOf(t reflect.Type) schema {
	item := schemaOf(t.Elem())
	list := schema{"type": "array", "items": item}
	switch either, ok := item["anyOf"].([]schema); {
	case ok:
		return schema{"anyOf": append(slices.Clone(either), list)}
	case item["type"] == "string":
		return schema{"anyOf": []schema{item, list}}
	default:
		return list
	}
}
