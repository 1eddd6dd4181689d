package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"

	"github.com/onward-crm/onward/routing"
)

// decisionsFile is the name of the file with all decisions, one JSON object a
// line.
const decisionsFile = "decisions.jsonl"

// save writes the CRM's files, then the ledger, then the decisions; nothing
// without a place to save to. Records go first: a ledger that knew of more than
// the records hold would never do the missing part.
func (w *world) save(ctx context.Context) error {
	if w.out == "" {
		return nil
	}
	if w.memory != nil {
		if err := w.memory.Save(w.out); err != nil {
			return err
		}
	} else if err := os.MkdirAll(w.out, 0o755); err != nil {
		return err
	}
	if w.mirror != nil {
		if err := w.mirror.Save(); err != nil {
			return err
		}
	}
	if err := w.name(); err != nil {
		return err
	}
	if err := w.ledger.SaveFile(w.ledgerPath); err != nil {
		return err
	}
	return w.saveDecisions(ctx)
}

// saveDecisions writes the story of every delivery that the ledger knows, in
// order of acceptance. Facts are left out: the ledger has them.
func (w *world) saveDecisions(ctx context.Context) (err error) {
	f, err := os.CreateTemp(w.out, "."+decisionsFile+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	out := bufio.NewWriter(f)
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	for record, err := range w.ledger.Records(ctx, routing.Filter{}) {
		if err != nil {
			return errors.Join(err, f.Close())
		}
		record.Facts = nil
		if err := lines.Encode(record); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	if err := errors.Join(out.Flush(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), filepath.Join(w.out, decisionsFile))
}
