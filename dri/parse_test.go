package dri_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/dri"
)

const (
	someUser  = "005xx0000012345AAA"
	someQueue = "00Gxx0000012345EAA"
)

func TestParseFinderReadsEveryForm(t *testing.T) {
	tests := []struct {
		text string
		kind dri.Kind
		arg  string
		want string // canonical text, when it differs
	}{
		{text: "record.owner", kind: dri.KindRecordOwner},
		{text: "record.SDR__c", kind: dri.KindRecordField, arg: "SDR__c"},
		{text: "account.owner", kind: dri.KindAccountOwner},
		{text: "account.ns__CSM__c", kind: dri.KindAccountField, arg: "ns__CSM__c"},
		{text: "account.CreatedById", kind: dri.KindAccountField, arg: "CreatedById"},
		{text: "opportunity.owner(newest)", kind: dri.KindOpportunity, arg: "newest"},
		{text: "opportunity.owner(largest)", kind: dri.KindOpportunity, arg: "largest"},
		{text: "opportunity.owner( closing-soonest )", kind: dri.KindOpportunity, arg: "closing-soonest", want: "opportunity.owner(closing-soonest)"},
		{text: "account_team(Customer Success)", kind: dri.KindTeam, arg: "Customer Success"},
		{text: "past_record.owner", kind: dri.KindPastRecordOwner},
		{text: "past_record.SDR__c", kind: dri.KindPastRecordField, arg: "SDR__c"},
		{text: "past_account.owner", kind: dri.KindPastAccountOwner},
		{text: "past_account.CSM__c", kind: dri.KindPastAccountField, arg: "CSM__c"},
		{text: "past_opportunity.owner(newest)", kind: dri.KindPastOpportunity, arg: "newest"},
		{text: "past_account_team(CSM)", kind: dri.KindPastTeam, arg: "CSM"},
		{text: someUser, kind: dri.KindUser, arg: someUser, want: "user(" + someUser + ")"},
		{text: "005xx0000012345", kind: dri.KindUser, arg: someUser, want: "user(" + someUser + ")"},
		{text: "user(005xx0000012345)", kind: dri.KindUser, arg: someUser, want: "user(" + someUser + ")"},
		{text: "queue(" + someQueue + ")", kind: dri.KindQueue, arg: someQueue},
		{text: "round_robin(sdr emea)", kind: dri.KindRoundRobin, arg: "sdr emea"},
		{text: "manager(account.owner)", kind: dri.KindAccountOwner},
		{text: "manager( manager(past_opportunity.owner(largest)) )", kind: dri.KindPastOpportunity, arg: "largest", want: "manager(manager(past_opportunity.owner(largest)))"},
		{text: " assignment-rules ", kind: dri.KindRules, want: "assignment-rules"},
		{text: "default", kind: dri.KindDefault},
		{text: "none", kind: dri.KindNone},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			f, err := dri.ParseFinder(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			if tt.want == "" {
				tt.want = tt.text
			}
			if f.Kind() != tt.kind || f.Argument() != tt.arg || f.String() != tt.want {
				t.Errorf("got %s %q as %q, want %s %q as %q", f.Kind(), f.Argument(), f, tt.kind, tt.arg, tt.want)
			}
			if again, err := dri.ParseFinder(f.String()); err != nil || again != f {
				t.Errorf("its own text is read as %v, %v", again, err)
			}
		})
	}
}

func TestParseFinderNamesWhatIsWrong(t *testing.T) {
	tests := map[string][]string{
		"":                                 {`""`, "account.owner"},
		"acount.owner":                     {"acount.owner", "past_", "round_robin(POOL)"},
		"account.ownr":                     {"ownr", "FIELD__c"},
		"account.CSM c__c":                 {"CSM c__c", "user lookup"},
		"opportunity.owner(oldest)":        {"oldest", "newest, largest, closing-soonest"},
		"opportunity.owner":                {"opportunity.owner", "ORDER"},
		"account_team()":                   {"account_team"},
		"round_robin(a(b))":                {"a(b)", "brackets"},
		"user(U1)":                         {"U1", "15 or 18"},
		"user(001xx0000012345)":            {"begins with 001", "005"},
		"queue(005xx0000012345)":           {"begins with 005", "00G"},
		"005xx0000012345AAB":               {"check characters are AAB, want AAA"},
		"manager(none)":                    {"none", "no manager"},
		"manager(queue(" + someQueue + ")": {"queue"},
		"manager(accountowner)":            {"accountowner"},
		strings.Repeat("manager(", 11) + "default" + strings.Repeat(")", 11): {"more than 10"},
		strings.Repeat("x", 5000): {"…"},
	}
	for text, words := range tests {
		t.Run(text[:min(len(text), 30)], func(t *testing.T) {
			_, err := dri.ParseFinder(text)
			if err == nil {
				t.Fatal("accepted")
			}
			for _, word := range words {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("error %q does not hold %q", err, word)
				}
			}
			if len(err.Error()) > 600 {
				t.Errorf("the error has %d characters", len(err.Error()))
			}
		})
	}
}

func TestMatrixIsReadFromText(t *testing.T) {
	const text = `{
		"precedence": ["open_opportunity", "customer", "target", "other"],
		"joins":  {"customer": {"contact": ["account.CSM__c", "account.owner"], "lead": "record.owner"},
		           "target": {"contact": null, "lead": []}},
		"leaves": {"customer": {"contact": ["manager(past_account.owner)"]}},
		"default": "005xx0000012345AAA"}`
	var got dri.Matrix
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	want := dri.Matrix{
		Precedence: dri.DefaultPrecedence(),
		Joins: map[dri.Class]dri.Cell{
			dri.Customer: {Contact: chain(t, "account.CSM__c", "account.owner"), Lead: chain(t, "record.owner")},
			dri.Target:   {},
		},
		Leaves:  map[dri.Class]dri.Cell{dri.Customer: {Contact: chain(t, "manager(past_account.owner)")}},
		Default: someUser,
	}
	same := []cmp.Option{cmp.Comparer(func(a, b dri.Finder) bool { return a == b }),
		cmp.Transformer("length", func(c dri.Chain) []dri.Finder { return append([]dri.Finder{}, c...) })}
	if diff := cmp.Diff(want, got, same...); diff != "" {
		t.Errorf("matrix (-want +got):\n%s", diff)
	}
	if err := got.Validate(); err != nil {
		t.Error(err)
	}
	data, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	var again dri.Matrix
	if err := json.Unmarshal(data, &again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, again, same...); diff != "" {
		t.Errorf("written and read again (-before +after):\n%s", diff)
	}
	for _, bad := range []string{`{"joins":{"customer":{"contact":["acount.owner"]}}}`, `{"joins":{"customer":{"contact":{"a":1}}}}`, `{"joins":{"customer":{"contact":["default",7]}}}`} {
		if err := json.Unmarshal([]byte(bad), &dri.Matrix{}); err == nil {
			t.Errorf("accepted %s", bad)
		}
	}
}

func TestMatrixValidateNamesThePlace(t *testing.T) {
	valid := func() dri.Matrix {
		return dri.Matrix{Default: someUser, Joins: map[dri.Class]dri.Cell{dri.Customer: {Contact: chain(t, "account.owner", "default")}}}
	}
	tests := []struct {
		name   string
		change func(*dri.Matrix)
		want   string // "" means valid
	}{
		{"valid", func(*dri.Matrix) {}, ""},
		{"no default", func(m *dri.Matrix) { m.Default = "" }, "default: missing"},
		{"default is no user", func(m *dri.Matrix) { m.Default = someQueue }, "want 005"},
		{"unknown class in precedence", func(m *dri.Matrix) { m.Precedence = []dri.Class{"custmer"} }, `precedence: unknown class "custmer"; allowed are open_opportunity, customer, target, other`},
		{"class twice", func(m *dri.Matrix) { m.Precedence = []dri.Class{dri.Target, dri.Target} }, "target stands there twice"},
		{"unknown row", func(m *dri.Matrix) { m.Leaves = map[dri.Class]dri.Cell{"prospect": {}} }, `leaves: unknown class "prospect"`},
		{"queue not allowed", func(m *dri.Matrix) { m.Joins[dri.Target] = dri.Cell{Lead: chain(t, "queue("+someQueue+")")} }, "joins: target: lead: queue(" + someQueue + ") needs allow_queue"},
		{"queue allowed", func(m *dri.Matrix) {
			m.AllowQueue = true
			m.Joins[dri.Target] = dri.Cell{Lead: chain(t, "queue("+someQueue+")")}
		}, ""},
		{"rules", func(m *dri.Matrix) { m.Joins[dri.Other] = dri.Cell{Lead: chain(t, "assignment-rules")} }, "owners of leads only"},
		{"unreachable", func(m *dri.Matrix) { m.Joins[dri.Other] = dri.Cell{Contact: chain(t, "none", "account.owner")} }, "joins: other: contact: nothing after none"},
		{"zero finder", func(m *dri.Matrix) { m.Joins[dri.Other] = dri.Cell{Contact: dri.Chain{{}}} }, "finder 1 is empty"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := valid()
			tt.change(&m)
			checkError(t, m.Validate(), tt.want)
		})
	}
}

func TestChainValidateOwner(t *testing.T) {
	tests := []struct {
		object string
		chain  dri.Chain
		want   string
	}{
		{"Lead", chain(t, "account.owner", "queue("+someQueue+")", "assignment-rules"), ""},
		{"Contact", chain(t, "account.SDR__c", "round_robin(sdr)", "default"), ""},
		{"Contact", chain(t, "assignment-rules"), "for leads only"},
		{"Account", chain(t, "queue("+someQueue+")"), "for leads only"},
		{"Lead", chain(t, "assignment-rules", "account.owner"), "nothing after assignment-rules"},
		{"Contact", chain(t, "none"), "every record has an owner"},
		{"Contact", dri.Chain{{}}, "finder 1 is empty"},
	}
	for _, tt := range tests {
		t.Run(tt.object+" "+tt.want, func(t *testing.T) {
			checkError(t, tt.chain.ValidateOwner(object(tt.object)), tt.want)
		})
	}
}

func checkError(t *testing.T, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("error %v, want none", err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
		t.Errorf("error %v, want one with %q", err, want)
	}
}

func FuzzParseFinder(f *testing.F) {
	for _, seed := range []string{"account.owner", "manager(round_robin(a b))", "user(005xx0000012345)", "opportunity.owner(largest)", "record.\xffId", "manager("} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		finder, err := dri.ParseFinder(text)
		if err != nil {
			return
		}
		if again, err := dri.ParseFinder(finder.String()); err != nil || again != finder {
			t.Errorf("%q is written as %q, which is read as %v, %v", text, finder, again, err)
		}
	})
}
