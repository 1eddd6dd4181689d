package salesforce

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/onward-crm/onward/crm"
)

// The states of a job of Bulk API 2.0.
const (
	jobOpen           = "Open"
	jobUploadComplete = "UploadComplete"
	jobInProgress     = "InProgress"
	jobComplete       = "JobComplete"
	jobFailed         = "Failed"
	jobAborted        = "Aborted"
)

const (
	// pollFirst and pollLongest bound the pauses between two looks at something
	// that runs in the org. Each look is a call.
	pollFirst   = 500 * time.Millisecond
	pollLongest = 30 * time.Second
	// pollFailures is how many looks in a row may fail before the job counts as
	// lost. It goes on running.
	pollFailures = 5
	// partingTime is how long cleaning up may take, partingHaste how long when
	// the caller does not wait any more.
	partingTime  = 10 * time.Second
	partingHaste = 150 * time.Millisecond
)

// bulkJob is what the API tells of a job.
type bulkJob struct {
	ID           string `json:"id"`
	State        string `json:"state"`
	ErrorMessage string `json:"errorMessage"`
}

// jobKind is "query" or "ingest", the two collections of jobs.
type jobKind string

const (
	queryJobs  jobKind = "query"
	ingestJobs jobKind = "ingest"
)

func (j jobKind) call(method, rest string) call {
	return call{op: "bulk", name: "jobs/" + string(j), method: method, path: "jobs/" + string(j) + rest}
}

// jobPath is the path of a job below its collection.
func jobPath(id string) string { return "/" + url.PathEscape(id) }

// createJob opens a job. One that nobody hears of again harms nothing: a query
// changes nothing, and an ingest job does nothing before it is closed.
func (g *Org) createJob(ctx context.Context, kind jobKind, o crm.Object, spec map[string]any) (bulkJob, error) {
	k := kind.call(http.MethodPost, "")
	k.object, k.repeat = o, true
	var job bulkJob
	var err error
	if k.body, err = encodeJSON(spec); err != nil {
		return job, bulkError(o, crm.ErrInvalid, "UNWRITABLE_JOB")
	}
	r, err := g.do(ctx, k)
	if err != nil {
		return job, err
	}
	if err := g.decode(k, r, &job); err != nil {
		return job, err
	}
	if job.ID == "" {
		return job, bulkError(o, crm.ErrUnavailable, "JOB_WITHOUT_ID")
	}
	return job, nil
}

// jobInfo looks at a job.
func (g *Org) jobInfo(ctx context.Context, kind jobKind, o crm.Object, id string) (bulkJob, error) {
	k := kind.call(http.MethodGet, jobPath(id))
	k.object, k.repeat = o, true
	var job bulkJob
	r, err := g.do(ctx, k)
	if err != nil {
		return job, err
	}
	return job, g.decode(k, r, &job)
}

// setJobState asks for a new state: UploadComplete or Aborted.
func (g *Org) setJobState(ctx context.Context, kind jobKind, o crm.Object, id, state string) error {
	k := kind.call(http.MethodPatch, jobPath(id))
	k.object = o
	k.body = []byte(`{"state":"` + state + `"}`)
	_, err := g.do(ctx, k)
	return err
}

// awaitJob looks at a job until it is done: complete, failed or aborted. It
// waits as long as ctx does. A job that is still open is given to opened, which
// may send it on its way.
func (g *Org) awaitJob(ctx context.Context, kind jobKind, o crm.Object, id string, opened func() error) (bulkJob, error) {
	failures := 0
	for wait := pollFirst; ; wait = min(2*wait, pollLongest) {
		job, err := g.jobInfo(ctx, kind, o, id)
		final := err != nil && !crm.Retryable(err)
		if err == nil && job.State == jobOpen && opened != nil {
			err = opened() // a refusal may mean that it is on its way by now
		}
		switch {
		case ctx.Err() != nil, final, err != nil && failures == pollFailures:
			return job, err
		case err != nil:
			failures++
		case job.State == jobComplete, job.State == jobFailed, job.State == jobAborted:
			return job, nil
		default:
			failures = 0
		}
		if err := pause(ctx, wait); err != nil {
			return job, &crm.Error{Op: "bulk", Object: o, Class: crm.ErrUnavailable, Code: "WAITING_ENDED", Err: err}
		}
	}
}

// parting is a context for cleaning up after ctx, which may have ended.
func parting(ctx context.Context) (context.Context, context.CancelFunc) {
	patience := partingTime
	if ctx.Err() != nil {
		patience = partingHaste
	}
	return context.WithTimeout(context.WithoutCancel(ctx), patience)
}

// dropJob aborts a job that may still run and deletes one that is done. That is
// tidiness: the platform drops old jobs by itself, so failures are ignored.
func (g *Org) dropJob(ctx context.Context, kind jobKind, o crm.Object, job bulkJob) {
	ctx, cancel := parting(ctx)
	defer cancel()
	switch job.State {
	case jobComplete, jobFailed, jobAborted:
		k := kind.call(http.MethodDelete, jobPath(job.ID))
		k.object, k.repeat = o, true
		_, _ = g.do(ctx, k)
	default:
		_ = g.setJobState(ctx, kind, o, job.ID, jobAborted)
	}
}

// pause waits for d or until ctx ends, whichever is first.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// jobFailure is the error about a job that did not do its work. What the platform
// says of it may quote values; only the code in front is told.
func jobFailure(o crm.Object, job bulkJob) error {
	switch code := jobCode(job.ErrorMessage); code {
	case "":
		return bulkError(o, crm.ErrUnavailable, "JOB_"+strings.ToUpper(job.State))
	case "TooManyLockFailure":
		return bulkError(o, crm.ErrLocked, code)
	case "ExceededQuota":
		return bulkError(o, crm.ErrQuota, code)
	case "InternalServerError", "Timeout", "Unknown":
		return bulkError(o, crm.ErrUnavailable, code)
	default:
		return bulkError(o, classify(http.StatusBadRequest, code), code)
	}
}

// jobCode is the error code at the beginning of a job's message, such as
// INVALID_FIELD or InvalidBatch; "" when there is none.
func jobCode(message string) string {
	code, _, _ := strings.Cut(message, ":")
	if code = strings.TrimSpace(code); !isAPIName(code) {
		return ""
	}
	return code
}

func bulkError(o crm.Object, class error, code string) *crm.Error {
	return &crm.Error{Op: "bulk", Object: o, Class: class, Code: code}
}
