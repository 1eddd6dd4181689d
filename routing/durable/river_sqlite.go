package durable

import (
	"context"
	"database/sql"
	"time"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivertype"
)

// sqliteDriver mends River's driver for SQLite, version 0.31: when the row of a
// running job is gone, it answers a nil row, which kills the whole process, and it
// leaves the other jobs of the batch running. Our rows may be lost at any time.
type sqliteDriver struct{ *riversqlite.Driver }

// GetExecutor is River's, mended.
func (d sqliteDriver) GetExecutor() riverdriver.Executor {
	return sqliteExecutor{d.Driver.GetExecutor()}
}

type sqliteExecutor struct{ riverdriver.Executor }

// JobSetStateIfRunningMany ends jobs one by one, and tells of those that are there.
func (e sqliteExecutor) JobSetStateIfRunningMany(ctx context.Context, params *riverdriver.JobSetStateIfRunningManyParams) ([]*rivertype.JobRow, error) {
	var out []*rivertype.JobRow
	for i := range params.ID {
		rows, err := e.Executor.JobSetStateIfRunningMany(ctx, &riverdriver.JobSetStateIfRunningManyParams{
			ID:              []int64{params.ID[i]},
			Attempt:         []*int{params.Attempt[i]},
			ErrData:         [][]byte{params.ErrData[i]},
			FinalizedAt:     []*time.Time{params.FinalizedAt[i]},
			MetadataDoMerge: []bool{params.MetadataDoMerge[i]},
			MetadataUpdates: [][]byte{params.MetadataUpdates[i]},
			Now:             params.Now,
			ScheduledAt:     []*time.Time{params.ScheduledAt[i]},
			Schema:          params.Schema,
			State:           []rivertype.JobState{params.State[i]},
		})
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			if row != nil {
				out = append(out, row)
			}
		}
	}
	return out, nil
}

var _ riverdriver.Driver[*sql.Tx] = sqliteDriver{}
