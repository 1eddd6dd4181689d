package eventfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"

	"github.com/onward-crm/onward/routing"
)

var utf8BOM = []byte("\xef\xbb\xbf")

// readJSON reads a JSON array of events, or events one after the other with
// nothing but white space between them: JSON Lines, or a single object.
func readJSON(name string, raw []byte) (*File, error) {
	f := &File{Name: name}
	raw = bytes.TrimPrefix(raw, utf8BOM)
	start := bytes.TrimLeft(raw, " \t\r\n")
	switch {
	case len(start) == 0:
		return nil, Problem{File: name, Line: 1, Message: "empty, want events as JSON objects"}
	case start[0] == '[':
		f.readArray(raw)
	default:
		f.readLines(raw)
	}
	slices.SortStableFunc(f.Problems, func(a, b Problem) int { return a.Line - b.Line })
	return f, nil
}

// readLines reads one event a line, so that a broken line costs one event. An
// object that is spread over several lines is read as one.
func (f *File) readLines(raw []byte) {
	line := 1
	for len(raw) > 0 {
		text, rest, _ := bytes.Cut(raw, []byte{'\n'})
		switch {
		case len(bytes.TrimSpace(text)) == 0:
		case json.Valid(text):
			f.addJSON(line, text)
		default:
			if object, after, ok := spread(raw); ok {
				f.addJSON(line, object)
				line += bytes.Count(object, []byte{'\n'})
				rest = after
			} else {
				f.BadRows++
				f.report(line, "", "not a JSON object: "+syntax(text))
			}
		}
		raw = rest
		line++
	}
}

// spread reads an object that goes over more than one line and ends its last.
func spread(raw []byte) (object, rest []byte, ok bool) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	var one json.RawMessage
	if dec.Decode(&one) != nil || !bytes.ContainsRune(one, '\n') {
		return nil, nil, false
	}
	tail, rest, _ := bytes.Cut(raw[dec.InputOffset():], []byte{'\n'})
	return one, rest, len(bytes.TrimSpace(tail)) == 0
}

// readArray reads the elements of an array. A broken element ends the file: it
// is not known where the next one begins.
func (f *File) readArray(raw []byte) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if _, err := dec.Token(); err != nil {
		f.report(1, "", "not JSON: "+err.Error())
		return
	}
	for dec.More() {
		line := lineAt(raw, nextValue(raw, dec.InputOffset()))
		var one json.RawMessage
		if err := dec.Decode(&one); err != nil {
			f.stop(raw, dec, err)
			return
		}
		f.addJSON(line, one)
	}
	if _, err := dec.Token(); err != nil {
		f.stop(raw, dec, err)
		return
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		f.report(lineAt(raw, dec.InputOffset()), "", "text after the end of the array")
	}
}

func (f *File) stop(raw []byte, dec *json.Decoder, err error) {
	at := nextValue(raw, dec.InputOffset())
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		at, err = int64(len(raw)), errors.New("the array has no end")
	}
	f.BadRows++
	f.report(lineAt(raw, at), "", "not JSON, nothing after it was read: "+err.Error())
}

// addJSON reads one object into an event.
func (f *File) addJSON(line int, text []byte) {
	if !utf8.Valid(text) {
		f.BadRows++
		f.report(line, "", "bytes that are not UTF-8, want UTF-8")
		return
	}
	v, err := parse(text)
	if err != nil {
		f.BadRows++
		f.report(line, err.path, err.message)
		return
	}
	var e routing.Event
	d := decoder{}
	d.event(&e, v)
	for _, name := range d.unknown {
		f.unknown(name)
	}
	if len(d.problems) == 0 {
		f.add(line, e, func(path string) string { return path })
		return
	}
	f.BadRows++
	for _, p := range d.problems {
		f.report(line, p.path, p.message)
	}
}

// nextValue passes the white space and the comma before an element.
func nextValue(raw []byte, at int64) int64 {
	for at < int64(len(raw)) && bytes.IndexByte([]byte(" \t\r\n,"), raw[at]) >= 0 {
		at++
	}
	return at
}

func lineAt(raw []byte, at int64) int {
	return 1 + bytes.Count(raw[:min(at, int64(len(raw)))], []byte{'\n'})
}

// syntax says what is wrong with a text that is not JSON.
func syntax(text []byte) string {
	var v json.RawMessage
	err := json.Unmarshal(text, &v)
	if broken, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Sprintf("%v (character %d)", err, broken.Offset)
	}
	return fmt.Sprint(err)
}
