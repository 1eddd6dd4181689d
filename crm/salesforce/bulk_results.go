package salesforce

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/onward-crm/onward/crm"
)

const (
	// ingestBytes is the size of an upload; the platform takes 100 MB.
	ingestBytes = 90_000_000
	// nullCell makes a field blank; an empty cell leaves it alone.
	nullCell = "#N/A"
)

// ingest is a load under way.
type ingest struct {
	org     *Org
	in      Ingestion
	columns []string
	results []crm.Result
	settled []bool
}

func newIngest(g *Org, in Ingestion) *ingest {
	l := &ingest{org: g, in: in, results: make([]crm.Result, len(in.Rows)), settled: make([]bool, len(in.Rows))}
	seen := map[string]bool{}
	for _, row := range in.Rows {
		for name := range row {
			seen[name] = true
		}
	}
	for name := range seen {
		l.columns = append(l.columns, name)
	}
	slices.Sort(l.columns)
	return l
}

// cut divides the rows among jobs whose uploads have at most so many bytes. Rows
// that cannot be written down are settled here.
func (l *ingest) cut(limit int) []*ingestJob {
	header := len(l.line(l.columns))
	var jobs []*ingestJob
	size := limit
	for i := range l.in.Rows {
		if code := l.refuse(l.in.Rows[i]); code != "" {
			l.results[i].Err, l.settled[i] = bulkError(l.in.Object, crm.ErrInvalid, code), true
			continue
		}
		n := len(l.line(l.cells(i)))
		if len(jobs) == 0 || size+n > limit {
			jobs, size = append(jobs, &ingestJob{}), header
		}
		size += n
		last := jobs[len(jobs)-1]
		last.rows = append(last.rows, i)
	}
	return jobs
}

// refuse is the code of what is wrong with a row; "" for a good one.
func (l *ingest) refuse(row crm.Fields) string {
	if len(row) == 0 {
		return "ROW_WITHOUT_FIELDS"
	}
	for _, name := range row.Names() {
		// The text would be taken for the wish to make the field blank.
		if row[name] == nullCell {
			return "NULL_MARKER_AS_VALUE"
		}
		if !isAPIName(strings.ReplaceAll(name, ".", "_")) {
			return "INVALID_FIELD"
		}
	}
	if match := l.in.match(); match != "" && row[match] == "" {
		return "MISSING_ARGUMENT"
	}
	return ""
}

// cells are the values of a row in the order of the columns.
func (l *ingest) cells(i int) []string {
	row := l.in.Rows[i]
	out := make([]string, len(l.columns))
	for c, name := range l.columns {
		value, given := row[name]
		if given && value == "" {
			value = nullCell
		}
		out[c] = value
	}
	return out
}

// line writes one line of CSV.
func (l *ingest) line(cells []string) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write(cells) // a buffer takes everything
	w.Flush()
	return b.Bytes()
}

// csv writes the upload of a job.
func (l *ingest) csv(rows []int) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write(l.columns)
	for _, i := range rows {
		_ = w.Write(l.cells(i))
	}
	w.Flush()
	return b.Bytes()
}

// read reads the three lists of a job's results and settles its rows. They come
// in any order and are known again by their values.
func (l *ingest) read(ctx context.Context, job *ingestJob) error {
	waiting := map[string][]int{}
	for _, i := range job.rows {
		k := l.mark(l.columns, l.cells(i))
		waiting[k] = append(waiting[k], i)
	}
	for _, list := range []string{"successfulResults", "failedResults", "unprocessedrecords"} {
		marked, err := l.readList(ctx, job, list)
		if err != nil {
			return err
		}
		for _, m := range marked {
			if rows := waiting[m.mark]; len(rows) > 0 {
				l.results[rows[0]], l.settled[rows[0]] = m.result, true
				waiting[m.mark] = rows[1:]
			}
		}
	}
	for _, i := range job.rows {
		if !l.settled[i] {
			return bulkError(l.in.Object, crm.ErrUnknownOutcome, "ROW_WITHOUT_RESULT")
		}
	}
	return nil
}

// mark is what a row is known by: its values in the columns that say which row
// it is, whatever the order in which they stand.
func (l *ingest) mark(header, cells []string) string {
	var b strings.Builder
	match := l.in.match()
	for _, name := range l.columns {
		if match != "" && name != match {
			continue
		}
		value := ""
		if c := slices.Index(header, name); c >= 0 {
			value = strings.ReplaceAll(cells[c], "\r\n", "\n")
		}
		if value == nullCell {
			value = ""
		}
		b.WriteString(value + "\x00")
	}
	return b.String()
}

// marked is the result of the row that is known by mark.
type marked struct {
	mark   string
	result crm.Result
}

// readList reads one list of a job's results, again when it breaks off.
func (l *ingest) readList(ctx context.Context, job *ingestJob, list string) ([]marked, error) {
	wait := pollFirst
	for try := 1; ; try++ {
		out, err := l.attemptList(ctx, job, list)
		if err == nil || !crm.Retryable(err) || try == bulkTries || pause(ctx, wait) != nil {
			return out, err
		}
		wait = min(2*wait, pollLongest)
	}
}

func (l *ingest) attemptList(ctx context.Context, job *ingestJob, list string) ([]marked, error) {
	k := ingestJobs.call(http.MethodGet, jobPath(job.info.ID)+"/"+list)
	k.object, k.repeat = l.in.Object, true
	k.header = map[string]string{"Accept": "text/csv"}
	s, err := l.org.stream(ctx, k)
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.body.Close() }()
	end := &lastByte{in: s.body}
	in := csv.NewReader(end)
	header, err := in.Read()
	var out []marked
	for err == nil {
		var line []string
		if line, err = in.Read(); err == nil {
			out = append(out, marked{l.mark(header, line), l.result(job, list, header, line)})
		}
	}
	if !errors.Is(err, io.EOF) || end.last != '\n' && end.last != 0 {
		return nil, &crm.Error{Op: "bulk", Object: l.in.Object, Class: crm.ErrUnavailable, Code: "BROKEN_RESULTS", Err: err}
	}
	return out, nil
}

// result is what a line of a list says.
func (l *ingest) result(job *ingestJob, list string, header, line []string) crm.Result {
	value := func(name string) string {
		if i := slices.Index(header, name); i >= 0 {
			return line[i]
		}
		return ""
	}
	switch list {
	case "successfulResults":
		return crm.Result{ID: value("sf__Id"), Created: crm.IsTrue(value("sf__Created"))}
	case "failedResults":
		return crm.Result{ID: value("sf__Id"), Err: l.rowError(value("sf__Error"))}
	}
	return crm.Result{Err: jobFailure(l.in.Object, job.info)}
}

// rowError reads an error of the form "CODE:message:Field Field --".
func (l *ingest) rowError(text string) error {
	code, rest, _ := strings.Cut(text, ":")
	item := wireError{ErrorCode: strings.TrimSpace(code), Message: rest}
	text, ended := strings.CutSuffix(strings.TrimSpace(rest), "--")
	if i := strings.LastIndex(text, ":"); ended && i >= 0 {
		item.Message = text[:i]
		fields := text[i+1:]
		item.Fields = strings.FieldsFunc(fields, func(r rune) bool { return r == ' ' || r == ',' })
	}
	if !isAPIName(item.ErrorCode) {
		item = wireError{ErrorCode: "UNKNOWN_EXCEPTION"}
	}
	return l.org.itemError("bulk", l.in.Object, "", []wireError{item})
}
