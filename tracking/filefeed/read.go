package filefeed

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/onward-crm/onward/internal/table"
)

// ErrFile is the class of files that cannot be used at all.
var ErrFile = errors.New("filefeed: invalid file")

// Problem is a row that cannot be used. It quotes nothing of the row.
type Problem struct {
	// Line is the line on which the row begins; the first line of the file is 1.
	Line    int    `json:"line"`
	Column  string `json:"column,omitempty"`
	Message string `json:"message"`
}

// String says the problem in a line.
func (p Problem) String() string {
	if p.Column == "" {
		return fmt.Sprintf("line %d: %s", p.Line, p.Message)
	}
	return fmt.Sprintf("line %d: %s: %s", p.Line, p.Column, p.Message)
}

// maxFile is the size of the largest file of JSON Lines, as of tables.
const maxFile = table.MaxBytes

// Read reads a file. It is taken for JSON Lines when it begins with a brace. The
// error is ErrFile: nothing can be read, or no column says who or where.
func Read(r io.Reader, o Options) (*Feed, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrFile, err)
	case len(raw) > maxFile:
		return nil, fmt.Errorf("%w: is larger than %d bytes", ErrFile, maxFile)
	}
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	f := &Feed{opt: o, index: map[string]int{}}
	if start := bytes.TrimLeft(raw, " \t\r\n"); len(start) > 0 && start[0] == '{' {
		f.readLines(raw)
	} else if err := f.readTable(raw); err != nil {
		return nil, err
	}
	slices.SortStableFunc(f.problems, func(a, b Problem) int { return a.Line - b.Line })
	return f, nil
}

func (f *Feed) fail(line int, column, message string) {
	f.problems = append(f.problems, Problem{Line: line, Column: column, Message: message})
}

// readTable reads CSV.
func (f *Feed) readTable(raw []byte) error {
	t, err := table.Read("file", bytes.NewReader(raw))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFile, err)
	}
	for _, p := range t.Problems {
		f.fail(p.Line, p.Column, "want "+p.Want)
	}
	names := make([]string, len(t.Header))
	for i, header := range t.Header {
		names[i] = plain(header)
		if j := slices.Index(names[:i], names[i]); j >= 0 && slices.Contains(columns, names[i]) {
			return fmt.Errorf("%w: columns %d and %d are both %s; want one of them", ErrFile, j+1, i+1, names[i])
		}
	}
	if err := enough(names); err != nil {
		return err
	}
	for _, line := range t.Rows {
		r := row{}
		for i, cell := range line.Cells {
			r[names[i]] = strings.TrimSpace(cell)
		}
		f.add(line.Line, r)
	}
	return nil
}

// enough asks for a column that says who, and one that says where.
func enough(names []string) error {
	has := func(any ...string) bool {
		return slices.ContainsFunc(any, func(n string) bool { return slices.Contains(names, n) })
	}
	switch {
	case !has("crm_id", "linkedin_url", "email", "hubspot_id", "full_name") && !(has("first_name") && has("last_name")):
		return fmt.Errorf("%w: no column says who; want crm_id, linkedin_url, email, full_name, or first_name and last_name", ErrFile)
	case !has("company", "domain", "account_id", "company_linkedin_url"):
		return fmt.Errorf("%w: no column says where; want company, domain, account_id or company_linkedin_url", ErrFile)
	}
	return nil
}

// readLines reads one JSON object a line.
func (f *Feed) readLines(raw []byte) {
	line := 0
	for text := range bytes.Lines(raw) {
		line++
		text = bytes.TrimSpace(text)
		if len(text) == 0 {
			continue
		}
		var object map[string]any
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		if !utf8.Valid(text) || d.Decode(&object) != nil || d.More() {
			f.fail(line, "", "want one JSON object in UTF-8 on one line")
			continue
		}
		if r, bad := flat(object); bad != "" {
			f.fail(line, bad, "want a text")
		} else {
			f.add(line, r)
		}
	}
}

// flat takes the members that are read; bad is one that is no text or number.
func flat(object map[string]any) (r row, bad string) {
	r = row{}
	for _, name := range columns {
		for key, value := range object { // any order: of two keys with one plain name both must be texts, and the greater text stands
			if plain(key) != name {
				continue
			}
			switch v := value.(type) {
			case nil:
			case string:
				r[name] = max(r[name], strings.TrimSpace(v))
			case json.Number:
				r[name] = max(r[name], v.String())
			default:
				return nil, name
			}
		}
	}
	return r, ""
}
