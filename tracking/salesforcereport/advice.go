package salesforcereport

import (
	"errors"
	"fmt"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/tracking"
)

// advices says, by the code of package salesforce, what to do about a report that
// cannot be read as it is.
var advices = map[string]string{
	"REPORT_CANNOT_BE_SLICED":     "it has more than 2,000 rows, and no column by which it can be read in parts: add Created Date, or the id of the contact or lead, to its columns",
	"REPORT_HAS_A_ROW_LIMIT":      "it has more than 2,000 rows and a row limit: take the limit out, or lower it to 2,000",
	"REPORT_HAS_TOO_MANY_FILTERS": "it has too many filters to be read in parts: leave it at most 18",
	"REPORT_NEEDS_TOO_MANY_RUNS":  "it is too long to be read within the runs that an hour allows: divide it into several reports",
	"REPORT_WAS_CHANGED":          "its columns were changed while it was read: import it again",
	"REPORT_RUNS_USED_UP":         "the org's report runs of this hour are used up: import it again in an hour",
	"REPORT_RUN_FAILED":           "the org could not run it: open it in Salesforce to see why",
}

// explained is an error of the org with what to do about it. A report that is not
// there, and one that must be changed, are tracking.ErrConfig; every other error keeps
// its class.
func explained(id string, err error) error {
	var e *crm.Error
	if !errors.As(err, &e) {
		return fmt.Errorf("salesforcereport: report %s: %w", id, err)
	}
	advice := advices[e.Code]
	switch {
	case errors.Is(err, crm.ErrNotFound):
		return unfit("there is no report %s, or the integration user does not see it: share its folder with that user, or copy the id from the report's address again", id)
	case advice != "" && errors.Is(err, crm.ErrInvalid):
		return unfit("report %s: %s", id, advice)
	case advice == "" && errors.Is(err, crm.ErrDenied):
		advice = `the integration user may not run it: share its folder with that user, and give it the permission "Run Reports"`
	}
	if advice == "" {
		return fmt.Errorf("salesforcereport: report %s: %w", id, err)
	}
	return fmt.Errorf("salesforcereport: report %s: %s: %w", id, advice, err)
}

func unfit(format string, args ...any) error {
	return &tracking.ConfigError{Field: "report", Text: fmt.Sprintf(format, args...)}
}
