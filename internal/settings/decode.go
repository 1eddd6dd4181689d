package settings

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// decoder lays a file over the defaults. It goes on after a problem, so that
// all of them are reported at once.
type decoder struct {
	origin   *origin
	problems []Problem
}

func (d *decoder) report(n ast.Node, path, format string, args ...any) {
	d.problems = append(d.problems, d.origin.problem(position(n), path, fmt.Sprintf(format, args...)))
}

func (d *decoder) settings(s *Settings, root ast.Node) {
	d.fill(reflect.ValueOf(s).Elem(), root, "")
}

// fill lays one node over one value. The value's type says what is expected.
func (d *decoder) fill(to reflect.Value, n ast.Node, path string) {
	if !d.plain(n, path) {
		return
	}
	if to.Kind() == reflect.Pointer {
		v := reflect.New(to.Type().Elem())
		d.fill(v.Elem(), n, path)
		to.Set(v)
		return
	}
	// Lists and mappings are taken apart even when a type can read itself as a
	// whole: their parts have better positions.
	if n.Type() == ast.SequenceType && to.Kind() == reflect.Slice {
		d.list(to, n.(*ast.SequenceNode), path)
		return
	}
	if readsItself(to) && !(isMapping(n) && to.Kind() == reflect.Struct) {
		d.leaf(to, n, path)
		return
	}
	if to.Kind() == reflect.Slice && isText(n) {
		d.one(to, n, path)
		return
	}
	switch to.Kind() {
	case reflect.Struct:
		d.fields(to, n, path)
	case reflect.Map:
		d.keys(to, n, path)
	case reflect.String:
		d.text(to, n, path)
	default:
		d.leaf(to, n, path)
	}
}

// plain refuses what makes a line mean something that stands elsewhere.
func (d *decoder) plain(n ast.Node, path string) bool {
	switch n.Type() {
	case ast.AnchorType, ast.AliasType, ast.TagType, ast.MergeKeyType:
		d.report(n, path, "anchors, aliases and tags are not supported, write the value out")
		return false
	}
	return true
}

func (d *decoder) fields(to reflect.Value, n ast.Node, path string) {
	if n.Type() == ast.NullType {
		return // a key without a value keeps the defaults
	}
	if !isMapping(n) {
		d.report(n, path, "%s, want keys with values", kindOf(n))
		return
	}
	known := fieldsOf(to.Type())
	for _, entry := range entries(n) {
		name := keyName(entry.Key)
		at := join(path, name)
		f, ok := known[name]
		if !ok {
			d.report(entry.Key, at, "%s", unknownKey(known, name))
			continue
		}
		d.fill(to.FieldByIndex(f.Index), entry.Value, at)
	}
}

func (d *decoder) keys(to reflect.Value, n ast.Node, path string) {
	if n.Type() == ast.NullType {
		return
	}
	if !isMapping(n) {
		d.report(n, path, "%s, want keys with values", kindOf(n))
		return
	}
	if to.IsNil() {
		to.Set(reflect.MakeMap(to.Type()))
	}
	for _, entry := range entries(n) {
		name := keyName(entry.Key)
		if !d.plain(entry.Key, join(path, name)) {
			continue
		}
		key := reflect.ValueOf(name).Convert(to.Type().Key())
		v := reflect.New(to.Type().Elem()).Elem()
		if already := to.MapIndex(key); already.IsValid() {
			v.Set(already)
		}
		d.fill(v, entry.Value, join(path, name))
		to.SetMapIndex(key, v)
	}
}

func (d *decoder) list(to reflect.Value, n *ast.SequenceNode, path string) {
	out := reflect.MakeSlice(to.Type(), len(n.Values), len(n.Values))
	for i, item := range n.Values {
		d.fill(out.Index(i), item, fmt.Sprintf("%s[%d]", path, i))
	}
	to.Set(out)
}

// one takes a text alone for a list of one.
func (d *decoder) one(to reflect.Value, n ast.Node, path string) {
	out := reflect.MakeSlice(to.Type(), 1, 1)
	d.fill(out.Index(0), n, path)
	to.Set(out)
}

// text takes a scalar as it is written: an id of digits stays what it is, and
// "no" is a word.
func (d *decoder) text(to reflect.Value, n ast.Node, path string) {
	switch s := n.(type) {
	case *ast.StringNode:
		to.SetString(s.Value)
	case *ast.LiteralNode:
		to.SetString(s.Value.Value)
	case *ast.NullNode:
		to.SetString("")
	case ast.ScalarNode:
		to.SetString(s.GetToken().Value)
	default:
		d.report(n, path, "%s, want a text", kindOf(n))
	}
}

// leaf leaves a value to its own reader, or to the YAML package.
func (d *decoder) leaf(to reflect.Value, n ast.Node, path string) {
	err := yaml.NodeToValue(n, to.Addr().Interface(), yaml.Strict())
	if err == nil {
		return
	}
	var known yaml.Error
	message := err.Error()
	if errors.As(err, &known) {
		message = fmt.Sprintf("%s, want %s", kindOf(n), wanted(to.Type()))
	}
	d.report(n, path, "%s", strings.TrimPrefix(message, "routing: "))
}

// readsItself tells that a type has a reader of its own.
func readsItself(to reflect.Value) bool {
	switch to.Addr().Interface().(type) {
	case encoding.TextUnmarshaler, yaml.InterfaceUnmarshaler, *time.Time:
		return true
	}
	return false
}

func isText(n ast.Node) bool {
	return n.Type() == ast.StringType || n.Type() == ast.LiteralType
}

func isMapping(n ast.Node) bool {
	return n.Type() == ast.MappingType || n.Type() == ast.MappingValueType
}

// kindOf says what a node is, in words for people.
func kindOf(n ast.Node) string {
	switch n.Type() {
	case ast.MappingType, ast.MappingValueType:
		return "keys with values"
	case ast.SequenceType:
		return "a list"
	case ast.NullType:
		return "nothing"
	case ast.BoolType:
		return "true or false"
	case ast.IntegerType, ast.FloatType:
		return "a number"
	default:
		return "a text"
	}
}

// wanted says what a type takes, in words for people.
func wanted(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		return "a whole number"
	case reflect.Float64:
		return "a number"
	case reflect.Slice:
		return "a list"
	case reflect.Struct:
		return "a date such as 2026-01-31"
	default:
		return "a " + t.Kind().String()
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
