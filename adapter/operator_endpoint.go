package adapter

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// OperatorAddress says where an endpoint of the operator's part is, and what its
// document tells of it.
type OperatorAddress struct {
	// Method is GET for reading, POST for acts and for searches whose words belong in
	// no log of a proxy.
	Method string
	// Path begins with "/operator/"; one of its segments may be ":id".
	Path string
	// Name is the operation's, letters and digits, unique among all; About is a
	// sentence on it.
	Name, About string
	// Act is the word under which the act is kept in the log of acts, with the
	// operator who did it; "" for reading.
	Act string
}

// OperatorCall is one request of an operator to an endpoint.
type OperatorCall struct {
	// By is the operator's name.
	By string
	// About is what an act is about, as the log of acts keeps it: the handler sets it,
	// also before it fails. Ids and counts, never a person.
	About string
}

// OperatorEndpoint is one more address of the operator's part. Make one with
// NewOperatorEndpoint.
type OperatorEndpoint struct {
	at      OperatorAddress
	in, out any
	serve   operatorHandler
}

// NewOperatorEndpoint ties an address to its handler. In is a struct that a request is
// read into, and the documents describe the same type: members tagged `path:"id"` and
// `query:"name"`, both with `json:"-"`, hold the path's and the query's values
// (texts, whole numbers, true or false, lists of texts separated by commas), members
// tagged `json` the body's. What In does not know is refused with 422, and so is a
// value that does not fit. Out is the answer.
//
// An error of the handler that is a *Refusal is the answer, others are answered 503
// without a word of theirs. Acts are kept either way, those that were refused too.
func NewOperatorEndpoint[In, Out any](at OperatorAddress, handle func(context.Context, *OperatorCall, In) (Out, error)) OperatorEndpoint {
	e := OperatorEndpoint{at: at, in: *new(In), out: *new(Out)}
	e.serve = func(ctx context.Context, c operatorCall) (any, act, error) {
		call := OperatorCall{By: c.by}
		var in In
		if err := c.readInto(reflect.ValueOf(&in), at.Method); err != nil {
			return nil, act{what: at.Act}, err
		}
		out, err := handle(ctx, &call, in)
		return out, act{at.Act, call.About}, err
	}
	return e
}

// InvalidField refuses a value of a request with 422. The message says what is wanted
// and repeats no value.
func InvalidField(field, message string) *Refusal { return invalid(field, message) }

// NotFound refuses with 404 what is not there.
func NotFound(message string) *Refusal {
	return &Refusal{Status: http.StatusNotFound, Code: codeNotFound, Message: message}
}

// Conflict refuses with 409 what is not possible as things stand. Code is the
// machine's word for why, "conflict" for "".
func Conflict(code, message string) *Refusal {
	return &Refusal{Status: http.StatusConflict, Code: cmp.Or(code, codeConflict), Message: message}
}

// operationWord is the form of an operation's name.
var operationWord = regexp.MustCompile(`^[a-z][A-Za-z0-9]*$`)

// checkEndpoints refuses endpoints that could not be served, or not be described.
func checkEndpoints(es []OperatorEndpoint) error {
	names := map[string]bool{}
	for _, o := range adminDocument(nil).operations {
		names[o.id] = true
	}
	for _, e := range es {
		wrong := e.wrong()
		if wrong == "" && names[e.at.Name] {
			wrong = "the name is another operation's"
		}
		if wrong != "" {
			return fmt.Errorf("adapter: endpoint %s %s: %s", e.at.Method, e.at.Path, wrong)
		}
		names[e.at.Name] = true
	}
	return nil
}

// wrong tells what of an endpoint cannot be, "" for nothing.
func (e OperatorEndpoint) wrong() string {
	if e.serve == nil {
		return "no handler"
	}
	at, in := e.at, reflect.TypeOf(e.in)
	switch {
	case at.Method != http.MethodGet && at.Method != http.MethodPost:
		return "the method is neither GET nor POST"
	case at.Method == http.MethodGet && at.Act != "":
		return "GET does nothing, and has no act"
	case !strings.HasPrefix(at.Path, "/operator/"), strings.Contains(strings.Replace(at.Path+"/", "/:id/", "/", 1), ":"):
		return `the path begins with "/operator/", and has no parameter but one ":id"`
	case !operationWord.MatchString(at.Name), at.About == "", !plainWord(at.Act):
		return "a name, a sentence on it and a plain word for the act are needed"
	case in == nil || in.Kind() != reflect.Struct:
		return "a request is read into a struct"
	case len(tagged(in, "path")) != strings.Count(at.Path, ":id"):
		return "the path and the request's type differ in their parameters"
	case at.Method == http.MethodGet && len(fieldsOf(in)) > 0:
		return "GET has no body"
	}
	for _, f := range append(tagged(in, "path"), tagged(in, "query")...) {
		list := f.Type.Kind() == reflect.Slice && f.Type.Elem().Kind() == reflect.String
		if !list && !slices.Contains([]reflect.Kind{reflect.String, reflect.Bool, reflect.Int}, f.Type.Kind()) {
			return "a parameter is a text, true or false, a whole number or a list of texts"
		}
		if f.Tag.Get("json") != "-" {
			return "a parameter is no member of the body"
		}
	}
	return ""
}

// route is the endpoint as a row of the table.
func (e OperatorEndpoint) route() operatorRoute {
	return operatorRoute{e.at.Method, e.at.Path, len(fieldsOf(reflect.TypeOf(e.in))) > 0, e.serve}
}

// operation is the endpoint as the documents describe it.
func (e OperatorEndpoint) operation() apiOperation {
	o := apiOperation{method: e.at.Method, path: strings.ReplaceAll(e.at.Path, ":id", "{id}"), id: e.at.Name, about: e.at.About, out: e.out}
	if reflect.TypeOf(e.in).NumField() > 0 {
		o.in = e.in
	}
	return o
}

// readInto fills a pointer to a struct from a request.
func (c operatorCall) readInto(v reflect.Value, method string) error {
	if method == http.MethodPost {
		if err := readBody(c.body, v.Interface()); err != nil {
			return err
		}
	}
	into := v.Elem()
	for _, f := range tagged(into.Type(), "path") {
		into.FieldByIndex(f.Index).SetString(c.id)
	}
	return readQuery(c.query, into)
}

// tagged are the members of a struct with a tag, those of embedded structs with them.
func tagged(t reflect.Type, tag string) []reflect.StructField {
	return slices.DeleteFunc(reflect.VisibleFields(t), func(f reflect.StructField) bool { return f.Tag.Get(tag) == "" })
}

// readQuery reads a query into the members that are tagged for it.
func readQuery(q url.Values, into reflect.Value) error {
	var known []string
	for _, f := range tagged(into.Type(), "query") {
		name := f.Tag.Get("query")
		known = append(known, name)
		if !q.Has(name) {
			continue
		}
		if err := readParameter(q[name], name, into.FieldByIndex(f.Index)); err != nil {
			return err
		}
	}
	for name := range q {
		if !slices.Contains(known, name) {
			if len(known) == 0 {
				return invalid("query", "no parameters here")
			}
			return invalid("query", "only "+strings.Join(known, ", "))
		}
	}
	return nil
}

// readParameter reads the values of one parameter. Only a list may be there twice.
func readParameter(values []string, name string, into reflect.Value) error {
	if into.Kind() == reflect.Slice {
		for _, list := range values {
			into.Set(reflect.AppendSlice(into, reflect.ValueOf(strings.Split(list, ","))))
		}
		return nil
	}
	if len(values) > 1 {
		return invalid(name, "once")
	}
	switch into.Kind() {
	case reflect.Bool:
		b, err := strconv.ParseBool(values[0])
		if err != nil {
			return invalid(name, "true or false")
		}
		into.SetBool(b)
	case reflect.Int:
		n, err := strconv.Atoi(values[0])
		if err != nil {
			return invalid(name, "a whole number")
		}
		into.SetInt(int64(n))
	default:
		into.SetString(values[0])
	}
	return nil
}
