package sftest

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// reference is how a part names a result of an earlier one: @{ref.path}.
var reference = regexp.MustCompile(`@\{([^{}]*)\}`)

// errReference tells that a reference leads nowhere.
type errReference string

// Error gives the message that the part is answered with.
func (e errReference) Error() string {
	name, _, _ := strings.Cut(string(e), ".")
	return "Invalid reference specified. No value for " + string(e) + " found in " + name
}

// resolveText replaces the references in a text; escape is applied to what they
// lead to.
func (x *run) resolveText(text string, escape func(string) string) (string, error) {
	var bad error
	out := reference.ReplaceAllStringFunc(text, func(ref string) string {
		path := ref[2 : len(ref)-1]
		v, ok := x.lookUp(path)
		if !ok {
			bad = errReference(path)
			return ""
		}
		return escape(fmt.Sprint(v))
	})
	return out, bad
}

// lookUp follows a path such as "people[0].id" through the results.
func (x *run) lookUp(path string) (any, bool) {
	var at any = x.results
	for step := range strings.SplitSeq(path, ".") {
		name, indexes, _ := strings.Cut(step, "[")
		m, ok := at.(map[string]any)
		if !ok {
			return nil, false
		}
		if at, ok = m[name]; !ok {
			return nil, false
		}
		for index := range strings.SplitSeq(indexes, "[") {
			if index == "" {
				continue
			}
			n, err := strconv.Atoi(strings.TrimSuffix(index, "]"))
			list, ok := at.([]any)
			if err != nil || !ok || n < 0 || n >= len(list) {
				return nil, false
			}
			at = list[n]
		}
	}
	switch at.(type) {
	case nil, map[string]any, []any:
		return nil, false
	}
	return at, true
}

// resolveBody replaces the references in all texts of a body.
func (x *run) resolveBody(body json.RawMessage) ([]byte, error) {
	if !reference.Match(body) {
		return body, nil
	}
	v, err := parseJSON(body)
	if err != nil {
		return nil, errReference("body")
	}
	if v, err = x.resolveValue(v); err != nil {
		return nil, err
	}
	return json.Marshal(v)
}

func (x *run) resolveValue(v any) (any, error) {
	var err error
	switch v := v.(type) {
	case string:
		if m := reference.FindStringSubmatch(v); m != nil && m[0] == v {
			found, ok := x.lookUp(m[1])
			if !ok {
				return nil, errReference(m[1])
			}
			return found, nil
		}
		return x.resolveText(v, func(s string) string { return s })
	case []any:
		for i := range v {
			if v[i], err = x.resolveValue(v[i]); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		for name := range v {
			if v[name], err = x.resolveValue(v[name]); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}

// referred lists the reference ids that a part names.
func referred(p subrequest) []string {
	var out []string
	for _, text := range []string{p.URL, string(p.Body)} {
		for _, m := range reference.FindAllStringSubmatch(text, -1) {
			name, _, _ := strings.Cut(m[1], ".")
			name, _, _ = strings.Cut(name, "[")
			out = append(out, name)
		}
	}
	return out
}
