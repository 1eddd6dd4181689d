package durable

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/onward-crm/onward/internal/sqldb"
)

//go:embed runner_migrations/*.sql
var runnerMigrations embed.FS

// maxRunError bounds what is kept of an error, in bytes.
const maxRunError = 500

// runs is the table of what was done when: it tells which job is undone, whatever
// became of River's rows. Safe for concurrent use by several processes.
type runs struct{ db *sqldb.DB }

// run is a row of it.
type run struct {
	slot         time.Time
	began, ended time.Time
	failures     int
	err          string
	retry        time.Time
}

// clockError is how far two clocks, or one clock that was set back, may be apart
// before what was done is taken for done in a future that never came.
const clockError = 10 * time.Minute

// owes reports whether a slot is still to be done, now.
func (r run) owes(slot, now time.Time) bool {
	undone := r.slot.Before(slot) || r.slot.After(now.Add(clockError))
	return undone && (!now.Before(r.retry) || r.retry.After(now.Add(maxRetry+clockError)))
}

func (r runs) migrate(ctx context.Context) error {
	files, err := fs.Sub(runnerMigrations, "runner_migrations")
	if err != nil {
		return err
	}
	return sqldb.Migrate(ctx, r.db, files, "runner")
}

// know adds jobs that the table does not have. One with a time of day begins with
// its next time; one that is done every so often begins at once.
func (r runs) know(ctx context.Context, jobs []Job, now time.Time, zone *time.Location) error {
	return r.db.Tx(ctx, func(tx *sqldb.Tx) error {
		for _, j := range jobs {
			var slot time.Time
			if j.At != "" {
				slot = j.slot(now, zone)
			}
			if _, err := tx.Exec(ctx, "INSERT INTO runner_jobs (name, slot, began, ended, failures, error, retry) "+
				"VALUES (?, ?, 0, 0, 0, '', 0) ON CONFLICT (name) DO NOTHING", j.Name, runMicros(slot)); err != nil {
				return err
			}
		}
		return nil
	})
}

// all reads the table.
func (r runs) all(ctx context.Context) (_ map[string]run, err error) {
	rows, err := r.db.Query(ctx, "SELECT name, slot, began, ended, failures, error, retry FROM runner_jobs")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	out := map[string]run{}
	for rows.Next() {
		name, row, err := scanRun(rows)
		if err != nil {
			return nil, err
		}
		out[name] = row
	}
	return out, rows.Err()
}

func scanRun(rows *sql.Rows) (name string, r run, err error) {
	var slot, began, ended, retry int64
	err = rows.Scan(&name, &slot, &began, &ended, &r.failures, &r.err, &retry)
	r.slot, r.began, r.ended, r.retry = runMoment(slot), runMoment(began), runMoment(ended), runMoment(retry)
	return name, r, err
}

// done records that a slot was done. An older slot never overwrites a younger one, unless
// that is in a future that never came.
func (r runs) done(ctx context.Context, name string, slot, began, ended time.Time) error {
	return r.db.Tx(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE runner_jobs SET slot = ?, began = ?, ended = ?, failures = 0, error = '', retry = 0 "+
			"WHERE name = ? AND (slot < ? OR slot > ?)", runMicros(slot), runMicros(began), runMicros(ended), name, runMicros(slot),
			runMicros(ended.Add(clockError)))
		return err
	})
}

// failed records a failure; the slot remains to be done, after retry.
func (r runs) failed(ctx context.Context, name string, next run) error {
	// PostgreSQL takes neither half a character nor a NUL.
	text := strings.ReplaceAll(strings.ToValidUTF8(next.err[:min(len(next.err), maxRunError)], ""), "\x00", "")
	return r.db.Tx(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE runner_jobs SET began = ?, ended = ?, failures = ?, error = ?, retry = ? WHERE name = ?",
			runMicros(next.began), runMicros(next.ended), next.failures, text, runMicros(next.retry), name)
		return err
	})
}

func runMicros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func runMoment(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// jobNamed finds a job.
func jobNamed(jobs []Job, name string) (Job, error) {
	i := slices.IndexFunc(jobs, func(j Job) bool { return j.Name == name })
	if i < 0 {
		return Job{}, fmt.Errorf("%w: %s", errJobMissing, name)
	}
	return jobs[i], nil
}

// MigrateSchedules brings the tables of schedules up to date, River's and ours. A
// Runner does so by itself at its start; this is for those who must not change
// tables then.
func MigrateSchedules(ctx context.Context, l *Ledger) error {
	if err := (runs{l.db}).migrate(ctx); err != nil {
		return fmt.Errorf("durable: %w", err)
	}
	return migrateRiver(ctx, l.db)
}
