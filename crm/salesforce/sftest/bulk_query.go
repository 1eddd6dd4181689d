package sftest

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/onward-crm/onward/crm"
)

// resultRows is the size of a page of results when the client names none.
const resultRows = 100_000

// queryJob is what only query jobs have.
type queryJob struct {
	statement *statement
	// table is nil until the job is done.
	table *table
}

// table is the result of a query as text: made from the CRM, or by a generator.
type table struct {
	columns []string
	rows    int
	// cells returns the row of that number, from 0 on. The slice may be used
	// again by the next call.
	cells func(i int) []string
}

func (q *queryJob) total() int {
	if q.table == nil {
		return 0
	}
	return q.table.rows
}

func (q *queryJob) run(s *Server, op string) error {
	var err error
	q.table, err = q.statement.run(s, op == "queryAll")
	return err
}

func createQueryJob(s *Server, r *request) *response {
	var want struct{ Operation, Query, ContentType, ColumnDelimiter, LineEnding string }
	if err := json.Unmarshal(r.body, &want); err != nil {
		return failed(http.StatusBadRequest, "JSON_PARSER_ERROR", "The request body is no JSON object")
	}
	if want.Operation != "query" && want.Operation != "queryAll" {
		return failed(http.StatusBadRequest, "INVALID_JOB", "operation must be query or queryAll")
	}
	format, refusal := newFormat(want.ContentType, want.ColumnDelimiter, want.LineEnding)
	if refusal != nil {
		return refusal
	}
	st, refusal := s.bulkStatement(want.Query)
	if refusal != nil {
		return refusal
	}
	j := &job{op: want.Operation, object: st.object, format: format, state: jobUploadComplete, query: &queryJob{statement: st}}
	if !s.bulk.add(s, r, j) {
		return tooManyJobs()
	}
	return answered(http.StatusOK, j.info())
}

func patchQueryJob(s *Server, r *request, j *job) *response {
	state, refusal := wantedState(r)
	if refusal != nil {
		return refusal
	}
	if state != jobAborted {
		return failed(http.StatusBadRequest, "INVALIDJOBSTATE", "A query job can be set to Aborted only")
	}
	return j.abort(s)
}

func wantedState(r *request) (jobState, *response) {
	var want struct{ State jobState }
	if err := json.Unmarshal(r.body, &want); err != nil {
		return "", failed(http.StatusBadRequest, "JSON_PARSER_ERROR", "The request body is no JSON object")
	}
	return want.State, nil
}

// queryResults streams one page of rows. Its headers say how many they are and
// where the next page begins.
func queryResults(s *Server, r *request, j *job) *response {
	if j.polls == 0 {
		j.advance(s, r)
	}
	if j.state != jobComplete {
		return failed(http.StatusBadRequest, "INVALIDJOBSTATE", "Getting results of a job in state "+string(j.state)+" not allowed")
	}
	t, size, from := j.query.table, resultRows, 0
	if text := r.query.Get("maxRecords"); text != "" {
		var err error
		if size, err = strconv.Atoi(text); err != nil || size < 1 {
			return failed(http.StatusBadRequest, "INVALID_REQUEST", "maxRecords must be a whole number of at least 1")
		}
	}
	if text := r.query.Get("locator"); text != "" {
		var ok bool
		if from, ok = readLocator(text); !ok || from >= t.rows {
			return failed(http.StatusBadRequest, "INVALID_QUERY_LOCATOR", "invalid query locator")
		}
	}
	to := from + min(size, t.rows-from)
	header := http.Header{}
	header.Set("Sforce-NumberOfRecords", strconv.Itoa(to-from))
	header.Set("Sforce-Locator", "null")
	if to < t.rows {
		header.Set("Sforce-Locator", locator(to))
	}
	return csvAnswer(j.format, header, func(c *csvWriter) error {
		if err := c.row(t.columns...); err != nil {
			return err
		}
		for i := from; i < to; i++ {
			if err := c.row(t.cells(i)...); err != nil {
				return err
			}
		}
		return nil
	})
}

// locator writes down the number of a page's first row, as the platform does.
func locator(row int) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(row)))
}

func readLocator(text string) (row int, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return 0, false
	}
	row, err = strconv.Atoi(string(raw))
	return row, err == nil && row > 0 && locator(row) == text
}

// statement is a query of a job, checked and ready to be run.
type statement struct {
	object crm.Object
	run    func(s *Server, all bool) (*table, error)
}
