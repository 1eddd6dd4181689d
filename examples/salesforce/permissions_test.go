package salesforce_test

import (
	"fmt"
	"slices"
	"strings"
)

// addressParts are the ends of the fields that together are one address: their
// permission is the address's.
var addressParts = []string{"Street", "City", "State", "PostalCode", "Country"}

// unsecured are fields that everybody sees who sees the record: field permissions
// on them are refused.
var unsecured = []string{
	"Name", "FirstName", "LastName", "Company", "OwnerId", "CreatedDate", "LastActivityDate",
	"IsConverted", "ConvertedContactId", "ConvertedAccountId", "IsClosed", "IsWon", "CloseDate",
}

// permissions: a permission set grants what exists and can be granted, covers
// every field of ours, and lets nobody delete or get round sharing on writes.
func (p project) permissions() []string {
	var out []string
	for name, s := range p.sets {
		wrong := func(format string, args ...any) {
			out = append(out, s.Where+": "+fmt.Sprintf(format, args...))
		}
		if s.License != "" {
			wrong("a license binds the set to one kind of user: leave it out")
		}
		readable := map[string]bool{}
		for _, o := range s.Objects {
			readable[o.Object] = o.Read
			if o.Delete || o.ModifyAll {
				wrong("%s: more than onward needs", o.Object)
			}
			if _, own := p.objects[o.Object]; !own && !standardObject(o.Object) {
				wrong("object %s does not exist", o.Object)
			}
		}
		out = append(out, p.fieldPermissions(s, readable)...)
		for _, b := range s.Tabs {
			if _, ok := p.tabs[b.Tab]; !ok {
				wrong("tab %s does not exist", b.Tab)
			}
		}
		if name == "Onward_Reader" && slices.ContainsFunc(s.Fields, func(f fieldPermission) bool { return f.Editable }) {
			wrong("a reader writes nothing")
		}
	}
	return out
}

func (p project) fieldPermissions(s permissionSet, readable map[string]bool) []string {
	var out []string
	granted := map[string]bool{}
	for _, f := range s.Fields {
		object, name, _ := strings.Cut(f.Field, ".")
		granted[f.Field] = true
		own, declared := p.fields[f.Field]
		switch {
		case !readable[object]:
			out = append(out, fmt.Sprintf("%s: %s without the right to read %s", s.Where, f.Field, object))
		case !f.Readable:
			out = append(out, fmt.Sprintf("%s: %s is not readable", s.Where, f.Field))
		case declared && (own.Required || own.Type == "MasterDetail"):
			out = append(out, fmt.Sprintf("%s: %s is required and must not be listed", s.Where, f.Field))
		case !declared && !grantable(object, name):
			out = append(out, fmt.Sprintf("%s: %s does not exist or cannot be granted", s.Where, f.Field))
		}
	}
	for name, f := range p.fields {
		if !granted[name] && !f.Required {
			out = append(out, fmt.Sprintf("%s: %s is not granted", s.Where, name))
		}
	}
	return out
}

// grantable reports whether a standard field, or the address that its parts make
// up, has a permission of its own.
func grantable(object, name string) bool {
	if prefix, ok := strings.CutSuffix(name, "Address"); ok {
		_, ok := standard(object, prefix+"City")
		return ok
	}
	f, ok := standard(object, name)
	return ok && !strings.HasSuffix(name, "__c") && !f.Required && !slices.Contains(unsecured, name) && permissionName(object, name) == name
}

// permissionName is the name under which a field is granted: an address as a
// whole. A lead's address has no prefix.
func permissionName(object, name string) string {
	for _, prefix := range []string{"Billing", "Shipping", "Mailing", "Other", ""} {
		for _, part := range addressParts {
			if name == prefix+part && (prefix != "" || object == "Lead") {
				return prefix + "Address"
			}
		}
	}
	return name
}
