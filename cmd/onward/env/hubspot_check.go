package env

import (
	"context"
	"fmt"
	"strings"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/hubspot"
	"github.com/onward-crm/onward/crm/salesforce"
	"github.com/onward-crm/onward/internal/settings"
)

const areaHubSpot = "hubspot"

// CheckWriteBack asks HubSpot whether the properties that results are written to are
// there and can be written; nil when they are, or when nothing is written. The error
// says what to do. It costs one call.
func CheckWriteBack(ctx context.Context, c *hubspot.Client, s settings.Settings) error {
	names := WriteBackTo(s).Names()
	if len(names) == 0 {
		return nil
	}
	err := c.CheckWritable(ctx, crm.ObjectContact, names)
	if err == nil {
		return nil
	}
	return fmt.Errorf("adapter.hubspot.write_back: %s: %w", writeBackAdvice(err), err)
}

// writeBackAdvice says what to do about properties that cannot be written.
func writeBackAdvice(err error) string {
	var missing, readOnly []string
	for _, e := range parts(err) {
		switch e.Code {
		case "PROPERTY_DOESNT_EXIST":
			missing = append(missing, e.Fields...)
		case "READ_ONLY_VALUE":
			readOnly = append(readOnly, e.Fields...)
		}
	}
	var out []string
	if len(missing) > 0 {
		out = append(out, "create the contact properties "+strings.Join(missing, ", ")+" in HubSpot, as single-line texts")
	}
	if len(readOnly) > 0 {
		out = append(out, "HubSpot lets nobody write "+strings.Join(readOnly, ", ")+": name other properties")
	}
	if len(out) == 0 {
		return hubSpotAdvice(err)
	}
	return strings.Join(out, "; ")
}

// parts are the errors of HubSpot within an error.
func parts(err error) []*crm.Error {
	switch e := err.(type) {
	case *crm.Error:
		return []*crm.Error{e}
	case interface{ Unwrap() []error }:
		var out []*crm.Error
		for _, one := range e.Unwrap() {
			out = append(out, parts(one)...)
		}
		return out
	}
	return nil
}

// hubSpotAdvice says what to do about an error of HubSpot.
func hubSpotAdvice(err error) string {
	switch crm.ClassOf(err) {
	case crm.ErrAuth:
		return "HubSpot does not take the login; copy the token of the private app again, or install the public app again"
	case crm.ErrDenied:
		return "the app lacks a scope; give it crm.objects.contacts.read, crm.objects.companies.read, crm.lists.read and, to write results back, crm.objects.contacts.write"
	case crm.ErrQuota:
		return "the account's calls of this day are used up"
	}
	return "HubSpot does not answer as it should; it is tried again"
}

// DiagnoseHubSpot tells what is to be said of the configured HubSpot account: whether it
// takes the login, what the app may read, whether results can be written back, and how
// much is left of the day's calls. Nil where none is configured. It changes nothing.
func DiagnoseHubSpot(ctx context.Context, s settings.Settings, d *Dialing) []salesforce.Finding {
	finding := func(severity salesforce.Severity, text, advice string) salesforce.Finding {
		return salesforce.Finding{Severity: severity, Area: areaHubSpot, Text: text, Advice: advice}
	}
	c, err := OpenHubSpot(ctx, s, d)
	switch {
	case err != nil:
		return []salesforce.Finding{finding(salesforce.SeverityProblem, err.Error(), "")}
	case c == nil:
		return nil
	}
	schema, err := c.Describe(ctx, crm.ObjectContact)
	if err != nil {
		return []salesforce.Finding{finding(salesforce.SeverityProblem, err.Error(), hubSpotAdvice(err))}
	}
	out := []salesforce.Finding{finding(salesforce.SeverityOK, fmt.Sprintf("the account takes the login; its contacts have %d properties", len(schema.Fields)), "")}
	for _, look := range []struct {
		what string
		read func() error
	}{
		{"contacts", func() error { _, err := c.Contacts(ctx, []int64{1}, []string{"lastname"}); return err }},
		{"companies", func() error { _, err := c.Companies(ctx, []int64{1}, []string{"name"}); return err }},
		{"lists, which imports may name,", func() error { _, err := c.List(ctx, "1"); return err }},
	} {
		if err := look.read(); err != nil && crm.ClassOf(err) != crm.ErrNotFound {
			out = append(out, finding(salesforce.SeverityWarning, look.what+" cannot be read: "+err.Error(), hubSpotAdvice(err)))
		}
	}
	if err := CheckWriteBack(ctx, c, s); err != nil {
		out = append(out, finding(salesforce.SeverityProblem, err.Error(), ""))
	} else if n := len(WriteBackTo(s).Names()); n > 0 {
		out = append(out, finding(salesforce.SeverityOK, fmt.Sprintf("results are written back to %d properties of contacts", n), ""))
	}
	if u := c.Usage(); u.Daily > 0 {
		out = append(out, finding(salesforce.SeverityOK, fmt.Sprintf("%d of %d calls are left of the day's", u.DailyRemaining, u.Daily), ""))
	}
	return out
}
