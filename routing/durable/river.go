package durable

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"

	"github.com/onward-crm/onward/internal/sqldb"
)

const (
	// riverQueue keeps our wake-ups apart from those of a host that uses River in the
	// same database.
	riverQueue = "onward"
	// rescueAfter is when River takes a job back from a dead process, unless the job may
	// run longer.
	rescueAfter = 5 * time.Minute
	// riverKept is how long River keeps what is over: it is of no use to anybody.
	riverKept = time.Hour
	// riverSlots is the least number of jobs that run at the same time in a process.
	riverSlots = 4
)

// errJobMissing: a job was enqueued by a process that knows more jobs than this
// one. That process will enqueue it again.
var errJobMissing = errors.New("durable: a job of another version")

// wakeUp is all that River carries: which job, and for which slot. A job waits or
// runs once, whoever enqueues it.
type wakeUp struct {
	Job  string `json:"job" river:"unique"`
	Slot int64  `json:"slot"`
}

// Kind is the name of our jobs in River's table.
func (wakeUp) Kind() string { return "onward_job" }

// InsertOpts says that a job is unique as long as it is not over. River's own
// choice of states includes completed ones, so that a second night would never
// begin; ours are all states in which it still has to be done.
func (wakeUp) InsertOpts() river.InsertOpts {
	return river.InsertOpts{
		Queue: riverQueue,
		// One attempt: the table of runs knows what is undone, and when to try again.
		MaxAttempts: 1,
		UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
			rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable,
			rivertype.JobStateRunning, rivertype.JobStateScheduled,
		}},
	}
}

// carrier is the part of River that carries wake-ups among processes.
type carrier struct {
	client *river.Client[*sql.Tx]
}

// carried is what a carrier hands out.
type carried struct {
	river.WorkerDefaults[wakeUp]
	run     func(ctx context.Context, name string) error
	timeout func(name string) time.Duration
}

// Work runs a job by its name.
func (c carried) Work(ctx context.Context, job *river.Job[wakeUp]) error {
	return c.run(ctx, job.Args.Job)
}

// Timeout is that of the job.
func (c carried) Timeout(job *river.Job[wakeUp]) time.Duration { return c.timeout(job.Args.Job) }

// carry starts River on a pool. It migrates River's tables first.
func carry(ctx context.Context, db *sqldb.DB, logger *slog.Logger, jobs []Job, run func(context.Context, string) error) (*carrier, error) {
	if err := migrateRiver(ctx, db); err != nil {
		return nil, err
	}
	longest := DefaultJobTimeout
	timeouts := map[string]time.Duration{}
	for _, j := range jobs {
		timeouts[j.Name] = j.timeout()
		longest = max(longest, j.timeout())
	}
	workers := river.NewWorkers()
	river.AddWorker(workers, &carried{run: run, timeout: func(name string) time.Duration {
		if t, ok := timeouts[name]; ok {
			return t
		}
		return longest // another version's job
	}})
	client, err := river.NewClient(driver(db), &river.Config{
		CancelledJobRetentionPeriod: riverKept,
		CompletedJobRetentionPeriod: riverKept,
		DiscardedJobRetentionPeriod: riverKept,
		FetchCooldown:               river.FetchCooldownDefault,
		FetchPollInterval:           river.FetchPollIntervalDefault,
		JobTimeout:                  rescueAfter, // each job has its own
		// River leaves alone whatever is within its own timeout: a long job elsewhere does
		// not keep the short ones of a killed process waiting.
		RescueStuckJobsAfter: rescueAfter,
		Logger:               slog.New(quiet{logger.Handler()}),
		PollOnly:             true,
		Queues:               map[string]river.QueueConfig{riverQueue: {MaxWorkers: max(riverSlots, len(jobs))}},
		Workers:              workers,
	})
	if err != nil {
		return nil, fmt.Errorf("durable: river: %w", err)
	}
	if err := client.Start(context.WithoutCancel(ctx)); err != nil {
		return nil, fmt.Errorf("durable: river: %w", err)
	}
	return &carrier{client}, nil
}

// enqueue asks for jobs to be run, by whichever process comes first. Those that
// wait or run already are left alone.
func (c *carrier) enqueue(ctx context.Context, jobs []wakeUp) error {
	params := make([]river.InsertManyParams, len(jobs))
	for i, j := range jobs {
		params[i].Args = j
	}
	if _, err := c.client.InsertMany(ctx, params); err != nil {
		return fmt.Errorf("durable: river: %w", err)
	}
	return nil
}

// stop lets running jobs end, and cancels them when ctx ends.
func (c *carrier) stop(ctx, hard context.Context) error {
	if err := c.client.Stop(ctx); err == nil {
		return nil
	}
	if err := c.client.StopAndCancel(hard); err != nil {
		return fmt.Errorf("durable: river: %w", err)
	}
	return nil
}

// driver is River's driver on the pool that writes: on SQLite it has one
// connection, so that River waits its turn instead of finding the file locked.
func driver(db *sqldb.DB) riverdriver.Driver[*sql.Tx] {
	if db.Dialect() == sqldb.Postgres {
		return riverdatabasesql.New(db.Writer())
	}
	return sqliteDriver{riversqlite.New(db.Writer())}
}

// riverLock is the advisory lock under which processes that start together
// migrate River's tables one after another: "onwardrv" as a number.
const riverLock = 0x6f6e776172647276

// migrateRiver brings River's tables up to date.
func migrateRiver(ctx context.Context, db *sqldb.DB) error {
	m, err := rivermigrate.New(driver(db), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err == nil && db.Dialect() == sqldb.Postgres {
		err = migrateRiverLocked(ctx, db.Writer(), m)
	} else if err == nil {
		err = migrateRiverWhole(ctx, db.Writer(), m)
	}
	if err != nil {
		return fmt.Errorf("durable: river's tables: %w", err)
	}
	return nil
}

// migrateRiverLocked migrates step by step under a lock of the session: River's
// migrations of PostgreSQL cannot stand in one transaction.
func migrateRiverLocked(ctx context.Context, db *sql.DB, m *rivermigrate.Migrator[*sql.Tx]) (err error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", int64(riverLock)); err != nil {
		return err
	}
	defer func() {
		_, errU := conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", int64(riverLock))
		err = errors.Join(err, errU)
	}()
	_, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return err
}

// migrateRiverWhole migrates in one transaction, which locks a SQLite file from
// its beginning.
func migrateRiverWhole(ctx context.Context, db *sql.DB, m *rivermigrate.Migrator[*sql.Tx]) (err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if errR := tx.Rollback(); !errors.Is(errR, sql.ErrTxDone) {
			err = errors.Join(err, errR)
		}
	}()
	if _, err := m.MigrateTx(ctx, tx, rivermigrate.DirectionUp, nil); err != nil {
		return err
	}
	return tx.Commit()
}

// quiet passes on what is at least a warning: River tells a lot about its own
// comings and goings.
type quiet struct{ slog.Handler }

// Enabled is false below warnings.
func (q quiet) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && q.Handler.Enabled(ctx, level)
}

// WithAttrs keeps quiet.
func (q quiet) WithAttrs(attrs []slog.Attr) slog.Handler { return quiet{q.Handler.WithAttrs(attrs)} }

// WithGroup keeps quiet.
func (q quiet) WithGroup(name string) slog.Handler { return quiet{q.Handler.WithGroup(name)} }
