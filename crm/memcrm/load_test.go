package memcrm_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
)

// folder writes files into a new folder.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		must(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	return dir
}

func load(t *testing.T, dir string) (*memcrm.CRM, *memcrm.LoadReport) {
	t.Helper()
	c, report, err := memcrm.Load(dir, nil)
	must(t, err)
	return c, report
}

// dump lists everything in a CRM, deleted records included.
func dump(t *testing.T, c *memcrm.CRM) []crm.Record {
	t.Helper()
	var out []crm.Record
	for _, o := range crm.Objects() {
		pages, err := c.Find(t.Context(), []crm.Query{{Object: o, Deleted: true}})
		must(t, err)
		for _, p := range pages[0].Records {
			r, _ := c.Record(p.ID)
			out = append(out, r)
		}
	}
	return out
}

func TestLoadSaveLoadGivesTheSame(t *testing.T) {
	from := folder(t, map[string]string{
		"Account.csv": "\"Region__c\",\"Id\",\"Name\",\"OwnerId\",\"IsDeleted\",\"MasterRecordId\",\"CreatedDate\"\n" +
			"\"=cmd()\",\"001000000000abc\",\"Acme, \"\"Inc\"\"\",\"005000000000001\",\"false\",\"000000000000000AAA\",\"2026-01-02T03:04:05.000+0200\"\n" +
			"\" two\r\nlines \",\"001000000000abd\",\"Twin\",\"\",\"true\",\"001000000000abcAAA\",\"2026-01-02 03:04:05\"\n",
		"Contact.csv": "Id,Name,FirstName,LastName,AccountId,HasOptedOutOfEmail,Left_Company_On__c\r\n" +
			"003000000000001,Ann Lee,Ann,Lee,001000000000abc,1,2026-01-02\r\n",
		"Job_Change__c.csv": "Id,External_Id__c\na1X000000000001,e1\n",
	})
	first, report := load(t, from)
	if len(report.Problems) > 0 {
		t.Fatalf("problems: %v", report.Problems)
	}
	if got := report.Files[0].Custom; !cmp.Equal(got, []string{"Region__c"}) {
		t.Errorf("custom columns %v", got)
	}
	acme, _ := first.Record("001000000000abc")
	if f := acme.Fields; f["Region__c"] != "=cmd()" || f["CreatedDate"] != "2026-01-02T01:04:05.000Z" || f["OwnerId"] != "005000000000001AAA" {
		t.Errorf("account %v", f)
	}
	twin, _ := first.Record("001000000000abd")
	if !twin.Deleted || twin.MasterID != acme.ID || twin.Fields["Region__c"] != " two\r\nlines " {
		t.Errorf("merged account %+v", twin)
	}
	ann, _ := first.Record("003000000000001")
	if f := ann.Fields; f["HasOptedOutOfEmail"] != "true" || f["AccountId"] != acme.ID || f["Name"] != "Ann Lee" {
		t.Errorf("contact %v", f)
	}
	to := filepath.Join(t.TempDir(), "new", "folder")
	must(t, first.Save(to))
	second, report := load(t, to)
	if len(report.Problems) > 0 {
		t.Fatalf("problems: %v", report.Problems)
	}
	if diff := cmp.Diff(dump(t, first), dump(t, second)); diff != "" {
		t.Errorf("the second load (-first +second):\n%s", diff)
	}
	again := t.TempDir()
	must(t, second.Save(again))
	for _, name := range []string{"Account.csv", "Contact.csv", "User.csv", "Job_Change__c.csv"} {
		one, err := os.ReadFile(filepath.Join(to, name))
		must(t, err)
		two, err := os.ReadFile(filepath.Join(again, name))
		must(t, err)
		if diff := cmp.Diff(string(one), string(two)); diff != "" {
			t.Errorf("%s (-first +second):\n%s", name, diff)
		}
	}
	if header, _, _ := strings.Cut(read(t, to, "Account.csv"), "\n"); header != `"Region__c","Id","Name","OwnerId","IsDeleted","MasterRecordId","CreatedDate"` {
		t.Errorf("header %s", header)
	}
}

func read(t *testing.T, dir, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	must(t, err)
	return string(b)
}

func TestSaveAddsWhatIsNew(t *testing.T) {
	dir := folder(t, map[string]string{
		"Lead.csv":          "LastName;Id;Company\nMo;00Q000000000001;Acme\n",
		"Job_Change__c.csv": "Id,External_Id__c\na1X000000000001,e1\n",
	})
	c, _ := load(t, dir)
	results, err := c.Write(t.Context(), []crm.Write{
		{Key: "k", Verb: crm.VerbCreate, Object: crm.ObjectLead, Set: crm.Fields{"LastName": "Ng", "Company": "New", "Email": "ng@new.example"}},
		{Key: "e2", Verb: crm.VerbUpsert, Object: crm.ObjectJobChange},
	})
	must(t, err)
	if results[0].ID != "00Q000000000002EAA" || !strings.HasPrefix(results[1].ID, "a1X000000000002") {
		t.Errorf("ids go on where the files end, with the org's own prefix: %+v", results)
	}
	must(t, c.Save(dir))
	want := `"LastName","Id","Company","CreatedById","CreatedDate","Email","LastModifiedById","Onward_Key__c","OwnerId","SystemModstamp"` + "\n" +
		`"Mo","00Q000000000001EAA","Acme","","","","","","",""` + "\n" + `"Ng","00Q000000000002EAA","New",`
	if got := read(t, dir, "Lead.csv"); !strings.HasPrefix(got, want) {
		t.Errorf("got\n%s\nwant it to begin\n%s", got, want)
	}
	entries, err := os.ReadDir(dir)
	must(t, err)
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".csv") || strings.HasPrefix(e.Name(), ".") {
			t.Errorf("%s is left over", e.Name())
		}
	}
}

func TestBadRowsAreListedAndTheGoodOnesLoaded(t *testing.T) {
	dir := folder(t, map[string]string{
		"Contact.csv": "Id,LastName,AccountId,Birthdate,DoNotCall,Onward_Key__c\n" +
			"003000000000001,Good,,,,k1\n" +
			",NoId,,,,\n" +
			"003,Short,,,,\n" +
			"001000000000001,OtherObject,,,,\n" +
			"003000000000001AAA,Twice,,,,\n" +
			"003000000000002,,,,,\n" +
			"003000000000003,Refs,x,2026-02-30,maybe,\n" +
			"003000000000004,Ragged,\n" +
			"003000000000005,Key,,,,k1\n" +
			"003000000000001AAB,Suffix,,,,\n" +
			"003000000000006,Good,001000000000abc,2026-02-28,TRUE,\n",
		"Account.csv": "Id;Website\n001000000000001;a.example\n001000000000002;b.example\n",
		"Lead.csv":    "Id,LastName,Company\n00Q000000000001,N\xfa\xf1ez,Acme\n",
	})
	c, report := load(t, dir)
	var got []string
	for _, p := range report.Problems {
		got = append(got, p.String())
	}
	id := "an id of 15 or 18 characters with the right check characters"
	want := []string{
		"Account.csv:1: column Name: want this column",
		"Contact.csv:3: column Id: want an id",
		"Contact.csv:4: column Id: want " + id,
		"Contact.csv:5: column Id: want an id of Contact, which begins with 003",
		"Contact.csv:6: column Id: want an id that no row before it has",
		"Contact.csv:7: column LastName: want a value",
		"Contact.csv:8: column AccountId: want " + id,
		"Contact.csv:8: column Birthdate: want a date such as 2006-01-02",
		"Contact.csv:8: column DoNotCall: want true or false",
		"Contact.csv:9: want 6 cells, as in the header, not 3",
		"Contact.csv:10: want unique external ids: field Onward_Key__c: value is not unique",
		"Contact.csv:11: column Id: want " + id,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	files := []memcrm.FileReport{
		{File: "Account.csv", Object: crm.ObjectAccount, Bad: 2},
		{File: "Contact.csv", Object: crm.ObjectContact, Rows: 2, Bad: 9},
		{File: "Lead.csv", Object: crm.ObjectLead, Rows: 1},
	}
	if diff := cmp.Diff(files, report.Files); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if report.Bad() != 11 || report.Files[1].Summary() != "Contact.csv: 2 loaded, 9 bad" {
		t.Errorf("%d bad rows; %s", report.Bad(), report.Files[1].Summary())
	}
	if l, _ := c.Record("00Q000000000001"); l.Fields["LastName"] != "Núñez" {
		t.Errorf("TR09: last name %q", l.Fields["LastName"])
	}
	if err := c.Save(dir); err == nil || !strings.Contains(err.Error(), "Account.csv") {
		t.Errorf("saving over files of which parts are missing: %v", err)
	}
	must(t, c.Save(t.TempDir()))
}

func TestFoldersThatCannotBeLoaded(t *testing.T) {
	tests := []struct{ name, file, want string }{
		{"empty file", "", "memcrm: load: Lead.csv:1: want a header with column names"},
		{"column twice", "Id,LastName,lastname\n", "memcrm: load: Lead.csv:1: column 3: want each column name once"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, _, err := memcrm.Load(folder(t, map[string]string{"Lead.csv": test.file}), nil)
			if err == nil || err.Error() != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
	if _, _, err := memcrm.Load(filepath.Join(t.TempDir(), "none"), nil); err == nil {
		t.Error("a folder that is not there was loaded")
	}
	if _, _, err := memcrm.Load(t.TempDir(), &memcrm.Options{User: "x"}); err == nil {
		t.Error("a broken integration user was taken")
	}
}

func TestLoadedColumnsAreFields(t *testing.T) {
	c, _ := load(t, folder(t, map[string]string{"Account.csv": "id,NAME,Region__c\n001000000000001,Acme,EMEA\n"}))
	s, err := c.Describe(t.Context(), crm.ObjectAccount)
	must(t, err)
	if f, ok := s.Field("Region__c"); !ok || f.Type != crm.TypeText || !f.Updatable {
		t.Errorf("Region__c: %+v", f)
	}
	if got := find(t, c, crm.Query{Object: crm.ObjectAccount, Where: []crm.Cond{in("Region__c", "emea"), in("Name", "acme")}}); got != "001000000000001AAA" {
		t.Errorf("found %q", got)
	}
}

func TestPutNamesWhatDoesNotFit(t *testing.T) {
	c := newCRM(memcrm.Options{})
	put(t, c, contact(crm.Fields{"LastName": "Lee", "Onward_Key__c": "k"}))
	tests := []struct {
		name   string
		record crm.Record
		want   string
	}{
		{"object", crm.Record{Object: "X"}, "memcrm: put record 1: X: no such object"},
		{"field", contact(crm.Fields{"Foo": "1"}), "memcrm: put record 1: Contact: field Foo: no such field"},
		{"value", contact(crm.Fields{"Birthdate": "soon"}), "memcrm: put record 1: Contact: field Birthdate: want a date such as 2006-01-02"},
		{"key", contact(crm.Fields{"Onward_Key__c": "k"}), "memcrm: put record 1: Contact: field Onward_Key__c: value is not unique"},
		{"id", crm.Record{Object: crm.ObjectContact, ID: "001000000000001"}, "memcrm: put record 1: Contact: id begins with 001, want 003"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := c.Put(contact(crm.Fields{"LastName": "Before"}), test.record)
			if err == nil || err.Error() != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

func TestAnyTextSurvivesSaveAndLoad(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.StringOf(rapid.RuneFrom([]rune("\"\r\n,;\t =ü\ufeff"))), rapid.String()).Filter(func(s string) bool {
			return utf8.ValidString(s) && !strings.ContainsRune(s, 0)
		})
		first := memcrm.New(nil)
		for range rapid.IntRange(1, 4).Draw(t, "records") {
			f := crm.Fields{"Name": "x" + text.Draw(t, "name"), "Description": text.Draw(t, "text"), "Site": text.Draw(t, "site")}
			if _, err := first.Add(crm.ObjectAccount, f); err != nil {
				t.Fatal(err)
			}
		}
		if err := first.Save(dir); err != nil {
			t.Fatal(err)
		}
		second, report, err := memcrm.Load(dir, nil)
		if err != nil || len(report.Problems) > 0 {
			t.Fatal(err, report)
		}
		if diff := cmp.Diff(first.Records(crm.ObjectAccount), second.Records(crm.ObjectAccount)); diff != "" {
			t.Fatalf("the second load (-first +second):\n%s", diff)
		}
	})
}
