package salesforce_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

func TestMetadataHoldsTogether(t *testing.T) {
	p := load(t, os.DirFS("."))
	for _, finding := range p.findings() {
		t.Error(finding)
	}
	if len(p.objects) == 0 || len(p.fields) == 0 || len(p.sets) == 0 || len(p.layouts) == 0 || len(p.lists) == 0 {
		t.Error("the project is not all there")
	}
}

// TestFaultsAreFound breaks the project in one place at a time. All but a wrong
// root pass Salesforce's own converter.
func TestFaultsAreFound(t *testing.T) {
	const (
		lookup = "objects/Job_Change__c/fields/New_Account__c.field-meta.xml"
		key    = "objects/Lead/fields/Onward_Key__c.field-meta.xml"
		user   = "objects/Job_Change__c/fields/Past_Record_DRI__c.field-meta.xml"
		set    = "permissionsets/Onward_Integration.permissionset-meta.xml"
		reader = "permissionsets/Onward_Reader.permissionset-meta.xml"
		page   = "layouts/Job_Change__c-Job Change Layout.layout-meta.xml"
		list   = "objects/Job_Change__c/listViews/For_A_Person.listView-meta.xml"
		event  = "objects/Job_Change__c/Job_Change__c.object-meta.xml"
	)
	tests := []struct{ name, file, from, to, want string }{
		{"name unlike the file's", key, "<fullName>Onward_Key__c", "<fullName>Onward_Keys__c", "fullName"},
		{"another root", key, "CustomField", "CustomObject", "root is CustomObject"},
		{"text without length", key, "<length>64</length>", "", "without a length"},
		{"key that ignores case", key, "<caseSensitive>true", "<caseSensitive>false", "case-sensitive"},
		{"field without label", key, "<label>Onward Key</label>", "", "label"},
		{"two lists of one name", lookup, "Arrivals</relationshipName>", "Departures</relationshipName>", "is that of"},
		{"lookup to nowhere", lookup, "<referenceTo>Account", "<referenceTo>Acount", "an object that does not exist"},
		{"user lookup that is required", user, "<required>false", "<required>true", "keeps a record"},
		{"object without reports", event, "<enableReports>true", "<enableReports>false", "enableReports"},
		{"layout with a strange field", page, "<field>Kind__c", "<field>Kinds__c", "field Kinds__c does not exist"},
		{"list with a strange column", list, "<columns>Reason__c", "<columns>Raison__c", "column Raison__c"},
		{"list that filters by no value", list, "review,parked", "review,parkd", "has no value parkd"},
		{"permission on a strange field", set, "<field>Lead.Onward_Key__c", "<field>Lead.Onward_Keys__c", "Lead.Onward_Keys__c does not exist"},
		{"field that nobody may see", set, "<field>Lead.Onward_Key__c", "<field>Lead.Email", "Lead.Onward_Key__c is not granted"},
		{"permission on a required field", set, "<field>Lead.Email", "<field>Lead.Company", "Lead.Company does not exist or cannot be granted"},
		{"part of an address", set, "<field>Lead.Address", "<field>Lead.City", "Lead.City does not exist or cannot be granted"},
		{"licence", set, "<label>", "<license>Salesforce</license><label>", "license"},
		{"delete", set, "<allowDelete>false", "<allowDelete>true", "more than onward needs"},
		{"modify all", set, "<modifyAllRecords>false", "<modifyAllRecords>true", "more than onward needs"},
		{"strange object", set, "<object>Opportunity", "<object>Oportunity", "object Oportunity does not exist"},
		{"reader who writes", reader, "<editable>false", "<editable>true", "a reader writes nothing"},
		{"strange tab", reader, "<tab>Job_Change__c", "<tab>Job_Changes__c", "tab Job_Changes__c"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := load(t, broken(t, tt.file, tt.from, tt.to))
			if found := strings.Join(p.findings(), "\n"); !strings.Contains(found, tt.want) {
				t.Errorf("findings:\n%s\nwant one about %q", found, tt.want)
			}
		})
	}
}

// broken is the project with one text in one file replaced.
func broken(t *testing.T, file, from, to string) fs.FS {
	t.Helper()
	out := fstest.MapFS{}
	disk := os.DirFS(".")
	err := fs.WalkDir(disk, source, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(disk, name)
		out[name] = &fstest.MapFile{Data: text}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	f := out[source+"/"+file]
	if f == nil || !strings.Contains(string(f.Data), from) {
		t.Fatalf("%s does not hold %q", file, from)
	}
	f.Data = []byte(strings.ReplaceAll(string(f.Data), from, to))
	return out
}

func TestProjectFile(t *testing.T) {
	text, err := os.ReadFile("sfdx-project.json")
	if err != nil {
		t.Fatal(err)
	}
	var p struct {
		PackageDirectories []struct {
			Path    string
			Default bool
		}
		SourceAPIVersion string `json:"sourceApiVersion"`
	}
	if err := json.Unmarshal(text, &p); err != nil {
		t.Fatal(err)
	}
	if len(p.PackageDirectories) != 1 || p.PackageDirectories[0].Path != "force-app" || !p.PackageDirectories[0].Default {
		t.Errorf("packageDirectories: %+v", p.PackageDirectories)
	}
	if p.SourceAPIVersion != "66.0" {
		t.Errorf("sourceApiVersion: %q", p.SourceAPIVersion)
	}
}
