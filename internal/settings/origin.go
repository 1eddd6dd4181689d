package settings

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// origin is where the settings come from: a file, and the environment.
type origin struct {
	name  string
	lines [][]byte
	root  ast.Node
	// variables leads from a path to the environment variable that set it.
	variables map[string]string
	// held gives the secret in an environment variable; a function, so that none is
	// ever printed with the settings.
	held func(variable string) Secret
}

// maxNesting bounds brackets inside brackets and indentation. The file needs
// five levels; the YAML parser's time grows with the square of the depth.
const maxNesting = 64

// parse reads the file's one document; nil when it says nothing.
func (o *origin) parse(raw []byte) (ast.Node, error) {
	switch line := tooDeep(o.lines); {
	case len(raw) > maxBytes:
		return nil, o.fail(0, 0, fmt.Sprintf("larger than %d bytes", maxBytes))
	case !utf8.Valid(raw):
		return nil, o.fail(invalidLine(o.lines), 1, "bytes that are not UTF-8, want UTF-8")
	case line > 0:
		return nil, o.fail(line, 1, fmt.Sprintf("nested more than %d levels deep", maxNesting))
	}
	file, err := parser.ParseBytes(raw, 0)
	if err != nil {
		return nil, o.syntax(err)
	}
	var root ast.Node
	for _, doc := range file.Docs {
		if doc.Body == nil || doc.Body.Type() == ast.NullType || doc.Body.Type() == ast.CommentType {
			continue
		}
		if root != nil {
			pos := position(doc.Body)
			return nil, o.fail(pos.line, pos.column, "a second document, want one")
		}
		root = doc.Body
	}
	return root, nil
}

// syntax makes an error of what the YAML parser said.
func (o *origin) syntax(err error) error {
	var known yaml.Error
	if !errors.As(err, &known) || known.GetToken() == nil {
		return o.fail(0, 0, "not YAML: "+err.Error())
	}
	pos := known.GetToken().Position
	return o.fail(pos.Line, pos.Column, "not YAML: "+known.GetMessage())
}

func (o *origin) fail(line, column int, message string) error {
	return &Error{Problems: []Problem{o.problem(place{line, column}, "", message)}}
}

func (o *origin) problem(at place, path, message string) Problem {
	return Problem{
		File: o.name, Line: at.line, Column: at.column, Path: path, Message: message,
		Snippet: o.snippet(at),
	}
}

// at makes a problem of the value at a path. A value that stands nowhere is
// reported at the nearest value that holds it.
func (o *origin) at(path, message string) Problem {
	if variable, ok := o.variables[path]; ok {
		return Problem{File: variable, Path: path, Message: message}
	}
	return o.problem(find(o.root, path), path, message)
}

// snippet shows a line with the one before it, and a mark under the column.
func (o *origin) snippet(at place) string {
	if at.line < 1 || at.line > len(o.lines) {
		return ""
	}
	var b strings.Builder
	if at.line > 1 {
		fmt.Fprintf(&b, "%6d | %s\n", at.line-1, o.line(at.line-1))
	}
	fmt.Fprintf(&b, ">%5d | %s", at.line, o.line(at.line))
	if at.column > 0 && at.column <= maxShown {
		fmt.Fprintf(&b, "\n       | %s^", strings.Repeat(" ", at.column-1))
	}
	return b.String()
}

// maxShown is the number of characters of a line that a snippet shows.
const maxShown = 110

func (o *origin) line(n int) string {
	text := []rune(strings.ToValidUTF8(strings.TrimRight(string(o.lines[n-1]), "\r\n "), "?"))
	for i, r := range text {
		if r < ' ' {
			text[i] = ' '
		}
	}
	if len(text) > maxShown {
		return string(text[:maxShown]) + "…"
	}
	return string(text)
}

// tooDeep returns the first line that is nested too deep, 0 for none. It counts
// brackets wherever they stand: no honest file has that many.
func tooDeep(lines [][]byte) int {
	depth := 0
	for i, line := range lines {
		indent := len(line) - len(bytes.TrimLeft(line, " \t-?!&:"))
		if indent > 4*maxNesting {
			return i + 1
		}
		for _, c := range line {
			switch c {
			case '[', '{':
				depth++
			case ']', '}':
				depth = max(0, depth-1)
			}
			if depth > maxNesting {
				return i + 1
			}
		}
	}
	return 0
}

func invalidLine(lines [][]byte) int {
	for i, line := range lines {
		if !utf8.Valid(line) {
			return i + 1
		}
	}
	return 0
}
