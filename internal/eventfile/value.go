package eventfile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
)

// maxDepth bounds how deep values may be nested. An event has three levels.
const maxDepth = 32

// value is one JSON value with its members in order. Which of the parts is set
// follows from kind.
type value struct {
	kind    kind
	text    string // of a text, a number, true or false
	members []member
	items   []value
	raw     []byte
}

type member struct {
	name  string
	value value
}

// kind is a JSON value's type, in words for people.
type kind string

const (
	kindNull   kind = "null"
	kindText   kind = "a text"
	kindNumber kind = "a number"
	kindBool   kind = "true or false"
	kindObject kind = "an object"
	kindList   kind = "a list"
)

// fault is a problem at a JSON path.
type fault struct{ path, message string }

// parse takes one JSON text apart. It refuses what encoding/json lets pass in
// silence: a member that stands there twice.
func parse(text []byte) (value, *fault) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	return parseValue(dec, text, "", 0)
}

func parseValue(dec *json.Decoder, text []byte, path string, depth int) (value, *fault) {
	if depth > maxDepth {
		return value{}, &fault{path, fmt.Sprintf("nested more than %d levels deep", maxDepth)}
	}
	start := nextMember(text, dec.InputOffset())
	token, err := dec.Token()
	if err != nil {
		return value{}, &fault{path, "not JSON: " + err.Error()}
	}
	v, bad := value{}, (*fault)(nil)
	switch t := token.(type) {
	case json.Delim:
		if t == '{' {
			v, bad = parseObject(dec, text, path, depth)
		} else {
			v, bad = parseList(dec, text, path, depth)
		}
	case string:
		v = value{kind: kindText, text: t}
	case json.Number:
		v = value{kind: kindNumber, text: t.String()}
	case bool:
		v = value{kind: kindBool, text: strconv.FormatBool(t)}
	default:
		v = value{kind: kindNull}
	}
	v.raw = text[start:dec.InputOffset()]
	return v, bad
}

func parseObject(dec *json.Decoder, text []byte, path string, depth int) (value, *fault) {
	v := value{kind: kindObject}
	seen := map[string]bool{}
	for dec.More() {
		token, err := dec.Token()
		name, ok := token.(string)
		if err != nil || !ok {
			return v, &fault{path, "not JSON: want a member's name"}
		}
		at := join(path, name)
		if seen[name] {
			return v, &fault{at, "stands there twice, want it once"}
		}
		seen[name] = true
		inner, bad := parseValue(dec, text, at, depth+1)
		if bad != nil {
			return v, bad
		}
		v.members = append(v.members, member{name, inner})
	}
	return v, closing(dec, path)
}

func parseList(dec *json.Decoder, text []byte, path string, depth int) (value, *fault) {
	v := value{kind: kindList}
	for dec.More() {
		inner, bad := parseValue(dec, text, fmt.Sprintf("%s[%d]", path, len(v.items)), depth+1)
		if bad != nil {
			return v, bad
		}
		v.items = append(v.items, inner)
	}
	return v, closing(dec, path)
}

func closing(dec *json.Decoder, path string) *fault {
	if _, err := dec.Token(); err != nil {
		return &fault{path, "not JSON: " + err.Error()}
	}
	return nil
}

// nextMember passes what may stand between a name or a value and the next value.
func nextMember(text []byte, at int64) int64 {
	for at < int64(len(text)) && bytes.IndexByte([]byte(" \t\r\n,:"), text[at]) >= 0 {
		at++
	}
	return at
}

// plainText writes a value as text: a text as it is, null as nothing, everything
// else as compact JSON.
func (v value) plainText() string {
	switch v.kind {
	case kindNull:
		return ""
	case kindObject, kindList:
		var b bytes.Buffer
		if json.Compact(&b, v.raw) == nil {
			return b.String()
		}
	}
	return v.text
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
