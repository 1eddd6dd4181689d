package salesforce

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/salesforce/sftest"
)

// findingOf is the first one of an area whose text holds a part; a zero one when
// there is none.
func findingOf(fs []Finding, area, part string) Finding {
	i := slices.IndexFunc(fs, func(f Finding) bool { return f.Area == area && strings.Contains(f.Text, part) })
	if i < 0 {
		return Finding{}
	}
	return fs[i]
}

func expect(t *testing.T, fs []Finding, severity Severity, area, part string) {
	t.Helper()
	if f := findingOf(fs, area, part); f.Severity != severity {
		t.Errorf("no %s of %s about %q in:\n%s", severity, area, part, printed(fs))
	}
}

func printed(fs []Finding) string {
	var b strings.Builder
	for _, f := range fs {
		b.WriteString(string(f.Severity) + " " + f.Area + ": " + f.Text + "\n")
	}
	return b.String()
}

func TestDoctorOfAGoodOrg(t *testing.T) {
	s, g := local(t, &sftest.Options{Sandbox: true})
	fs, err := g.Diagnose(t.Context(), []crm.Query{
		{Object: crm.ObjectContact, Select: []string{"LastName"}, Where: []crm.Cond{{Field: "Email", Op: crm.OpIn, Values: []string{"a@b.example"}}}},
		{Object: crm.ObjectLead, Select: []string{"LastName"}, Where: []crm.Cond{{Op: crm.OpWords, Values: []string{"Ann Lee"}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	expect(t, fs, SeverityOK, "identity", s.CRM().User())
	expect(t, fs, SeverityOK, "identity", "a sandbox")
	expect(t, fs, SeverityOK, "limits", "API calls are left")
	expect(t, fs, SeverityOK, "keys", "Lead.Onward_Key__c is a unique, case-sensitive external id")
	expect(t, fs, SeverityOK, "keys", "Job_Change__c.External_Id__c")
	expect(t, fs, SeverityOK, "features", "person accounts are off")
	expect(t, fs, SeverityOK, "queries", "the query of Contact by Email is led by Index")
	expect(t, fs, SeverityOK, "queries", "the query of Lead by Name is answered by the search index")
	for _, f := range fs {
		if f.Severity == SeverityProblem {
			t.Errorf("a problem where there is none: %+v", f)
		}
	}
}

// CR12: the weaker mode is declared, and the doctor says so; a key that is meant
// to be there and is not, is a problem.
func TestCR12DoctorTellsTheWeakerMode(t *testing.T) {
	s := sftest.Start(t, nil)
	names := crm.DefaultNames()
	names.Keyless, names.Key, names.TaskKey = []crm.Object{crm.ObjectLead}, "Absent__c", "Missing__c"
	g, err := Open(t.Context(), Options{Instance: s.URL, Names: names, Login: ClientCredentials{ID: s.ClientID(), Secret: s.ClientSecret()}})
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	fs, err := g.Diagnose(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, fs, SeverityWarning, "keys", "Lead has no key field")
	expect(t, fs, SeverityProblem, "keys", "Contact has no field Absent__c")
	expect(t, fs, SeverityProblem, "keys", "Task has no field Missing__c")
}

func TestDoctorJudgesKeyFields(t *testing.T) {
	for _, tt := range []struct {
		field    string
		severity Severity
		part     string
	}{
		{`{"name":"K__c","type":"string","length":64,"createable":true,"externalId":true,"unique":true,"caseSensitive":true}`, SeverityOK, "of 64 characters"},
		{`{"name":"K__c","type":"string","length":64,"createable":true,"externalId":true,"unique":true}`, SeverityWarning, "without regard to case"},
		{`{"name":"K__c","type":"string","length":20,"createable":true,"externalId":true,"unique":true,"caseSensitive":true}`, SeverityProblem, "20 characters instead of 64"},
		{`{"name":"K__c","type":"string","length":64,"createable":true,"externalId":true,"caseSensitive":true}`, SeverityProblem, "is not unique"},
		{`{"name":"K__c","type":"string","length":64,"createable":true,"unique":true,"caseSensitive":true}`, SeverityProblem, "is no external id"},
		{`{"name":"K__c","type":"string","length":64,"externalId":true,"unique":true,"caseSensitive":true}`, SeverityProblem, "may not be written"},
		{`{"name":"K__c","type":"double","createable":true,"externalId":true,"unique":true}`, SeverityProblem, "is no text"},
	} {
		d := &diagnosis{}
		var w wireObject
		k := call{repeat: true}
		if err := (&Org{}).decode(k, &reply{body: []byte(`{"name":"Lead","fields":[` + tt.field + `]}`)}, &w); err != nil {
			t.Fatal(err)
		}
		d.key(crm.ObjectLead, "K__c", newDescribed(w))
		expect(t, d.findings, tt.severity, "keys", tt.part)
	}
}

func TestDoctorWarnsOfScans(t *testing.T) {
	q := crm.Query{Object: crm.ObjectLead, Where: []crm.Cond{{Field: "Title", Op: crm.OpIn}, {Field: "Company", Op: crm.OpIn}}}
	for _, tt := range []struct {
		plans    []Plan
		severity Severity
		part     string
	}{
		{[]Plan{{Operation: "TableScan", Object: "Lead", ObjectCardinality: 100_001}}, SeverityWarning, "by Title and Company reads all 100001 records of Lead"},
		{[]Plan{{Operation: "TableScan", Object: "Lead", ObjectCardinality: 100_000}}, SeverityOK, "led by TableScan"},
		{[]Plan{{Operation: "Index"}, {Operation: "TableScan", ObjectCardinality: 1e6}}, SeverityOK, "led by Index"},
		{nil, SeverityWarning, "no plan"},
	} {
		d := &diagnosis{}
		d.plan(q, tt.plans)
		expect(t, d.findings, tt.severity, "queries", tt.part)
	}
}

// desktop is an org with an integration user who may do everything, on the way
// to its daily limit.
func desktop(w http.ResponseWriter, r *http.Request) {
	answer := map[string]string{
		"/services/data":                  `[{"version":"66.0"},{"version":"50.0"}]`,
		"/services/oauth2/userinfo":       `{"user_id":"005000000000001AAA"}`,
		"Organization":                    `{"records":[{"Id":"00D000000000001EAA","Name":"Acme","IsSandbox":false,"InstanceName":"DE1"}]}`,
		"PermissionSetAssignment":         `{"records":[{"PermissionSet":{"PermissionsModifyAllData":true,"PermissionsManageInteraction":false}},{"PermissionSet":{"PermissionsModifyAllData":false,"PermissionsManageInteraction":true}}]}`,
		"DuplicateRule":                   `{"records":[{"SobjectType":"Lead"},{"SobjectType":"Lead"},{"SobjectType":"Contact"}]}`,
		"/services/data/v50.0/limits":     `{"DailyApiRequests":{"Max":1000,"Remaining":99,"Some App":{"Max":0,"Remaining":0}},"Odd":7}`,
		"/sobjects/Account/describe":      `{"name":"Account","fields":[{"name":"IsPersonAccount","type":"boolean"}]}`,
		"/sobjects/AccountTeamMember/des": `{"name":"AccountTeamMember","fields":[{"name":"UserId","type":"reference"}]}`,
	}
	w.Header().Set("Content-Type", "application/json")
	asked := r.URL.Path + r.URL.Query().Get("q")
	best := ""
	for part := range answer {
		if strings.Contains(asked, part) && len(part) > len(best) && (part != "/services/data" || asked == part) {
			best = part
		}
	}
	if best == "" {
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte(`[{"errorCode":"NOT_FOUND","message":"no"}]`))
		return
	}
	_, _ = w.Write([]byte(answer[best]))
}

func TestDoctorOfATroubledOrg(t *testing.T) {
	g := orgOver(t, http.HandlerFunc(desktop), "t", Options{Version: "v50.0"})
	fs, err := g.Diagnose(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, fs, SeverityOK, "identity", "a production org")
	expect(t, fs, SeverityWarning, "limits", "99 of 1000")
	expect(t, fs, SeverityWarning, "rights", "Modify All Data")
	expect(t, fs, SeverityProblem, "rights", "Manage Flow")
	expect(t, fs, SeverityProblem, "keys", "Lead does not exist")
	expect(t, fs, SeverityOK, "features", "account teams are on")
	expect(t, fs, SeverityWarning, "features", "person accounts are on")
	expect(t, fs, SeverityProblem, "duplicates", "API v50.0 does not know")
	expect(t, fs, SeverityOK, "duplicates", "0 on accounts, 1 on contacts, 2 on leads")
}

// An org that refuses everything gives an error, not a list of complaints.
func TestDoctorOfAnOrgThatDoesNotAnswer(t *testing.T) {
	s, g := local(t, nil)
	s.Inject(sftest.Fault{Kind: sftest.Refused, Status: 403, Code: "REQUEST_LIMIT_EXCEEDED", Times: sftest.Always})
	if _, err := g.Diagnose(t.Context(), nil); !errors.Is(err, crm.ErrQuota) {
		t.Errorf("error %v", err)
	}
}
