package sftest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/onward-crm/onward/crm"
)

// jobState is the state of a job of the Bulk API 2.0.
type jobState string

const (
	jobOpen           jobState = "Open"
	jobUploadComplete jobState = "UploadComplete"
	jobInProgress     jobState = "InProgress"
	jobComplete       jobState = "JobComplete"
	jobFailed         jobState = "Failed"
	jobAborted        jobState = "Aborted"
)

const (
	// queryJobsADay and ingestJobsADay are the platform's limits on new jobs.
	queryJobsADay  = 10_000
	ingestJobsADay = 15_000
	// jobLife is how long a job and its results are kept.
	jobLife = 7 * 24 * time.Hour
)

// bulkJobs are the jobs of one server.
type bulkJobs struct {
	mu   sync.Mutex
	made int
	// jobs are in order of creation. Deleted ones leave only their time, in
	// queryTimes and ingestTimes, because they still count for the day.
	jobs                    []*job
	queryTimes, ingestTimes []time.Time
}

// job is a query or an ingest job.
type job struct {
	mu      sync.Mutex
	id      string
	object  crm.Object
	op      string
	version string
	created time.Time
	changed time.Time
	user    string
	format  csvFormat
	state   jobState
	// message says why the job failed.
	message string
	// polls is how often the job must still be asked for before it is done.
	polls int
	// query and load hold what only one of the two kinds has; the other is nil.
	query *queryJob
	load  *loadJob
}

func bulkRoutes() []route {
	return []route{
		{http.MethodPost, "jobs/query", createQueryJob},
		{http.MethodGet, "jobs/query", listJobs(queryKind)},
		{http.MethodGet, "jobs/query/*", withJob(queryKind, getJob)},
		{http.MethodPatch, "jobs/query/*", withJob(queryKind, patchQueryJob)},
		{http.MethodDelete, "jobs/query/*", withJob(queryKind, deleteJob)},
		{http.MethodGet, "jobs/query/*/results", withJob(queryKind, queryResults)},
		{http.MethodPost, "jobs/ingest", createLoadJob},
		{http.MethodGet, "jobs/ingest", listJobs(loadKind)},
		{http.MethodGet, "jobs/ingest/*", withJob(loadKind, getJob)},
		{http.MethodPatch, "jobs/ingest/*", withJob(loadKind, patchLoadJob)},
		{http.MethodDelete, "jobs/ingest/*", withJob(loadKind, deleteJob)},
		{http.MethodPut, "jobs/ingest/*/batches", withJob(loadKind, uploadRows)},
		{http.MethodGet, "jobs/ingest/*/successfulResults", withJob(loadKind, successfulRows)},
		{http.MethodGet, "jobs/ingest/*/failedResults", withJob(loadKind, failedRows)},
		{http.MethodGet, "jobs/ingest/*/unprocessedrecords", withJob(loadKind, unprocessedRows)},
	}
}

func queryKind(j *job) bool { return j.query != nil }
func loadKind(j *job) bool  { return j.load != nil }

// withJob finds the job that the path names, and holds it while it is handled.
func withJob(kind func(*job) bool, handle func(*Server, *request, *job) *response) handler {
	return func(s *Server, r *request) *response {
		j := s.bulk.find(s.options.Now(), r.path[2])
		if j == nil || !kind(j) {
			return noResource()
		}
		j.mu.Lock()
		defer j.mu.Unlock()
		return handle(s, r, j)
	}
}

// find returns the job of that id, 15 or 18 characters long.
func (b *bulkJobs) find(now time.Time, id string) *job {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.forget(now)
	for _, j := range b.jobs {
		if crm.SameID(j.id, id) {
			return j
		}
	}
	return nil
}

// forget drops jobs that are too old to be asked for.
func (b *bulkJobs) forget(now time.Time) {
	for len(b.jobs) > 0 && now.Sub(b.jobs[0].created) > jobLife {
		b.jobs = b.jobs[1:]
	}
}

// add takes in a new job; false when the day's allowance is used up.
func (b *bulkJobs) add(s *Server, r *request, j *job) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := s.options.Now()
	b.forget(now)
	times, limit := &b.ingestTimes, ingestJobsADay
	if j.query != nil {
		times, limit = &b.queryTimes, queryJobsADay
	}
	if !allow(times, now, 24*time.Hour, limit) {
		return false
	}
	b.made++
	j.id, _ = crm.WidenID(fmt.Sprintf("750%012d", b.made))
	j.version, j.created, j.changed = strings.TrimPrefix(r.version, "v"), now, now
	j.user, j.polls = s.CRM().User(), s.options.BulkPolls
	b.jobs = append(b.jobs, j)
	return true
}

// allow takes note of one more use, unless there were limit within the span
// already.
func allow(times *[]time.Time, now time.Time, span time.Duration, limit int) bool {
	for len(*times) > 0 && now.Sub((*times)[0]) >= span {
		*times = (*times)[1:]
	}
	if len(*times) >= limit {
		return false
	}
	*times = append(*times, now)
	return true
}

func (b *bulkJobs) remove(gone *job) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.jobs = slices.DeleteFunc(b.jobs, func(j *job) bool { return j == gone })
}

// jobInfo is a job in the platform's form.
type jobInfo struct {
	ID              string      `json:"id"`
	Operation       string      `json:"operation"`
	Object          crm.Object  `json:"object"`
	CreatedByID     string      `json:"createdById"`
	CreatedDate     string      `json:"createdDate"`
	SystemModstamp  string      `json:"systemModstamp"`
	State           jobState    `json:"state"`
	ConcurrencyMode string      `json:"concurrencyMode"`
	ContentType     string      `json:"contentType"`
	APIVersion      json.Number `json:"apiVersion"`
	JobType         string      `json:"jobType"`
	LineEnding      string      `json:"lineEnding"`
	ColumnDelimiter string      `json:"columnDelimiter"`
	ErrorMessage    string      `json:"errorMessage,omitempty"`
	Processed       int         `json:"numberRecordsProcessed"`
	Retries         int         `json:"retries"`
	TotalTime       int         `json:"totalProcessingTime"`
	// Chunking belongs to query jobs, the rest to ingest jobs.
	Chunking           *bool  `json:"isPkChunkingSupported,omitempty"`
	Failed             *int   `json:"numberRecordsFailed,omitempty"`
	ContentURL         string `json:"contentUrl,omitempty"`
	ExternalIDField    string `json:"externalIdFieldName,omitempty"`
	AssignmentRuleID   string `json:"assignmentRuleId,omitempty"`
	APIProcessingTime  *int   `json:"apiActiveProcessingTime,omitempty"`
	ApexProcessingTime *int   `json:"apexProcessingTime,omitempty"`
}

// info describes the job. The caller holds it.
func (j *job) info() jobInfo {
	out := jobInfo{
		ID: j.id, Operation: j.op, Object: j.object, CreatedByID: j.user, State: j.state,
		CreatedDate: wireTime(j.created), SystemModstamp: wireTime(j.changed), ConcurrencyMode: "Parallel",
		ContentType: "CSV", APIVersion: json.Number(j.version), LineEnding: j.format.ending,
		ColumnDelimiter: j.format.delimiter, ErrorMessage: j.message,
	}
	if j.query != nil {
		chunking := true
		out.JobType, out.Processed, out.Chunking = "V2Query", j.query.total(), &chunking
		return out
	}
	none, refused := 0, j.load.refused
	out.JobType, out.Processed, out.Failed = "V2Ingest", j.load.done, &refused
	out.APIProcessingTime, out.ApexProcessingTime = &none, &none
	out.ExternalIDField, out.AssignmentRuleID = j.load.key, j.load.rule
	out.ContentURL = "services/data/v" + j.version + "/jobs/ingest/" + j.id + "/batches"
	return out
}

// wireTime is a time as the REST API writes it.
func wireTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000-0700") }

func getJob(s *Server, r *request, j *job) *response {
	j.advance(s, r)
	return answered(http.StatusOK, j.info())
}

// advance lets a job that waits take a step: it is in progress for as many polls
// as the server was told to make clients wait, and then it is done.
func (j *job) advance(s *Server, r *request) {
	if j.state != jobUploadComplete && j.state != jobInProgress {
		return
	}
	if j.polls > 0 {
		j.polls--
		j.enter(s, jobInProgress)
		return
	}
	j.enter(s, jobComplete)
	var err error
	if j.query != nil {
		err = j.query.run(s, j.op)
	} else {
		err = j.runLoad(s, r)
	}
	if err != nil {
		j.message = err.Error()
		j.enter(s, jobFailed)
	}
}

func (j *job) enter(s *Server, state jobState) {
	j.state, j.changed = state, s.options.Now()
}

// abort stops a job that is not done.
func (j *job) abort(s *Server) *response {
	switch j.state {
	case jobComplete, jobFailed, jobAborted:
		return failed(http.StatusBadRequest, "INVALIDJOBSTATE", "Aborting already "+j.state.done()+" Job not allowed")
	}
	j.enter(s, jobAborted)
	return answered(http.StatusOK, j.info())
}

// done is the state as messages spell it.
func (state jobState) done() string {
	if state == jobComplete {
		return "Completed"
	}
	return string(state)
}

func deleteJob(s *Server, _ *request, j *job) *response {
	if j.state == jobOpen || j.state == jobInProgress {
		return failed(http.StatusBadRequest, "INVALIDJOBSTATE", "Deleting not Closed or Aborted Job not allowed")
	}
	s.bulk.remove(j)
	return &response{status: http.StatusNoContent}
}

func listJobs(kind func(*job) bool) handler {
	return func(s *Server, r *request) *response {
		s.bulk.mu.Lock()
		s.bulk.forget(s.options.Now())
		jobs := slices.Clone(s.bulk.jobs)
		s.bulk.mu.Unlock()
		records := []jobInfo{}
		for _, j := range jobs {
			j.mu.Lock()
			if kind(j) {
				records = append(records, j.info())
			}
			j.mu.Unlock()
		}
		return answered(http.StatusOK, map[string]any{"done": true, "nextRecordsUrl": nil, "records": records})
	}
}

func tooManyJobs() *response {
	return failed(http.StatusBadRequest, "LIMIT_EXCEEDED", "The number of new jobs within 24 hours is used up")
}
