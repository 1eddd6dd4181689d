package targets

import (
	"context"

	watched "github.com/onward-crm/onward/adapter/targets"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/tracking/rounds"
)

// Book reads the reports of watched accounts once, for a run without a database. It is
// nil when none is configured; a report that cannot be read is left out and told by its
// Trouble. Its errors have exit codes, but for the context's.
func Book(ctx context.Context, o ServiceOptions) (routing.WatchList, []watched.Report, error) {
	if len(o.Settings.Targets.Reports) == 0 {
		return nil, nil, nil
	}
	o.Store, o.Router, o.Free = new(rounds.Memory), nobody{}, true
	r, err := NewService(o)
	if err != nil {
		return nil, nil, err
	}
	readings, err := r.Reread(ctx)
	if err != nil {
		return nil, nil, err
	}
	reports := make([]watched.Report, len(readings))
	for i, reading := range readings {
		reports[i] = watched.ReportOf(reading)
	}
	return r.Book(), reports, nil
}
