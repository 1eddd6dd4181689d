package routing_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/tracking/target"
)

// listedReport is a report of a scenario with the ids of its accounts.
type listedReport struct {
	target.Report
	Accounts []string `json:"accounts"`
}

// watchList is made of the part reports.json.
func (w *world) watchList() routing.WatchList {
	text, ok := w.parts.Get("reports.json")
	if !ok {
		return nil
	}
	var reports []listedReport
	if err := json.Unmarshal([]byte(text), &reports); err != nil {
		w.t.Fatal(err)
	}
	var personas []string
	for _, p := range w.config("config.json").Personas {
		personas = append(personas, p.Name)
	}
	var listings []target.Listing
	for _, r := range reports {
		report, err := r.Report.Normalize(personas)
		if err != nil {
			w.t.Fatal(err)
		}
		rows := func(yield func([]string, error) bool) {
			for _, id := range r.Accounts {
				if !yield([]string{id}, nil) {
					return
				}
			}
		}
		l, err := report.Read([]string{"Account ID"}, rows)
		if err != nil || len(l.Problems) > 0 {
			w.t.Fatal(err, l.Problems)
		}
		listings = append(listings, l)
	}
	return target.Merge(listings...)
}

// sequenceBox is an engagement tool. It refuses the sequences named broken.
type sequenceBox struct {
	taken []routing.SequenceStart
	// offered counts all, also those that were offered before.
	offered int
}

func (b *sequenceBox) StartSequences(_ context.Context, ss []routing.SequenceStart) []error {
	errs := make([]error, len(ss))
	b.offered += len(ss)
	for i, s := range ss {
		if s.Sequence == "broken" {
			errs[i] = errors.New("503 Service Unavailable")
			continue
		}
		if !slices.ContainsFunc(b.taken, func(t routing.SequenceStart) bool { return t.ID == s.ID }) {
			b.taken = append(b.taken, s)
		}
	}
	return errs
}
