package salesforce_test

import (
	"encoding/xml"
	"io/fs"
	"path"
	"strings"
	"testing"
)

// source is the root of the metadata in the project.
const source = "force-app/main/default"

// The metadata, as far as the rules look at it. Where is the file.
type (
	object struct {
		Where       string
		XMLName     xml.Name
		Label       string `xml:"label"`
		PluralLabel string `xml:"pluralLabel"`
		NameType    string `xml:"nameField>type"`
		Reports     bool   `xml:"enableReports"`
		Sharing     string `xml:"sharingModel"`
	}
	field struct {
		Where, Object     string
		XMLName           xml.Name
		FullName          string   `xml:"fullName"`
		Label             string   `xml:"label"`
		Description       string   `xml:"description"`
		Type              string   `xml:"type"`
		Length            int      `xml:"length"`
		VisibleLines      int      `xml:"visibleLines"`
		Precision         int      `xml:"precision"`
		DefaultValue      string   `xml:"defaultValue"`
		Unique            bool     `xml:"unique"`
		ExternalID        bool     `xml:"externalId"`
		CaseSensitive     bool     `xml:"caseSensitive"`
		Required          bool     `xml:"required"`
		ReferenceTo       string   `xml:"referenceTo"`
		RelationshipName  string   `xml:"relationshipName"`
		RelationshipLabel string   `xml:"relationshipLabel"`
		DeleteConstraint  string   `xml:"deleteConstraint"`
		Restricted        bool     `xml:"valueSet>restricted"`
		Values            []string `xml:"valueSet>valueSetDefinition>value>fullName"`
	}
	listView struct {
		Where, Object string
		XMLName       xml.Name
		FullName      string   `xml:"fullName"`
		Columns       []string `xml:"columns"`
		Filters       []struct {
			Field string `xml:"field"`
			Value string `xml:"value"`
		} `xml:"filters"`
	}
	layout struct {
		Where, Object string
		XMLName       xml.Name
		Fields        []string `xml:"layoutSections>layoutColumns>layoutItems>field"`
	}
	tab struct {
		Where   string
		XMLName xml.Name
	}
	fieldPermission struct {
		Field    string `xml:"field"`
		Readable bool   `xml:"readable"`
		Editable bool   `xml:"editable"`
	}
	permissionSet struct {
		Where   string
		XMLName xml.Name
		License string            `xml:"license"`
		Fields  []fieldPermission `xml:"fieldPermissions"`
		Objects []struct {
			Object    string `xml:"object"`
			Create    bool   `xml:"allowCreate"`
			Read      bool   `xml:"allowRead"`
			Edit      bool   `xml:"allowEdit"`
			Delete    bool   `xml:"allowDelete"`
			ModifyAll bool   `xml:"modifyAllRecords"`
			ViewAll   bool   `xml:"viewAllRecords"`
		} `xml:"objectPermissions"`
		Tabs []struct {
			Tab string `xml:"tab"`
		} `xml:"tabSettings"`
		Users []struct {
			Name string `xml:"name"`
		} `xml:"userPermissions"`
	}
)

// project is everything that is deployed. Objects, lists, layouts, tabs and sets
// are by API name, fields by Object.Field.
type project struct {
	objects map[string]object
	fields  map[string]field
	lists   []listView
	layouts []layout
	tabs    map[string]tab
	sets    map[string]permissionSet
}

// load reads the project. What cannot be read, or stands where nothing of its
// kind belongs, fails the test.
func load(t *testing.T, files fs.FS) project {
	t.Helper()
	p := project{
		objects: map[string]object{}, fields: map[string]field{}, tabs: map[string]tab{}, sets: map[string]permissionSet{},
	}
	err := fs.WalkDir(files, source, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		p.add(t, name, text)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *project) add(t *testing.T, name string, text []byte) {
	t.Helper()
	base := path.Base(name)
	about := strings.TrimPrefix(path.Dir(path.Dir(name)), source+"/objects/")
	switch {
	case strings.HasSuffix(base, ".object-meta.xml"):
		o := object{Where: name}
		parse(t, name, text, &o)
		p.objects[strings.TrimSuffix(base, ".object-meta.xml")] = o
	case strings.HasSuffix(base, ".field-meta.xml"):
		f := field{Where: name, Object: about}
		parse(t, name, text, &f)
		p.fields[about+"."+strings.TrimSuffix(base, ".field-meta.xml")] = f
	case strings.HasSuffix(base, ".listView-meta.xml"):
		l := listView{Where: name, Object: about}
		parse(t, name, text, &l)
		p.lists = append(p.lists, l)
	case strings.HasSuffix(base, ".layout-meta.xml"):
		of, _, _ := strings.Cut(base, "-")
		l := layout{Where: name, Object: of}
		parse(t, name, text, &l)
		p.layouts = append(p.layouts, l)
	case strings.HasSuffix(base, ".tab-meta.xml"):
		b := tab{Where: name}
		parse(t, name, text, &b)
		p.tabs[strings.TrimSuffix(base, ".tab-meta.xml")] = b
	case strings.HasSuffix(base, ".permissionset-meta.xml"):
		s := permissionSet{Where: name}
		parse(t, name, text, &s)
		p.sets[strings.TrimSuffix(base, ".permissionset-meta.xml")] = s
	default:
		t.Errorf("%s: no kind of metadata that the rules know", name)
	}
}

func parse(t *testing.T, name string, text []byte, into any) {
	t.Helper()
	if err := xml.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}
