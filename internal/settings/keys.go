package settings

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// fieldsOf maps the keys of a struct to its fields. Fields of an inlined struct
// are its own.
func fieldsOf(t reflect.Type) map[string]reflect.StructField {
	out := map[string]reflect.StructField{}
	for _, f := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if f.IsExported() && name != "-" && options != "inline" {
			out[keyOf(f, name)] = f
		}
	}
	return out
}

// keyOf is the key of a field: the one in its tag, else its name in small letters.
func keyOf(f reflect.StructField, tag string) string {
	if tag != "" {
		return tag
	}
	return strings.ToLower(f.Name)
}

// unknownKey says that there is no such key, and which is the nearest.
func unknownKey(known map[string]reflect.StructField, name string) string {
	names := slices.Sorted(maps.Keys(known))
	if near := nearest(names, name); near != "" {
		return fmt.Sprintf("unknown key, did you mean %q?", near)
	}
	return "unknown key, want one of " + strings.Join(names, ", ")
}

// nearest returns the name that differs in the fewest letters, if they are few
// enough for a slip: at most one in three. Equal distances go by order.
func nearest(names []string, to string) string {
	best, fewest := "", len(to)/3+1
	for _, name := range names {
		if d := distance(name, strings.ToLower(to)); d <= fewest && (best == "" || d < fewest) {
			best, fewest = name, d
		}
	}
	return best
}

// distance counts the letters to insert, delete or replace (Levenshtein).
func distance(a, b string) int {
	const longest = 64 // keys are shorter; a hostile name must not cost time
	if len(a) > longest || len(b) > longest {
		return longest
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
