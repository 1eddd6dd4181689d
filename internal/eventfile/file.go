package eventfile

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/onward-crm/onward/routing"
)

// File is one file that was read.
type File struct {
	// Name is the file's name as given to Read.
	Name string
	// Events are the good rows in the file's order.
	Events []Item
	// Problems are the places that could not be used, by line.
	Problems []Problem
	// BadRows counts the rows or JSON values that were left out; one of them may
	// have several problems.
	BadRows int
	// Unknown are the names that onward does not know, sorted. Their values are
	// kept in the events' Custom.
	Unknown []string
}

// Item is one event and the line on which it begins, counted from 1.
type Item struct {
	Line  int
	Event routing.Event
}

// Problem says what is wrong with a place in a file. It quotes no value, since
// values may hold personal data.
type Problem struct {
	File string `json:"file"`
	// Line is counted from 1; 0 means the file as a whole.
	Line int `json:"line,omitempty"`
	// Column is the CSV column or the JSON path; "" means the whole row.
	Column string `json:"column,omitempty"`
	// Message says what is wrong and what was expected.
	Message string `json:"message"`
}

// Error gives a text such as "moves.csv:12: started_on: not a date, want …".
func (p Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		b.WriteString(":" + strconv.Itoa(p.Line))
	}
	if p.Column != "" {
		b.WriteString(": " + p.Column)
	}
	b.WriteString(": " + p.Message)
	return b.String()
}

// maxBytes is the size of the largest JSON file that Read takes, 1 GiB.
const maxBytes = 1 << 30

// Read reads a whole file. The ending of its name says what it is: .csv and
// .tsv, or .jsonl, .ndjson and .json; anything else is looked at.
//
// An error means that nothing of the file can be used: it cannot be read, or
// lacks the columns without which no row can be an event. Everything else
// becomes an entry in Problems.
func Read(name string, r io.Reader) (*File, error) {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".csv", ".tsv", ".txt":
		return readTable(name, r)
	}
	raw, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("eventfile: %s: %w", name, err)
	}
	if len(raw) > maxBytes {
		return nil, Problem{File: name, Message: "larger than 1 GiB"}
	}
	switch strings.ToLower(filepath.Ext(name)) {
	case ".json", ".jsonl", ".ndjson":
		return readJSON(name, raw)
	}
	if start := bytes.TrimLeft(bytes.TrimPrefix(raw, utf8BOM), " \t\r\n"); len(start) > 0 && (start[0] == '{' || start[0] == '[') {
		return readJSON(name, raw)
	}
	return readTable(name, bytes.NewReader(raw))
}

// add keeps an event that is whole, and reports one that is not. Problems of the
// event are named as the file names its places.
func (f *File) add(line int, e routing.Event, nameOf func(path string) string) {
	_, err := routing.Normalize(e, time.Unix(0, 0))
	if err == nil {
		f.Events = append(f.Events, Item{Line: line, Event: e})
		return
	}
	f.BadRows++
	f.reportAll(line, err, nameOf)
}

// reportAll lists the problems that an error of routing names.
func (f *File) reportAll(line int, err error, nameOf func(string) string) {
	bad, ok := err.(*routing.EventError)
	if !ok {
		f.report(line, "", err.Error())
		return
	}
	for _, p := range bad.Problems {
		f.report(line, nameOf(p.Field), p.Message)
	}
}

func (f *File) report(line int, column, message string) {
	f.Problems = append(f.Problems, Problem{File: f.Name, Line: line, Column: column, Message: message})
}

// unknown notes a name that onward does not know.
func (f *File) unknown(name string) {
	if i, found := slices.BinarySearch(f.Unknown, name); !found {
		f.Unknown = slices.Insert(f.Unknown, i, name)
	}
}
