package eventfile

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/onward-crm/onward/routing"
)

// decoder fills an event from a value, member by member. It goes on after a
// problem, so that all of them are found at once.
type decoder struct {
	problems []fault
	unknown  []string
	custom   map[string]string
}

// event reads a whole event. Members that an event does not have are kept in
// Custom under their path.
func (d *decoder) event(e *routing.Event, v value) {
	if v.kind != kindObject {
		d.wrong("", v, "an event as an object")
		return
	}
	d.fill(reflect.ValueOf(e).Elem(), v, "")
	for name, text := range d.custom {
		if e.Custom == nil {
			e.Custom = map[string]string{}
		}
		if _, given := e.Custom[name]; !given {
			e.Custom[name] = text
		}
	}
}

// fill sets one place of the event. The types that an event is made of are few;
// reflection keeps their names in one place, the JSON tags.
func (d *decoder) fill(to reflect.Value, v value, path string) {
	if v.kind == kindNull {
		return
	}
	switch at := to.Addr().Interface().(type) {
	case *time.Time:
		fillText(d, v, path, at, routing.ParseObserved)
		return
	case *routing.Date:
		fillText(d, v, path, at, parseDate)
		return
	case *routing.Strategy:
		fillText(d, v, path, at, routing.ParseStrategy)
		return
	}
	switch to.Kind() {
	case reflect.String:
		if d.is(kindText, v, path) {
			to.SetString(v.text)
		}
	case reflect.Bool:
		if d.is(kindBool, v, path) {
			to.SetBool(v.text == "true")
		}
	case reflect.Pointer:
		to.Set(reflect.New(to.Type().Elem()))
		d.fill(to.Elem(), v, path)
	case reflect.Slice:
		d.list(to, v, path)
	case reflect.Map:
		d.texts(to, v, path)
	case reflect.Struct:
		d.members(to, v, path)
	}
}

func (d *decoder) members(to reflect.Value, v value, path string) {
	if !d.is(kindObject, v, path) {
		return
	}
	for _, m := range v.members {
		at := join(path, m.name)
		if i := fieldNamed(to.Type(), m.name); i >= 0 {
			d.fill(to.Field(i), m.value, at)
			continue
		}
		d.unknown = append(d.unknown, at)
		if d.custom == nil {
			d.custom = map[string]string{}
		}
		d.custom[at] = m.value.plainText()
	}
}

func (d *decoder) list(to reflect.Value, v value, path string) {
	if !d.is(kindList, v, path) {
		return
	}
	to.Set(reflect.MakeSlice(to.Type(), len(v.items), len(v.items)))
	for i, item := range v.items {
		d.fill(to.Index(i), item, fmt.Sprintf("%s[%d]", path, i))
	}
}

// texts reads custom values; those that are no text are kept as JSON.
func (d *decoder) texts(to reflect.Value, v value, path string) {
	if !d.is(kindObject, v, path) {
		return
	}
	out := make(map[string]string, len(v.members))
	for _, m := range v.members {
		out[m.name] = m.value.plainText()
	}
	to.Set(reflect.ValueOf(out))
}

func (d *decoder) is(want kind, v value, path string) bool {
	if v.kind == want {
		return true
	}
	d.wrong(path, v, string(want))
	return false
}

func (d *decoder) wrong(path string, v value, want string) {
	d.problems = append(d.problems, fault{path, fmt.Sprintf("%s, want %s", v.kind, want)})
}

func fillText[T any](d *decoder, v value, path string, to *T, read func(string) (T, error)) {
	if !d.is(kindText, v, path) || v.text == "" {
		return
	}
	got, err := read(v.text)
	if err != nil {
		d.problems = append(d.problems, fault{path, err.Error()})
		return
	}
	*to = got
}

func parseDate(s string) (routing.Date, error) {
	date, err := routing.ParseDate(s)
	if err != nil {
		return date, fmt.Errorf("not a date, want YYYY-MM-DD or RFC 3339")
	}
	return date, nil
}

// fieldNamed finds a field by its JSON name, which is compared exactly.
func fieldNamed(t reflect.Type, name string) int {
	return slices.IndexFunc(reflect.VisibleFields(t), func(f reflect.StructField) bool {
		tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		return tag == name && tag != "" && tag != "-"
	})
}
