package salesforce_test

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
)

// Salesforce's own limits.
const (
	longestLabel       = 40
	longestName        = 40
	longestDescription = 1000
)

var apiName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)*$`)

// findings gives what an org would refuse, or worse, would take. It is what `sf
// project deploy` tells only in front of an org, sorted.
func (p project) findings() []string {
	out := slices.Concat(p.names(), p.fieldRules(), p.relationships(), p.references(), p.permissions())
	slices.Sort(out)
	return out
}

// names: the root element fits the file's suffix, fullName is the file's name, and
// an object of our own says what a deployment needs.
func (p project) names() []string {
	var out []string
	root := func(where, got, want string) {
		if got != want {
			out = append(out, fmt.Sprintf("%s: root is %s, want %s", where, got, want))
		}
	}
	full := func(where, got, suffix string) {
		if want := strings.TrimSuffix(path.Base(where), suffix); got != want {
			out = append(out, fmt.Sprintf("%s: fullName is %q, want %q", where, got, want))
		}
	}
	for _, o := range p.objects {
		root(o.Where, o.XMLName.Local, "CustomObject")
		if o.Label == "" || o.PluralLabel == "" || o.NameType != "AutoNumber" || !o.Reports || o.Sharing == "" {
			out = append(out, o.Where+": label, pluralLabel, AutoNumber name, enableReports and sharingModel are needed")
		}
	}
	for _, f := range p.fields {
		root(f.Where, f.XMLName.Local, "CustomField")
		full(f.Where, f.FullName, ".field-meta.xml")
	}
	for _, l := range p.lists {
		root(l.Where, l.XMLName.Local, "ListView")
		full(l.Where, l.FullName, ".listView-meta.xml")
	}
	for _, l := range p.layouts {
		root(l.Where, l.XMLName.Local, "Layout")
	}
	for _, b := range p.tabs {
		root(b.Where, b.XMLName.Local, "CustomTab")
	}
	for _, s := range p.sets {
		root(s.Where, s.XMLName.Local, "PermissionSet")
	}
	return out
}

// fieldRules: what a field of each type must say.
func (p project) fieldRules() []string {
	var out []string
	for _, f := range p.fields {
		wrong := func(what string) { out = append(out, f.Where+": "+what) }
		name, custom := strings.CutSuffix(f.FullName, "__c")
		if !custom || !apiName.MatchString(name) || len(name) > longestName {
			wrong("not the name of a custom field")
		}
		if f.Label == "" || len(f.Label) > longestLabel {
			wrong("label is missing or too long")
		}
		if f.Description == "" || len(f.Description) > longestDescription {
			wrong("description is missing or too long")
		}
		if f.Unique && !f.CaseSensitive {
			wrong("a unique field of ours is case-sensitive")
		}
		if complaint := f.typeRule(); complaint != "" {
			wrong(complaint)
		}
	}
	return out
}

// typeRule says what a field's type lacks, or "".
func (f field) typeRule() string {
	switch f.Type {
	case "Text":
		if f.Length < 1 || f.Length > 255 {
			return "Text without a length from 1 to 255"
		}
	case "LongTextArea":
		if f.Length < 256 || f.Length > 131072 || f.VisibleLines < 2 {
			return "LongTextArea without length or visibleLines"
		}
	case "Number":
		if f.Precision < 1 || f.Precision > 18 {
			return "Number without a precision from 1 to 18"
		}
	case "Checkbox":
		if f.DefaultValue == "" {
			return "Checkbox without defaultValue"
		}
	case "Picklist":
		if len(f.Values) == 0 || f.Restricted {
			return "a picklist of ours has values and is not restricted: a later version may write a new one"
		}
	case "Lookup":
		if f.ReferenceTo == "" || f.DeleteConstraint != "SetNull" || f.Required {
			return "Lookup without referenceTo, or one that keeps a record from being deleted"
		}
	case "Date", "Email", "Url":
	default:
		return "type " + f.Type + " is not one that we use"
	}
	return ""
}

// relationships: the lists of children of one parent have names of their own.
func (p project) relationships() []string {
	var out []string
	seen := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(p.fields)) {
		f := p.fields[name]
		if f.Type != "Lookup" {
			continue
		}
		if !apiName.MatchString(f.RelationshipName) || len(f.RelationshipName) > longestName {
			out = append(out, f.Where+": relationshipName is missing or not a name")
		}
		if f.RelationshipLabel == "" || len(f.RelationshipLabel) > longestLabel {
			out = append(out, f.Where+": relationshipLabel is missing or too long")
		}
		key := strings.ToLower(f.ReferenceTo + "." + f.RelationshipName)
		if other, twice := seen[key]; twice {
			out = append(out, fmt.Sprintf("%s: relationshipName %s on %s is that of %s", f.Where, f.RelationshipName, f.ReferenceTo, other))
		}
		seen[key] = name
		if _, own := p.objects[f.ReferenceTo]; !own && !slices.Contains(crm.Objects(), crm.Object(f.ReferenceTo)) {
			out = append(out, f.Where+": lookup to an object that does not exist: "+f.ReferenceTo)
		}
	}
	return out
}

// references: what lists, layouts and tabs name exists.
func (p project) references() []string {
	var out []string
	for _, l := range p.lists {
		for _, name := range l.Columns {
			if name != "NAME" && !p.known(l.Object, name) {
				out = append(out, fmt.Sprintf("%s: column %s does not exist", l.Where, name))
			}
		}
		for _, filter := range l.Filters {
			f, ok := p.fields[l.Object+"."+filter.Field]
			if !ok {
				out = append(out, fmt.Sprintf("%s: filter on %s, which does not exist", l.Where, filter.Field))
				continue
			}
			for value := range strings.SplitSeq(filter.Value, ",") {
				if f.Type == "Picklist" && !slices.Contains(f.Values, value) {
					out = append(out, fmt.Sprintf("%s: %s has no value %s", l.Where, filter.Field, value))
				}
			}
		}
	}
	for _, l := range p.layouts {
		for _, name := range l.Fields {
			if !p.known(l.Object, name) {
				out = append(out, fmt.Sprintf("%s: field %s does not exist", l.Where, name))
			}
		}
	}
	for name, b := range p.tabs {
		if _, ok := p.objects[name]; !ok {
			out = append(out, fmt.Sprintf("%s: no object %s", b.Where, name))
		}
	}
	return out
}

// known reports whether an object has a field, declared here or standard.
func (p project) known(object, name string) bool {
	if _, ok := p.fields[object+"."+name]; ok {
		return true
	}
	_, ok := standard(object, name)
	return ok && !strings.HasSuffix(name, "__c")
}

// standard finds a field in what the embedded CRM knows of an org.
func standard(object, name string) (crm.Field, bool) {
	for _, s := range memcrm.DefaultSchemas(crm.DefaultNames()) {
		if string(s.Object) == object {
			return s.Field(name)
		}
	}
	return crm.Field{}, false
}

// standardObject reports whether an object is one of Salesforce's that onward knows.
func standardObject(name string) bool {
	return !strings.HasSuffix(name, "__c") && slices.Contains(crm.Objects(), crm.Object(name))
}
