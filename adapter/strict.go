package adapter

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/onward-crm/onward/routing"
)

// readStrict reads a JSON text into v, a pointer to a struct, and takes no liberties.
// Text that is no JSON is refused with 400: invalid UTF-8, a member that is there
// twice, anything behind the end, nesting deeper than depth. What is JSON but not
// what v asks for is refused with 422 and the path of the place, such as
// "items[3].foo": a member that v does not have (in exactly this spelling), another
// kind of value, null in the place of a list, a number that does not fit.
func readStrict(body []byte, depth int, v any) *Refusal {
	tree, err := parseTree(body, depth)
	if err != nil {
		return badJSON(err.Error())
	}
	if why := tree.fits("", reflect.TypeOf(v).Elem()); why != nil {
		return why
	}
	if err := json.Unmarshal(body, v); err != nil {
		return unfitting(err)
	}
	return nil
}

// checkJSON refuses with 400 what readStrict refuses with 400, for readers who take
// any member.
func checkJSON(body []byte, depth int) *Refusal {
	if _, err := parseTree(body, depth); err != nil {
		return badJSON(err.Error())
	}
	return nil
}

// readLenient reads JSON of a sender who may add members whenever it likes: unknown
// ones are passed over, numbers keep their digits. Text that is no JSON is refused
// with 400, JSON of another shape with 422.
func readLenient(body []byte, depth int, v any) *Refusal {
	if why := checkJSON(body, depth); why != nil {
		return why
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if d.Decode(v) != nil {
		return invalid("", "has another shape than is documented")
	}
	return nil
}

func badJSON(message string) *Refusal {
	return &Refusal{Status: http.StatusBadRequest, Code: codeBadJSON, Message: message}
}

// unfitting is a value of the right kind that its type does not take, such as a date
// that is none. The error's own text repeats the value.
func unfitting(err error) *Refusal {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return invalid(kind.Field, "does not fit")
	}
	return invalid("", "holds a value that does not fit")
}

// tree is a JSON value with its members in their order.
type tree struct {
	kind    treeKind
	members []member
	items   []tree
	// text is that of a text or, kept exactly, of a number.
	text string
}

type member struct {
	name  string
	value tree
}

type treeKind string

const (
	kindNull   treeKind = "null"
	kindBool   treeKind = "true or false"
	kindNumber treeKind = "a number"
	kindText   treeKind = "text"
	kindList   treeKind = "a list"
	kindObject treeKind = "an object"
)

// errEnd is a text that stops in the middle.
var errEnd = errors.New("unexpected end of input")

// parseTree reads one JSON value. Errors repeat nothing of the text.
func parseTree(body []byte, depth int) (tree, error) {
	if !utf8.Valid(body) {
		return tree{}, errors.New("not valid UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	p := treeParser{d: d, depth: depth}
	t, err := p.value(0)
	if err != nil {
		return tree{}, err
	}
	if _, err := d.Token(); err != io.EOF {
		return tree{}, fmt.Errorf("unexpected data behind the end at byte %d", d.InputOffset())
	}
	return t, nil
}

type treeParser struct {
	d     *json.Decoder
	depth int
}

// next is the next token; its error says where, not what.
func (p *treeParser) next() (json.Token, error) {
	token, err := p.d.Token()
	switch {
	case err == io.EOF, errors.Is(err, io.ErrUnexpectedEOF):
		return nil, errEnd
	case err != nil:
		return nil, fmt.Errorf("not JSON at byte %d", p.d.InputOffset())
	}
	return token, nil
}

func (p *treeParser) value(level int) (tree, error) {
	token, err := p.next()
	if err != nil {
		return tree{}, err
	}
	switch t := token.(type) {
	case json.Delim:
		if level >= p.depth {
			return tree{}, fmt.Errorf("nested deeper than %d levels", p.depth)
		}
		if t == '{' {
			return p.object(level)
		}
		return p.list(level)
	case string:
		return tree{kind: kindText, text: t}, nil
	case json.Number:
		return tree{kind: kindNumber, text: t.String()}, nil
	case bool:
		return tree{kind: kindBool}, nil
	}
	return tree{kind: kindNull}, nil
}

func (p *treeParser) object(level int) (tree, error) {
	out := tree{kind: kindObject}
	seen := map[string]bool{}
	for p.d.More() {
		token, err := p.next()
		if err != nil {
			return tree{}, err
		}
		name, ok := token.(string)
		if !ok {
			return tree{}, fmt.Errorf("not JSON at byte %d", p.d.InputOffset())
		}
		if seen[name] {
			return tree{}, fmt.Errorf("a member is there twice, at byte %d", p.d.InputOffset())
		}
		seen[name] = true
		v, err := p.value(level + 1)
		if err != nil {
			return tree{}, err
		}
		out.members = append(out.members, member{name, v})
	}
	_, err := p.next()
	return out, err
}

func (p *treeParser) list(level int) (tree, error) {
	out := tree{kind: kindList}
	for p.d.More() {
		v, err := p.value(level + 1)
		if err != nil {
			return tree{}, err
		}
		out.items = append(out.items, v)
	}
	_, err := p.next()
	return out, err
}

// fits compares a value with the type that it is to be read into.
func (t tree) fits(path string, want reflect.Type) *Refusal {
	want, optional := bare(want)
	if t.kind == kindNull {
		if want.Kind() == reflect.Slice || path == "" && !optional {
			return mismatch(path, wanted(want))
		}
		return nil
	}
	if kind := wanted(want); kind != "" && kind != t.kind {
		return mismatch(path, kind)
	}
	switch {
	case readsText(want):
		return t.fitsText(path, want)
	case want.Kind() == reflect.Struct:
		return t.fitsStruct(path, want)
	case want.Kind() == reflect.Slice:
		for i, item := range t.items {
			if why := item.fits(fmt.Sprintf("%s[%d]", path, i), want.Elem()); why != nil {
				return why
			}
		}
	case want.Kind() == reflect.Map:
		for _, m := range t.members {
			if why := m.value.fits(join(path, m.name), want.Elem()); why != nil {
				return why
			}
		}
	case t.kind == kindNumber:
		return t.fitsNumber(path, want)
	}
	return nil
}

// fitsText lets a type that reads texts, such as a date, try. A time is read as an
// event reads its time of observation, which may be a day.
func (t tree) fitsText(path string, want reflect.Type) *Refusal {
	var err error
	switch into := reflect.New(want).Interface().(type) {
	case *time.Time:
		if t.text != "" {
			_, err = routing.ParseObserved(t.text)
		}
	case encoding.TextUnmarshaler:
		err = into.UnmarshalText([]byte(t.text))
	}
	if err != nil {
		return invalid(path, "does not fit, want a day such as 2026-11-01 or a time such as 2026-11-01T09:00:00Z")
	}
	return nil
}

func (t tree) fitsStruct(path string, want reflect.Type) *Refusal {
	fields := fieldsOf(want)
	for _, m := range t.members {
		i := slices.IndexFunc(fields, func(f wireField) bool { return f.name == m.name })
		if i < 0 {
			return invalid(join(path, clipName(m.name)), "unknown field")
		}
		if why := m.value.fits(join(path, m.name), fields[i].kind); why != nil {
			return why
		}
	}
	return nil
}

// fitsNumber refuses a fraction, or too large a number, where a whole one is wanted.
func (t tree) fitsNumber(path string, want reflect.Type) *Refusal {
	switch want.Kind() {
	case reflect.Int, reflect.Int32, reflect.Int64:
		if _, err := strconv.ParseInt(t.text, 10, want.Bits()); err != nil {
			return invalid(path, "want a whole number")
		}
	case reflect.Float64:
		if _, err := strconv.ParseFloat(t.text, 64); err != nil {
			return invalid(path, "the number is too large")
		}
	}
	return nil
}

func mismatch(path string, want treeKind) *Refusal {
	return invalid(path, "want "+string(want))
}

// bare is the type behind pointers.
func bare(t reflect.Type) (reflect.Type, bool) {
	optional := false
	for t.Kind() == reflect.Pointer {
		t, optional = t.Elem(), true
	}
	return t, optional
}

// textual is what types implement that are written as text, such as dates.
var textual = reflect.TypeFor[encoding.TextUnmarshaler]()

func readsText(t reflect.Type) bool { return reflect.PointerTo(t).Implements(textual) }

// wanted is the kind of value that a type is read from, "" for any.
func wanted(t reflect.Type) treeKind {
	if readsText(t) {
		return kindText
	}
	switch t.Kind() {
	case reflect.String:
		return kindText
	case reflect.Bool:
		return kindBool
	case reflect.Int, reflect.Int32, reflect.Int64, reflect.Float64:
		return kindNumber
	case reflect.Slice:
		return kindList
	case reflect.Struct, reflect.Map:
		return kindObject
	}
	return ""
}

// wireField is a member that a struct can be read from.
type wireField struct {
	name string
	kind reflect.Type
}

// fieldsOf lists the members of a struct, those of embedded structs with them; the
// outer one of two with one name wins, as in encoding/json.
func fieldsOf(t reflect.Type) []wireField {
	var own, inner []wireField
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && name == "" {
			embedded, _ := bare(f.Type)
			inner = append(inner, fieldsOf(embedded)...)
			continue
		}
		if name == "-" || name == "" {
			continue
		}
		own = append(own, wireField{name, f.Type})
	}
	for _, f := range inner {
		if !slices.ContainsFunc(own, func(o wireField) bool { return o.name == f.name }) {
			own = append(own, f)
		}
	}
	return own
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// clipName keeps a sender's name for a member from filling an answer.
func clipName(name string) string {
	if len(name) <= 64 {
		return name
	}
	return strings.ToValidUTF8(name[:64], "") + "…"
}
