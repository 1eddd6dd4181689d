package salesforce_test

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/routing"
)

// types maps the types of metadata to those of describe.
var types = map[string]crm.Type{
	"Text": crm.TypeText, "LongTextArea": crm.TypeLongText, "Email": crm.TypeEmail, "Url": crm.TypeURL,
	"Checkbox": crm.TypeBoolean, "Date": crm.TypeDate, "Number": crm.TypeNumber, "Lookup": crm.TypeReference,
	"Picklist": crm.TypePicklist,
}

// theirs are fields that the embedded CRM has as examples of a company's own:
// the users and marks that chains and classes may name. onward's package must
// not bring them, because a field of that name may be there and mean something.
var theirs = []string{"Account.CSM__c", "Account.SDR__c", "Account.Target_Account__c"}

// extended are the objects that the package adds to.
var extended = []crm.Object{crm.ObjectAccount, crm.ObjectContact, crm.ObjectLead, crm.ObjectJobChange}

// keyLength is the greatest length of a crm.Key.
const keyLength = 64

// TestEmbeddedCRMIsTheTwin holds the package against the embedded CRM's schema:
// what runs there runs in an org, and nothing is deployed that nobody uses.
func TestEmbeddedCRMIsTheTwin(t *testing.T) {
	p := load(t, os.DirFS("."))
	twin := map[string]bool{}
	for _, s := range memcrm.DefaultSchemas(crm.DefaultNames()) {
		for _, f := range s.Fields {
			name := string(s.Object) + "." + f.Name
			if !slices.Contains(extended, s.Object) || !strings.HasSuffix(f.Name, "__c") || slices.Contains(theirs, name) {
				continue
			}
			twin[name] = true
			if own, ok := p.fields[name]; ok {
				own.compare(t, f)
			} else {
				t.Errorf("%s is not deployed", name)
			}
		}
	}
	for name := range p.fields {
		if !twin[name] {
			t.Errorf("%s is deployed, and the embedded CRM does not have it", name)
		}
	}
}

// compare holds one field against its twin. A custom lookup refers to one object
// only; the twin may allow more.
func (f field) compare(t *testing.T, twin crm.Field) {
	t.Helper()
	if types[f.Type] != twin.Type {
		t.Errorf("%s: type %s, the twin's is %s", f.Where, f.Type, twin.Type)
	}
	switch {
	case f.ExternalID && f.Unique:
		if f.Length != keyLength || twin.Length < keyLength {
			t.Errorf("%s: length %d, the twin's %d; a key has %d", f.Where, f.Length, twin.Length, keyLength)
		}
	case f.Length != 0 && f.Length != twin.Length:
		t.Errorf("%s: length %d, the twin's is %d", f.Where, f.Length, twin.Length)
	}
	if f.Unique != twin.Unique || f.ExternalID != twin.ExternalID {
		t.Errorf("%s: unique %v, external id %v; the twin's %v, %v", f.Where, f.Unique, f.ExternalID, twin.Unique, twin.ExternalID)
	}
	if f.Required != twin.Required {
		t.Errorf("%s: required %v, the twin %v", f.Where, f.Required, twin.Required)
	}
	if f.Type == "Lookup" && !slices.Contains(twin.RefersTo, crm.Object(f.ReferenceTo)) {
		t.Errorf("%s: refers to %s, the twin to %v", f.Where, f.ReferenceTo, twin.RefersTo)
	}
}

// TestDefaultConfigurationRuns: every field that the configuration names as it
// comes exists, so that somebody who deploys and sets two users can start.
func TestDefaultConfigurationRuns(t *testing.T) {
	p := load(t, os.DirFS("."))
	cfg := routing.DefaultConfig()
	mapped := map[crm.Object]map[string]string{
		crm.ObjectLead: cfg.Fields.Lead, crm.ObjectContact: cfg.Fields.Contact,
		crm.ObjectAccount: cfg.Fields.Account, crm.ObjectJobChange: cfg.Fields.Event,
	}
	names := map[crm.Object][]string{
		crm.ObjectAccount: cfg.Names.AccountFields(), crm.ObjectContact: cfg.Names.ContactFields(), crm.ObjectLead: cfg.Names.LeadFields(),
	}
	for _, o := range extended {
		for value, name := range mapped[o] {
			if !p.known(string(o), name) {
				t.Errorf("%s.%s, which holds %s, is not deployed", o, name, value)
			}
		}
		for _, name := range append(names[o], cfg.Names.KeyField(o)) {
			if !p.known(string(o), name) {
				t.Errorf("%s.%s is not deployed", o, name)
			}
		}
	}
}

// TestIntegrationMayReadAndWrite: a user with no other rights than this set can
// do what the engine does.
func TestIntegrationMayReadAndWrite(t *testing.T) {
	set := load(t, os.DirFS(".")).sets["Onward_Integration"]
	editable, readable := map[string]bool{}, map[string]bool{}
	for _, f := range set.Fields {
		editable[f.Field], readable[f.Field] = f.Editable, f.Readable
	}
	names := crm.DefaultNames()
	reads := map[crm.Object][]string{
		crm.ObjectAccount: names.AccountFields("Type"), crm.ObjectContact: names.ContactFields(),
		crm.ObjectLead: names.LeadFields(), crm.ObjectOpportunity: names.OpportunityFields(),
	}
	writes := map[crm.Object][]string{
		crm.ObjectAccount: {"Website", "BillingCountry", "BillingState", "BillingCity"},
		crm.ObjectContact: {"Email", "Title", "Phone", "MailingCountry", "MailingState", "MailingCity", "AccountId"},
		crm.ObjectLead:    {"Email", "Title", "Phone", "Country", "State", "City", "Website"},
	}
	for o, fields := range routing.DefaultConfig().Defaults {
		writes[o] = append(writes[o], fields.Names()...)
	}
	for o, fields := range reads {
		for _, name := range fields {
			if f, _ := standard(string(o), name); !f.Required && !slices.Contains(unsecured, name) && !readable[string(o)+"."+permissionName(string(o), name)] {
				t.Errorf("%s.%s is read and not granted", o, name)
			}
		}
	}
	for o, fields := range writes {
		for _, name := range fields {
			if !editable[string(o)+"."+permissionName(string(o), name)] {
				t.Errorf("%s.%s is written and not granted", o, name)
			}
		}
	}
	for _, o := range set.Objects {
		opportunity := o.Object == string(crm.ObjectOpportunity)
		if !o.Read || !o.ViewAll || o.Create == opportunity || o.Edit == opportunity {
			t.Errorf("%s: read all of it, create and edit all but opportunities: %+v", o.Object, o)
		}
	}
	if len(set.Users) != 1 || set.Users[0].Name != "ApiEnabled" {
		t.Errorf("user permissions: %+v, want the API's alone", set.Users)
	}
}

// TestPicklistsHoldWhatIsWritten compares the values with the constants in the
// source, so that a new one is not forgotten here.
func TestPicklistsHoldWhatIsWritten(t *testing.T) {
	p := load(t, os.DirFS("."))
	for _, tt := range []struct{ field, dir, typ string }{
		{"Kind__c", "../../tracking", "Kind"},
		{"Status__c", "../../routing", "Status"},
		{"Outcome__c", "../../routing", "What"},
		{"Strategy__c", "../../routing", "Strategy"},
		{"Mode__c", "../../routing", "Mode"},
	} {
		got := slices.Sorted(slices.Values(p.fields["Job_Change__c."+tt.field].Values))
		if want := constants(t, tt.dir, tt.typ); len(want) == 0 || !slices.Equal(got, want) {
			t.Errorf("%s: %q\nwant %q", tt.field, got, want)
		}
	}
}

// constants finds the values of the constants of one type in a package, sorted.
func constants(t *testing.T, dir, typ string) []string {
	t.Helper()
	files, err := fs.Glob(os.DirFS(dir), "*.go")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), dir+"/"+name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok {
				if id, ok := spec.Type.(*ast.Ident); ok && id.Name == typ {
					out = append(out, literals(t, spec)...)
				}
			}
			return true
		})
	}
	slices.SortFunc(out, cmp.Compare)
	return out
}

func literals(t *testing.T, spec *ast.ValueSpec) []string {
	t.Helper()
	var out []string
	for _, v := range spec.Values {
		if lit, ok := v.(*ast.BasicLit); ok {
			text, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, text)
		}
	}
	return out
}
