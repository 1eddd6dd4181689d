package salesforce

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/onward-crm/onward/crm"
)

const (
	// duplicateVersion is the first version that has the header for duplicate
	// rules.
	duplicateVersion = 52
	// keyLength is how long a key may be.
	keyLength = 64
	// scanRows is how many records an object may have before a scan of all of them
	// is worth a warning.
	scanRows = 100_000
	// lowShare is the part of the daily allowance below which what is left is
	// worth a warning.
	lowShare = 0.2
)

// organization is the one row about the org itself.
type organization struct {
	ID       string `json:"Id"`
	Name     string `json:"Name"`
	Sandbox  bool   `json:"IsSandbox"`
	Instance string `json:"InstanceName"`
}

func (g *Org) organization(ctx context.Context) (organization, error) {
	rows, err := ask[organization](ctx, g, "SELECT Id, Name, IsSandbox, InstanceName FROM Organization LIMIT 1")
	if err == nil && len(rows) == 0 {
		err = &crm.Error{Op: "doctor", Object: "Organization", Class: crm.ErrNotVisible}
	}
	if err != nil {
		return organization{}, err
	}
	return rows[0], nil
}

// identity says who asks which org.
func (d *diagnosis) identity(ctx context.Context) error {
	user, err := d.org.userID(ctx)
	if err != nil {
		return err
	}
	d.add(SeverityOK, "identity", "the integration user is "+user+", the API version "+d.org.opt.Version, "")
	o, err := d.org.organization(ctx)
	if err != nil {
		return d.unread("identity", "Organization", err)
	}
	kind := "a production org"
	if o.Sandbox {
		kind = "a sandbox"
	}
	d.add(SeverityOK, "identity", fmt.Sprintf("the org is %s %q on %s, %s", o.ID, o.Name, o.Instance, kind), "")
	if d.org.opt.Sandbox && !o.Sandbox && !d.org.ForPractice() {
		d.add(SeverityProblem, "identity", "only sandboxes are wanted, and this org says that it is none", "check the configured instance")
	}
	return nil
}

// limits says how much of the daily allowance is left.
func (d *diagnosis) limits(ctx context.Context) error {
	limits, err := d.org.OrgLimits(ctx)
	if err != nil {
		return d.unread("limits", "the allowances", err)
	}
	l, ok := limits["DailyApiRequests"]
	if !ok || l.Max <= 0 {
		d.add(SeverityWarning, "limits", "the org does not tell its daily allowance of API calls", "")
		return nil
	}
	text := fmt.Sprintf("%d of %d API calls are left today", l.Remaining, l.Max)
	if float64(l.Remaining) < lowShare*float64(l.Max) {
		d.add(SeverityWarning, "limits", text, "find out who uses them, or leave onward a smaller share of the limit")
		return nil
	}
	d.add(SeverityOK, "limits", text, "")
	return nil
}

// assignment is a permission set of the user; that of the profile is one too.
type assignment struct {
	Set struct {
		ModifyAll  bool `json:"PermissionsModifyAllData"`
		ManageFlow bool `json:"PermissionsManageInteraction"`
	} `json:"PermissionSet"`
}

// rights warns of an integration user who may do too much.
func (d *diagnosis) rights(ctx context.Context) error {
	user, err := d.org.userID(ctx)
	if err != nil {
		return err
	}
	rows, err := ask[assignment](ctx, d.org, "SELECT PermissionSet.PermissionsModifyAllData, "+
		"PermissionSet.PermissionsManageInteraction FROM PermissionSetAssignment WHERE AssigneeId = '"+user+"'")
	if err != nil {
		return d.unread("rights", "the permission sets", err)
	}
	var modify, flows bool
	for _, a := range rows {
		modify, flows = modify || a.Set.ModifyAll, flows || a.Set.ManageFlow
	}
	if modify {
		d.add(SeverityWarning, "rights", "the integration user has Modify All Data",
			"give it onward's permission set and a profile without administrator rights")
	}
	if flows {
		d.add(SeverityProblem, "rights", "the integration user has Manage Flow, so the newest version of a Flow runs for it even when that is not active",
			"take Manage Flow away from it")
	}
	if !modify && !flows {
		d.add(SeverityOK, "rights", "the integration user has neither Modify All Data nor Manage Flow", "")
	}
	return nil
}

// features says what is switched on in the org.
func (d *diagnosis) features(ctx context.Context) error {
	switch _, err := d.org.describe(ctx, crm.ObjectTeamMember); {
	case err == nil:
		d.add(SeverityOK, "features", "account teams are on", "")
	case errors.Is(err, crm.ErrNotFound):
		d.add(SeverityOK, "features", "account teams are off, or hidden from the integration user: account_team(…) finds nobody", "")
	default:
		if err := d.unread("features", "AccountTeamMember", err); err != nil {
			return err
		}
	}
	switch account, err := d.org.describe(ctx, crm.ObjectAccount); {
	case err != nil:
		return d.unread("features", "Account", err)
	case account.has("IsPersonAccount"):
		d.add(SeverityWarning, "features", "person accounts are on: such a contact cannot be moved to another account, and a lead without a company becomes one", "")
	default:
		d.add(SeverityOK, "features", "person accounts are off", "")
	}
	return nil
}

// duplicates says whether duplicate rules are heard.
func (d *diagnosis) duplicates(ctx context.Context) error {
	number, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(d.org.opt.Version, "v"), ".0"))
	if number < duplicateVersion {
		d.add(SeverityProblem, "duplicates", fmt.Sprintf("API %s does not know Sforce-Duplicate-Rule-Header", d.org.opt.Version),
			fmt.Sprintf("use v%d.0 or later", duplicateVersion))
	}
	type rule struct {
		Object string `json:"SobjectType"`
	}
	rows, err := ask[rule](ctx, d.org, "SELECT SobjectType FROM DuplicateRule WHERE IsActive = true ORDER BY SobjectType")
	if err != nil {
		return d.unread("duplicates", "DuplicateRule", err)
	}
	count := map[crm.Object]int{}
	for _, r := range rows {
		count[crm.Object(r.Object)]++
	}
	d.add(SeverityOK, "duplicates", fmt.Sprintf("active duplicate rules: %d on accounts, %d on contacts, %d on leads",
		count[crm.ObjectAccount], count[crm.ObjectContact], count[crm.ObjectLead]), "")
	return nil
}

// queries asks how the org would answer the statements of some queries.
func (d *diagnosis) queries(ctx context.Context, qs []crm.Query) error {
	words := func(c crm.Cond) bool { return c.Op == crm.OpWords }
	for _, q := range qs {
		if slices.ContainsFunc(q.Where, words) {
			d.add(SeverityOK, "queries", queryName(q)+" is answered by the search index", "")
			continue
		}
		schema, err := d.org.describe(ctx, q.Object)
		var st statement
		if err == nil {
			st, err = schema.statement(q)
		}
		if err != nil {
			if err := d.unread("queries", queryName(q), err); err != nil {
				return err
			}
			continue
		}
		if len(url.QueryEscape(st.text)) > explainLength {
			d.add(SeverityWarning, "queries", queryName(q)+" is too long to be explained", "")
			continue
		}
		plans, err := d.org.Explain(ctx, st.text)
		if err != nil {
			if err := d.unread("queries", "the plan of "+queryName(q), err); err != nil {
				return err
			}
			continue
		}
		d.plan(q, plans)
	}
	return nil
}

// explainLength is how long a statement in an address may be.
const explainLength = 12_000

// plan judges the plan that the org would use.
func (d *diagnosis) plan(q crm.Query, plans []Plan) {
	switch {
	case len(plans) == 0:
		d.add(SeverityWarning, "queries", "the org tells no plan for "+queryName(q), "")
	case plans[0].Operation == "TableScan" && plans[0].ObjectCardinality > scanRows:
		d.add(SeverityWarning, "queries", fmt.Sprintf("%s reads all %d records of %s", queryName(q), plans[0].ObjectCardinality, plans[0].Object),
			"let Salesforce index one of these fields (an external id, or a request to its support), or use the account mirror")
	default:
		d.add(SeverityOK, "queries", fmt.Sprintf("%s is led by %s", queryName(q), plans[0].Operation), "")
	}
}

// queryName tells a query by its object and the fields of its conditions.
func queryName(q crm.Query) string {
	name := "the query of " + string(q.Object)
	for i, c := range q.Where {
		field := c.Field
		if c.Op == crm.OpWords {
			field = "Name"
		}
		name += map[bool]string{true: " by ", false: " and "}[i == 0] + field
	}
	return name
}

// keyed are the objects whose creates carry a key.
var keyed = [...]crm.Object{crm.ObjectAccount, crm.ObjectContact, crm.ObjectLead, crm.ObjectJobChange}

// keys looks at the fields on which "exactly once" rests, or says that an object
// has none.
func (d *diagnosis) keys(ctx context.Context) error {
	objects := slices.Clone(keyed[:])
	if d.org.opt.Names.TaskKey != "" {
		objects = append(objects, crm.ObjectTask)
	}
	for _, o := range objects {
		field := d.org.opt.Names.KeyField(o)
		if field == "" {
			d.add(SeverityWarning, "keys", fmt.Sprintf("%s has no key field: a create whose answer is lost is looked for by creator, time and name, and what stays doubtful is parked for a person", o),
				"deploy a key field as Text(64), external id, unique, case-sensitive, and name it")
			continue
		}
		s, err := d.org.describe(ctx, o)
		if errors.Is(err, crm.ErrNotFound) {
			d.add(SeverityProblem, "keys", fmt.Sprintf("%s does not exist, or the integration user may not see it", o),
				"deploy onward's package and assign its permission set")
			continue
		}
		if err != nil {
			if err := d.unread("keys", string(o), err); err != nil {
				return err
			}
			continue
		}
		d.key(o, field, s)
	}
	return nil
}

func (d *diagnosis) key(o crm.Object, name string, s *described) {
	f, ok := s.byName[name]
	if !ok {
		d.add(SeverityProblem, "keys", fmt.Sprintf("%s has no field %s, or the integration user may not see it", o, name),
			"deploy it as Text(64), external id, unique, case-sensitive, and assign onward's permission set; or declare the object keyless")
		return
	}
	var faults []string
	for _, fault := range []struct {
		is   bool
		text string
	}{
		{f.Type != crm.TypeText, "is no text"},
		{!f.ExternalID, "is no external id"},
		{!f.Unique, "is not unique"},
		{!f.Creatable, "may not be written"},
		{f.Length < keyLength, fmt.Sprintf("has %d characters instead of %d", f.Length, keyLength)},
	} {
		if fault.is {
			faults = append(faults, fault.text)
		}
	}
	switch {
	case len(faults) > 0:
		d.add(SeverityProblem, "keys", fmt.Sprintf("%s.%s %s", o, name, strings.Join(faults, ", ")),
			"deploy it as Text(64), external id, unique, case-sensitive")
	case !s.caseSensitive(name):
		d.add(SeverityWarning, "keys", fmt.Sprintf("%s.%s is unique without regard to case", o, name),
			"make it case-sensitive, as onward's package does")
	default:
		d.add(SeverityOK, "keys", fmt.Sprintf("%s.%s is a unique, case-sensitive external id of %d characters", o, name, f.Length), "")
	}
}

// caseSensitive reports whether the uniqueness of a field regards case.
func (d *described) caseSensitive(field string) bool {
	for _, f := range d.wire.Fields {
		if f.Name == field {
			return f.CaseSensitive
		}
	}
	return false
}
