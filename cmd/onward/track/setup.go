package track

import (
	"context"
	"errors"
	"slices"

	"github.com/onward-crm/onward/internal/settings"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/contacts"
)

// ErrNoImport: nothing is set up under this id.
var ErrNoImport = errors.New("no such import")

// Lists are the imports that were set up, in the configuration or before.
type Lists struct {
	Contacts *contacts.Service
	Store    contacts.Store
	Settings settings.Tracking
	Sources  Sources
}

// Take counts what an import that was set up would change, or takes it in. Problems with
// a file of customer accounts come first among those of the report. Errors are ErrNoImport
// and those of Sources.Open and of the service.
func (l Lists) Take(ctx context.Context, id string, activate bool) (contacts.Report, error) {
	state, err := l.Store.State(ctx)
	if err != nil {
		return contacts.Report{}, err
	}
	list, err := setUp(state, l.Settings, id)
	if err != nil {
		return contacts.Report{}, err
	}
	problems, err := addAccounts(&list)
	if err != nil {
		return contacts.Report{}, err
	}
	src, err := l.Sources.Open(ctx, list.Import)
	if err != nil {
		return contacts.Report{}, err
	}
	take := l.Contacts.Preview
	if activate {
		take = l.Contacts.Import
	}
	report, err := take(ctx, list.Import, src, nil)
	report.Problems = slices.Concat(problems, report.Problems)
	return report, err
}

// setUp is the import with an id: the configuration's, else the database's.
func setUp(state tracking.State, t settings.Tracking, id string) (settings.ListImport, error) {
	if l, ok := t.Import(id); ok {
		return l, nil
	}
	if imp, ok := state.Import(id); ok {
		return settings.ListImport{Import: imp}, nil
	}
	return settings.ListImport{}, ErrNoImport
}

// addAccounts adds the ids of the file of customer accounts, where there is one, and tells
// which of its rows hold none.
func addAccounts(l *settings.ListImport) ([]tracking.RowProblem, error) {
	if l.AccountsFile == "" {
		return nil, nil
	}
	f, err := readFile(l.AccountsFile)
	if err != nil {
		return nil, err
	}
	ids, problems, err := f.Accounts("")
	if err != nil {
		return nil, err
	}
	l.Accounts = append(slices.Clone(l.Accounts), ids...)
	return problems, nil
}
