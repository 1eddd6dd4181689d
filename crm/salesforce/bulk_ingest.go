package salesforce

import (
	"context"
	"net/http"

	"github.com/onward-crm/onward/crm"
)

// IngestOp says what a bulk load does with its rows.
type IngestOp string

// The operations of bulk loads.
const (
	IngestInsert IngestOp = "insert"
	IngestUpdate IngestOp = "update"
	IngestUpsert IngestOp = "upsert"
	IngestDelete IngestOp = "delete"
)

// Ingestion is a bulk load.
type Ingestion struct {
	Object crm.Object
	Op     IngestOp
	// KeyField is the external id that an upsert goes by.
	KeyField string
	// Rows are the values by field in the form of package crm. The columns are
	// all the fields that some row has: where a row has a field that is blank, the
	// record's is made blank, and where it lacks it, the record's is left alone.
	// Updates and deletes name the record in Id.
	Rows []crm.Fields
}

// Ingest loads rows through Bulk API 2.0, positionally: len(results) ==
// len(in.Rows) when the error is nil. It pays off from about 2,000 rows. The
// rows are cut into jobs below the platform's size, all jobs are awaited as long
// as ctx lives, and what became of each row is read from all three lists of
// results: rows that a failed job did not come to have the job's error, rows
// whose fate nobody knows (the job was lost sight of, ctx ended) are
// crm.ErrUnknownOutcome. The error of the whole means that nothing was written.
// Assignment rules do not run. Safe for concurrent use.
func (g *Org) Ingest(ctx context.Context, in Ingestion) ([]crm.Result, error) {
	return g.ingest(ctx, in, ingestBytes)
}

// ingest is Ingest with uploads of at most so many bytes.
func (g *Org) ingest(ctx context.Context, in Ingestion, limit int) ([]crm.Result, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	l := newIngest(g, in)
	jobs := l.cut(limit)
	for i, job := range jobs {
		if err := l.send(ctx, job); err != nil {
			if i == 0 {
				return nil, err
			}
			l.giveUp(jobs[i:], err)
			jobs = jobs[:i]
			break
		}
	}
	for _, job := range jobs {
		_ = l.close(ctx, job) // asked for again by finish
	}
	for _, job := range jobs {
		l.finish(ctx, job)
	}
	return l.results, nil
}

// check refuses what no row could save.
func (in Ingestion) check() error {
	known := in.Op == IngestInsert || in.Op == IngestUpdate || in.Op == IngestUpsert || in.Op == IngestDelete
	switch {
	case !isAPIName(string(in.Object)):
		return bulkError("", crm.ErrInvalid, "INVALID_TYPE")
	case !known:
		return bulkError(in.Object, crm.ErrInvalid, "UNKNOWN_OPERATION")
	case (in.Op == IngestUpsert) != isAPIName(in.KeyField):
		return bulkError(in.Object, crm.ErrInvalid, "KEY_FIELD_AND_OPERATION_DISAGREE")
	}
	return nil
}

// match is the column by which rows of a result are known again; "" means all.
func (in Ingestion) match() string {
	switch in.Op {
	case IngestUpdate, IngestDelete:
		return "Id"
	case IngestUpsert:
		return in.KeyField
	default:
		return ""
	}
}

// ingestJob is one job of a load.
type ingestJob struct {
	rows []int // positions in Ingestion.Rows
	info bulkJob
}

// send opens a job, uploads its rows and sets it going. The error means that
// none of its rows was written. An upload whose answer was lost is not repeated
// but dropped: nothing happens before the job is closed.
func (l *ingest) send(ctx context.Context, job *ingestJob) error {
	spec := map[string]any{
		"object": l.in.Object, "operation": l.in.Op,
		"contentType": "CSV", "columnDelimiter": "COMMA", "lineEnding": "LF",
	}
	if l.in.Op == IngestUpsert {
		spec["externalIdFieldName"] = l.in.KeyField
	}
	var err error
	if job.info, err = l.org.createJob(ctx, ingestJobs, l.in.Object, spec); err != nil {
		return err
	}
	k := ingestJobs.call(http.MethodPut, jobPath(job.info.ID)+"/batches")
	k.object, k.contentType, k.body = l.in.Object, "text/csv", l.csv(job.rows)
	if _, err := l.org.do(ctx, k); err != nil {
		l.org.dropJob(ctx, ingestJobs, l.in.Object, job.info)
		return notWritten(l.in.Object, err)
	}
	return nil
}

// notWritten is an error about rows of a job that was not closed.
func notWritten(o crm.Object, err error) error {
	if class := crm.ClassOf(err); class != nil && class != crm.ErrUnknownOutcome {
		return err
	}
	return &crm.Error{Op: "bulk", Object: o, Class: crm.ErrUnavailable, Code: "UPLOAD_LOST", Err: err}
}

// giveUp notes for the rows of jobs that they were not written.
func (l *ingest) giveUp(jobs []*ingestJob, err error) {
	for _, job := range jobs {
		for _, i := range job.rows {
			l.results[i].Err = err
		}
	}
}

// close sets a job going.
func (l *ingest) close(ctx context.Context, job *ingestJob) error {
	return l.org.setJobState(ctx, ingestJobs, l.in.Object, job.info.ID, jobUploadComplete)
}

// finish waits for the end of a job and reads its results. Closing is asked for
// as long as the job is open, so that a lost answer needs no thought.
func (l *ingest) finish(ctx context.Context, job *ingestJob) {
	o, id := l.in.Object, job.info.ID
	done, err := l.org.awaitJob(ctx, ingestJobs, o, id, func() error { return l.close(ctx, job) })
	if err != nil {
		l.unknown(job, err)
		return
	}
	job.info.State, job.info.ErrorMessage = done.State, done.ErrorMessage
	if err := l.read(ctx, job); err != nil {
		l.unknown(job, err)
		return
	}
	l.org.dropJob(ctx, ingestJobs, o, job.info)
}

// unknown notes for the rows that have no result yet that nobody knows theirs.
// The job is left alone, so that somebody can look.
func (l *ingest) unknown(job *ingestJob, cause error) {
	for _, i := range job.rows {
		if !l.settled[i] {
			l.settled[i] = true
			l.results[i].Err = &crm.Error{
				Op: "bulk", Object: l.in.Object, Class: crm.ErrUnknownOutcome, Code: "JOB_LOST_SIGHT_OF", Err: cause,
			}
		}
	}
}
