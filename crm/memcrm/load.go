package memcrm

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/internal/table"
)

// LoadReport tells what Load found: the files that were there, and every place
// that could not be used.
type LoadReport struct {
	Files []FileReport
	// Problems come in the order of files and lines.
	Problems []Problem
}

// FileReport tells about one file.
type FileReport struct {
	// File is the file's name, such as "Contact.csv".
	File   string
	Object crm.Object
	// Rows counts the records that were loaded, Bad the rows that were not.
	Rows, Bad int
	// Custom names the columns that no schema knows, in the file's order. They
	// are kept, readable and writable as text, and saved again.
	Custom []string
}

// Problem says what is wrong with a place in a file. It quotes no values, since
// they may be personal data.
type Problem struct {
	File string
	// Line is counted from 1.
	Line int
	// Column is the column's name, or its number when it has none; "" means the
	// whole row.
	Column string
	// Want says what was expected.
	Want string
}

// String gives a text such as "Contact.csv:12: column AccountId: want an id …".
func (p Problem) String() string { return table.Problem(p).Error() }

// Bad counts the rows of all files that were not loaded.
func (r *LoadReport) Bad() int {
	n := 0
	for _, f := range r.Files {
		n += f.Bad
	}
	return n
}

// neededColumns are the columns without which a file's rows say too little. The
// data export always has them.
var neededColumns = map[crm.Object][]string{
	crm.ObjectAccount: {"Name"}, crm.ObjectContact: {"LastName"}, crm.ObjectLead: {"LastName", "Company"},
	crm.ObjectGroup: {"Name", "Type"}, crm.ObjectOpportunity: {"Name"},
	crm.ObjectOpportunityRole: {"OpportunityId", "ContactId"}, crm.ObjectTeamMember: {"AccountId", "UserId"},
}

// Load makes a CRM from a folder of CSV files in the layout of Salesforce's data
// export: one file for each object, named after it (Account.csv, Contact.csv,
// …), with API field names as header. A file that is missing is an object
// without records. Files may come as people export them: UTF-8, UTF-16 or
// Windows-1252, with commas, semicolons or tabs, with any line ends.
//
// Values are brought into the form of package crm: ids get 18 characters, times
// UTC. The columns IsDeleted and MasterRecordId are honoured. Rows that do not
// fit (no or a broken id, an id twice, an impossible date, …) are left out,
// counted and listed in the report; the others are loaded. The error is for a
// folder or a file that cannot be read at all, and names file, line and column.
func Load(dir string, o *Options) (*CRM, *LoadReport, error) {
	c, err := build(o)
	if err != nil {
		return nil, nil, err
	}
	if c.folder, err = filepath.Abs(dir); err != nil {
		return nil, nil, fmt.Errorf("memcrm: load: %w", err)
	}
	if _, err := os.Stat(dir); err != nil {
		return nil, nil, fmt.Errorf("memcrm: load: %w", err)
	}
	report := &LoadReport{}
	for _, object := range c.objects {
		if err := c.loadFile(dir, c.stores[object], report); err != nil {
			return nil, nil, fmt.Errorf("memcrm: load: %w", err)
		}
	}
	c.ensureUser()
	return c, report, nil
}

func (c *CRM) loadFile(dir string, s *store, report *LoadReport) error {
	name := string(s.schema.Object) + ".csv"
	f, err := os.Open(filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	t, err := table.Read(name, f)
	if err != nil {
		return err
	}
	l := &loader{c: c, s: s, t: t, file: FileReport{File: name, Object: s.schema.Object}}
	l.load()
	s.lossy = len(l.problems) > 0
	report.Files = append(report.Files, l.file)
	report.Problems = append(report.Problems, l.problems...)
	return nil
}

// loader brings one file into its store.
type loader struct {
	c        *CRM
	s        *store
	t        *table.Table
	file     FileReport
	problems []Problem
	// columns are the store's columns by position in the file, -1 for one
	// without a name; needed and id are positions in the file.
	columns []int
	needed  []int
	id      int
}

func (l *loader) load() {
	unread := l.t.Problems
	for _, p := range unread {
		if p.Line != l.t.HeaderLine {
			l.file.Bad++
		}
	}
	l.mapColumns()
	if !l.findNeeded() {
		l.file.Bad += len(l.t.Rows)
	} else {
		l.learnPrefix()
		for _, r := range l.t.Rows {
			unread = l.passOn(unread, r.Line)
			l.row(r)
		}
	}
	l.passOn(unread, 0)
}

// passOn takes over the reader's problems before a line, 0 for all, so that the
// list stays in order of lines.
func (l *loader) passOn(unread []table.Problem, before int) []table.Problem {
	for len(unread) > 0 && (before == 0 || unread[0].Line < before) {
		l.problems = append(l.problems, Problem(unread[0]))
		unread = unread[1:]
	}
	return unread
}

func (l *loader) report(line int, column, want string) {
	l.problems = append(l.problems, Problem{File: l.file.File, Line: line, Column: column, Want: want})
}

// mapColumns finds the field of each column, whatever its case, and adds a text
// field for columns that no field belongs to.
func (l *loader) mapColumns() {
	known := map[string]int{}
	for i, x := range l.s.columns {
		known[strings.ToLower(x.field.Name)] = i
	}
	for _, h := range l.t.Header {
		col, ok := known[strings.ToLower(h)]
		switch {
		case h == "":
			col = -1
		case !ok:
			col = len(l.s.columns)
			l.s.addColumn(crm.Field{Name: h, Type: crm.TypeText, Creatable: true, Updatable: true})
			l.file.Custom = append(l.file.Custom, h)
		}
		l.columns = append(l.columns, col)
		if col >= 0 {
			l.s.header = append(l.s.header, l.s.columns[col].field.Name)
		}
	}
}

func (l *loader) findNeeded() bool {
	complete := true
	for _, name := range append([]string{"Id"}, neededColumns[l.s.schema.Object]...) {
		i := l.t.Column(name)
		if i < 0 {
			l.report(l.t.HeaderLine, name, "this column")
			complete = false
		}
		l.needed = append(l.needed, i)
	}
	l.id = l.needed[0]
	return complete
}

// learnPrefix takes the key prefix of a custom object, which differs from org to
// org, from the first id in the file that can be one.
func (l *loader) learnPrefix() {
	if !strings.HasSuffix(string(l.s.schema.Object), "__c") {
		return
	}
	for _, r := range l.t.Rows {
		id, err := crm.WidenID(strings.TrimSpace(r.Cells[l.id]))
		if err != nil || id[0] != 'a' {
			continue
		}
		if other := l.c.prefixes[id[:3]]; other == nil {
			delete(l.c.prefixes, l.s.prefix)
			l.s.prefix = id[:3]
			l.c.prefixes[l.s.prefix] = l.s
		}
		return
	}
}

func (l *loader) row(t table.Row) {
	before := len(l.problems)
	r := &row{cells: make([]cell, 0, filled(t.Cells))}
	for i, col := range l.columns {
		if col < 0 || t.Cells[i] == "" || i == l.id {
			continue
		}
		if want := l.s.fill(r, col, t.Cells[i]); want != "" {
			l.report(t.Line, l.t.Header[i], want)
		}
	}
	for _, i := range l.needed {
		if i != l.id && strings.TrimSpace(t.Cells[i]) == "" {
			l.report(t.Line, l.t.Header[i], "a value")
		}
	}
	r.id = l.rowID(t)
	if r.id != "" && len(l.problems) == before {
		if err := l.s.unique(r); err != nil {
			l.report(t.Line, "", "unique external ids: "+err.Error())
		}
	}
	if len(l.problems) > before {
		l.file.Bad++
		return
	}
	l.s.insert(r)
	l.file.Rows++
}

// rowID checks a row's id; "" when it was reported.
func (l *loader) rowID(t table.Row) string {
	column := l.t.Header[l.id]
	id, err := crm.WidenID(strings.TrimSpace(t.Cells[l.id]))
	switch {
	case strings.TrimSpace(t.Cells[l.id]) == "":
		l.report(t.Line, column, "an id")
	case err != nil:
		l.report(t.Line, column, "an id of 15 or 18 characters with the right check characters")
	case id[:3] != l.s.prefix:
		l.report(t.Line, column, "an id of "+string(l.s.schema.Object)+", which begins with "+l.s.prefix)
	case l.s.byID[id] != nil:
		l.report(t.Line, column, "an id that no row before it has")
	default:
		return id
	}
	return ""
}

// filled counts the cells that a row will need.
func filled(cells []string) int {
	n := 0
	for _, c := range cells {
		if c != "" {
			n++
		}
	}
	return n
}

// Summary gives one line for a file, such as "Contact.csv: 120 loaded, 2 bad,
// custom columns: Region__c".
func (f FileReport) Summary() string {
	var b strings.Builder
	b.WriteString(f.File + ": " + strconv.Itoa(f.Rows) + " loaded")
	if f.Bad > 0 {
		b.WriteString(", " + strconv.Itoa(f.Bad) + " bad")
	}
	if len(f.Custom) > 0 {
		b.WriteString(", custom columns: " + strings.Join(f.Custom, ", "))
	}
	return b.String()
}
