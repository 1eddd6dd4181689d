package importfile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/onward-crm/onward/tracking"
)

// accountColumns are the names under which exports have the ids of accounts.
var accountColumns = []string{"AccountId", "Account ID", "Account_ID", "Id", "Account"}

// Accounts reads the ids of customer accounts from a column, each once and in their
// long form, sorted; "" looks for a column that is called like one. Rows that hold
// none are reported, and the good ones are there. The error is a tracking.ErrConfig
// when there is no such column.
func (f *File) Accounts(column string) ([]string, []tracking.RowProblem, error) {
	at := f.table.Column(strings.TrimSpace(column))
	for _, name := range accountColumns {
		if column == "" && at < 0 {
			at = f.table.Column(name)
		}
	}
	if at < 0 {
		return nil, nil, &tracking.ConfigError{Field: "accounts",
			Text: fmt.Sprintf("there is no column with the ids of accounts; name one of: %s", strings.Join(f.Header(), ", "))}
	}
	var ids []string
	var bad []tracking.RowProblem
	for _, p := range f.table.Problems {
		if p.Line > f.table.HeaderLine {
			bad = append(bad, *unreadable(p).Problem)
		}
	}
	for _, r := range f.table.Rows {
		id, err := tracking.AccountID(r.Cells[at])
		if err != nil {
			bad = append(bad, tracking.RowProblem{Row: r.Line, Reason: tracking.RowUnreadable,
				Text: "want the id of an account: 15 or 18 characters that begin with 001"})
			continue
		}
		ids = append(ids, id)
	}
	slices.Sort(ids)
	slices.SortStableFunc(bad, func(a, b tracking.RowProblem) int { return a.Row - b.Row })
	return slices.Compact(ids), bad, nil
}
