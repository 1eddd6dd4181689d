package sftest

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
)

// jsonText writes a text as JSON.
func jsonText(v string) json.RawMessage {
	out, err := json.Marshal(v)
	if err != nil {
		return json.RawMessage(`""`)
	}
	return out
}

// parseJSON reads any JSON value; numbers keep their digits.
func parseJSON(raw []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	err := dec.Decode(&v)
	return v, err
}

// plain turns an answer's body into JSON values, as a client sees them.
func plain(body any) any {
	raw, err := json.Marshal(body)
	if err != nil {
		return nil
	}
	v, err := parseJSON(raw)
	if err != nil {
		return nil
	}
	return v
}

// sortedNames lists the members of a record in order.
func sortedNames(record object) []string { return slices.Sorted(maps.Keys(record)) }
