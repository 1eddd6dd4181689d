package sftest

import (
	"encoding/json"
	"net/http"
	"slices"

	"github.com/onward-crm/onward/crm"
)

// uploadBytes is the most that one upload may hold: 150 MB after base64, for
// which the platform advises 100 MB before.
const uploadBytes = 100_000_000

// loadJob is what only ingest jobs have.
type loadJob struct {
	// key is the external-id field of an upsert, rule the assignment rule.
	key, rule string
	uploaded  bool
	data      []byte
	// header and rows are the data taken apart, outcomes what became of the rows,
	// in their order. Rows beyond them were not processed.
	header   []string
	rows     [][]string
	outcomes []rowOutcome
	// done and refused count outcomes.
	done, refused int
}

// rowOutcome is what became of one row.
type rowOutcome struct {
	id      string
	created bool
	// fault is not empty when the row was refused.
	fault string
}

type wantedLoad struct {
	Object              crm.Object
	Operation           string
	ExternalIDFieldName string `json:"externalIdFieldName"`
	AssignmentRuleID    string `json:"assignmentRuleId"`
	ContentType         string
	ColumnDelimiter     string
	LineEnding          string
}

func createLoadJob(s *Server, r *request) *response {
	var want wantedLoad
	if err := json.Unmarshal(r.body, &want); err != nil {
		return failed(http.StatusBadRequest, "JSON_PARSER_ERROR", "The request body is no JSON object")
	}
	format, refusal := newFormat(want.ContentType, want.ColumnDelimiter, want.LineEnding)
	if refusal == nil {
		refusal = s.checkLoad(r, want)
	}
	if refusal != nil {
		return refusal
	}
	j := &job{op: want.Operation, object: want.Object, format: format, state: jobOpen,
		load: &loadJob{key: want.ExternalIDFieldName, rule: want.AssignmentRuleID}}
	if !s.bulk.add(s, r, j) {
		return tooManyJobs()
	}
	return answered(http.StatusOK, j.info())
}

// checkLoad says what is wrong with a new job; nil when nothing is.
func (s *Server) checkLoad(r *request, want wantedLoad) *response {
	schema, err := s.CRM().Describe(r.context(), want.Object)
	if err != nil {
		return failed(http.StatusBadRequest, "INVALIDENTITY", "Unable to find object: "+string(want.Object))
	}
	switch want.Operation {
	case "insert", "update", "delete":
		return nil
	case "hardDelete":
		return failed(http.StatusBadRequest, "FEATURENOTENABLED", "hardDelete needs the permission Bulk API Hard Delete")
	case "upsert":
		f, ok := schema.Field(want.ExternalIDFieldName)
		if want.ExternalIDFieldName != "Id" && (!ok || !f.ExternalID) {
			return failed(http.StatusBadRequest, "INVALIDJOB",
				"Field name provided, "+want.ExternalIDFieldName+" does not match an External ID for "+string(want.Object))
		}
		return nil
	default:
		return failed(http.StatusBadRequest, "INVALIDJOB", "operation must be insert, update, upsert or delete")
	}
}

// uploadRows takes the one upload that a job may have.
func uploadRows(s *Server, r *request, j *job) *response {
	switch {
	case j.state != jobOpen:
		return failed(http.StatusBadRequest, "INVALIDJOBSTATE", "Adding data to a job in state "+string(j.state)+" not allowed")
	case j.load.uploaded:
		return failed(http.StatusBadRequest, "INVALIDJOBSTATE", "Found multiple contents for job: "+j.id+", please 'Close' / 'Abort' / 'Delete' the current Job then create a new Job and make sure you only do 'PUT' once on a given Job.")
	case len(r.body) > uploadBytes:
		return failed(http.StatusRequestEntityTooLarge, "EXCEEDED_MAX_SIZE_REQUEST", "The upload is larger than 100 MB")
	}
	j.load.uploaded, j.load.data = true, slices.Clone(r.body)
	j.changed = s.now()
	return &response{status: http.StatusCreated}
}

func patchLoadJob(s *Server, r *request, j *job) *response {
	state, refusal := wantedState(r)
	if refusal != nil {
		return refusal
	}
	switch {
	case state == jobAborted:
		return j.abortLoad(s)
	case state != jobUploadComplete:
		return failed(http.StatusBadRequest, "INVALIDJOBSTATE", "An ingest job can be set to UploadComplete or Aborted only")
	case j.state != jobOpen:
		return failed(http.StatusBadRequest, "INVALIDJOBSTATE", "Closing already "+j.state.done()+" Job not allowed")
	}
	j.enter(s, jobUploadComplete)
	answer := answered(http.StatusOK, j.info())
	if j.polls == 0 {
		// The rows land now, also for a client that never asks again.
		j.advance(s, r)
	}
	return answer
}

// abortLoad stops a job before its rows are processed, and takes them apart so
// that they can be had back as unprocessed.
func (j *job) abortLoad(s *Server) *response {
	answer := j.abort(s)
	if j.state == jobAborted && j.load.header == nil {
		// An upload that cannot be read has no rows to give back.
		j.load.header, j.load.rows, _ = j.format.read(j.load.data)
		j.load.data = nil
	}
	return answer
}

func successfulRows(_ *Server, _ *request, j *job) *response {
	return j.results([]string{"sf__Id", "sf__Created"}, func(o rowOutcome) []string {
		if o.fault != "" {
			return nil
		}
		return []string{o.id, crm.FormatBool(o.created)}
	})
}

func failedRows(_ *Server, _ *request, j *job) *response {
	return j.results([]string{"sf__Id", "sf__Error"}, func(o rowOutcome) []string {
		if o.fault == "" {
			return nil
		}
		return []string{o.id, o.fault}
	})
}

// results writes the rows for which lead gives the first cells. Rows and headers
// are copied now, because the job may go on while they are sent.
func (j *job) results(first []string, lead func(rowOutcome) []string) *response {
	if refusal := j.unfinished(); refusal != nil {
		return refusal
	}
	l := *j.load
	return csvAnswer(j.format, nil, func(c *csvWriter) error {
		if err := c.row(append(first, l.header...)...); err != nil {
			return err
		}
		for i, o := range l.outcomes {
			cells := lead(o)
			if cells == nil {
				continue
			}
			if err := c.row(append(cells, l.rows[i]...)...); err != nil {
				return err
			}
		}
		return nil
	})
}

func unprocessedRows(_ *Server, _ *request, j *job) *response {
	if refusal := j.unfinished(); refusal != nil {
		return refusal
	}
	l := *j.load
	return csvAnswer(j.format, nil, func(c *csvWriter) error {
		if err := c.row(l.header...); err != nil {
			return err
		}
		for _, cells := range l.rows[len(l.outcomes):] {
			if err := c.row(cells...); err != nil {
				return err
			}
		}
		return nil
	})
}

func (j *job) unfinished() *response {
	switch j.state {
	case jobComplete, jobFailed, jobAborted:
		return nil
	}
	return failed(http.StatusBadRequest, "INVALIDJOBSTATE", "Getting results of a job in state "+string(j.state)+" not allowed")
}
