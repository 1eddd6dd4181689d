package settings

import (
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// place is a position in the file, counted from 1.
type place struct{ line, column int }

func position(n ast.Node) place {
	if m, ok := n.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		n = m.Values[0].Key
	}
	if n == nil || n.GetToken() == nil || n.GetToken().Position == nil {
		return place{}
	}
	pos := n.GetToken().Position
	return place{pos.Line, pos.Column}
}

// find returns the position of the value at a path such as
// "owners.pools.emea[1]", or of the key nearest above it.
func find(n ast.Node, path string) place {
	at := place{}
	for n != nil && path != "" {
		var key ast.Node
		key, n, path = step(n, path)
		if key == nil {
			return at
		}
		at = position(key)
	}
	if n != nil && at != (place{}) {
		return position(n)
	}
	return at
}

// step goes one part of a path down. It tries the longest key first, since a key
// may hold dots itself. Key is nil when there is no such place.
func step(n ast.Node, path string) (key, value ast.Node, rest string) {
	if list, ok := n.(*ast.SequenceNode); ok && path[0] == '[' {
		number, rest, _ := strings.Cut(path[1:], "]")
		i, err := strconv.Atoi(number)
		if err != nil || i < 0 || i >= len(list.Values) {
			return nil, nil, ""
		}
		return list.Values[i], list.Values[i], strings.TrimPrefix(rest, ".")
	}
	for _, entry := range entries(n) {
		name := keyName(entry.Key)
		rest, ok := strings.CutPrefix(path, name)
		if !ok || name == "" || rest != "" && rest[0] != '.' && rest[0] != '[' {
			continue
		}
		return entry.Key, entry.Value, strings.TrimPrefix(rest, ".")
	}
	return nil, nil, ""
}

// entries lists the keys and values of a mapping; nil when n is none.
func entries(n ast.Node) []*ast.MappingValueNode {
	switch m := n.(type) {
	case *ast.MappingNode:
		return m.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{m}
	}
	return nil
}

// keyName returns a key's text as it was meant, without quotes.
func keyName(key ast.MapKeyNode) string {
	if s, ok := key.(*ast.StringNode); ok {
		return s.Value
	}
	if key == nil || key.GetToken() == nil {
		return ""
	}
	return key.GetToken().Value
}
