package main

import (
	"context"
	"errors"
	"slices"

	"github.com/schollz/progressbar/v3"

	"github.com/onward-crm/onward/cmd/onward/show"
	"github.com/onward-crm/onward/routing"
)

// batchSize is the number of moves between two looks at the progress and at
// interruptions. It never changes a result.
const batchSize = 500

// finished is what working on a file of moves came to.
type finished struct {
	rows    []row
	resumed int
	// notReached counts the moves left by an interruption.
	notReached int
}

// work accepts the events and works on them and on everything of earlier runs
// that is due. An interruption lets the current batch end. What is done is done,
// also when there is an error.
func (p *program) work(ctx context.Context, w *world, evs []routing.Event) (finished, error) {
	var done finished
	steady := context.WithoutCancel(ctx)
	var err error
	if done.resumed, err = w.engine.Drain(steady); err != nil {
		return done, errors.Join(err, p.leaveWaiting(steady, w, evs))
	}
	bar := p.progress(len(evs))
	for start := 0; start < len(evs); start += batchSize {
		if ctx.Err() != nil {
			done.notReached = len(evs) - start
			break
		}
		chunk := evs[start:min(start+batchSize, len(evs))]
		rows, err := w.workBatch(steady, chunk)
		done.rows = append(done.rows, rows...)
		if err != nil {
			return done, errors.Join(err, p.leaveWaiting(steady, w, evs[start+len(chunk):]))
		}
		_ = bar.Add(len(chunk)) // a progress bar that cannot be drawn is no reason to stop
	}
	_ = bar.Finish()
	return done, nil
}

// leaveWaiting takes moves that were not reached because of trouble into the
// ledger: a later run goes on with them, without their file.
func (p *program) leaveWaiting(ctx context.Context, w *world, evs []routing.Event) error {
	for chunk := range slices.Chunk(evs, batchSize) {
		if _, err := w.engine.Accept(ctx, chunk); err != nil {
			return err
		}
	}
	if len(evs) > 0 && w.out != "" {
		p.Say("%s not reached, waiting in the ledger", show.Count(len(evs), "move"))
	}
	return nil
}

func (w *world) workBatch(ctx context.Context, evs []routing.Event) ([]row, error) {
	keys := make([]string, len(evs))
	for i, ev := range evs {
		keys[i] = routing.DeliveryKey(ev)
	}
	before, err := w.ledger.Fetch(ctx, keys)
	if err != nil {
		return nil, err
	}
	records, err := w.engine.HandleBatch(ctx, evs)
	w.names.meet(ctx, storiesOf(records))
	rows := make([]row, len(records))
	for i, r := range records {
		rows[i] = recordRow(w.records, r)
		was, known := before[keys[i]]
		rows[i].Again = known && was.Status.Terminal() && was.FinishedAt.Equal(r.FinishedAt)
	}
	return rows, err
}

// progress draws a bar on a terminal, and nothing elsewhere.
func (p *program) progress(moves int) *progressbar.ProgressBar {
	if !p.Terminal || moves < batchSize {
		return progressbar.DefaultSilent(int64(moves))
	}
	return progressbar.NewOptions(moves,
		progressbar.OptionSetWriter(p.Stderr), progressbar.OptionSetDescription("moves"), progressbar.OptionShowCount(),
		progressbar.OptionSetWidth(40),
		progressbar.OptionClearOnFinish())
}
