package sftest

import (
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
)

// The objects in which an org tells about itself.
const (
	objectOrganization  crm.Object = "Organization"
	objectPermissionSet crm.Object = "PermissionSet"
	objectAssignment    crm.Object = "PermissionSetAssignment"
)

// Schemas are the objects of memcrm and those about the org itself:
// Organization, Profile, PermissionSet, PermissionSetAssignment and
// DuplicateRule, in which the CRM lists the rules that it is given.
func Schemas(names crm.Names) []crm.Schema {
	text := func(name string, length int) crm.Field {
		return crm.Field{Name: name, Type: crm.TypeText, Length: length}
	}
	check := func(name string) crm.Field { return crm.Field{Name: name, Type: crm.TypeBoolean} }
	ref := func(name string, to crm.Object) crm.Field {
		return crm.Field{Name: name, Type: crm.TypeReference, RefersTo: []crm.Object{to}}
	}
	return append(memcrm.DefaultSchemas(names),
		adminObject(objectOrganization, text("Name", 80), check("IsSandbox"), text("InstanceName", 5), text("OrganizationType", 40)),
		adminObject("Profile", text("Name", 255)),
		adminObject(objectPermissionSet, text("Name", 80), text("Label", 80), check("IsOwnedByProfile"), ref("ProfileId", "Profile"),
			check("PermissionsApiEnabled"), check("PermissionsViewAllData"), check("PermissionsModifyAllData"), check("PermissionsManageInteraction")),
		adminObject(objectAssignment, ref("PermissionSetId", objectPermissionSet), ref("AssigneeId", crm.ObjectUser)),
		adminObject("DuplicateRule", text("DeveloperName", 80), text("MasterLabel", 80), text("SobjectType", 80), check("IsActive")),
	)
}

func adminObject(o crm.Object, fields ...crm.Field) crm.Schema {
	return crm.Schema{Object: o, Fields: append([]crm.Field{
		{Name: "Id", Type: crm.TypeID}, {Name: "IsDeleted", Type: crm.TypeBoolean},
		{Name: "CreatedDate", Type: crm.TypeDateTime}, {Name: "SystemModstamp", Type: crm.TypeDateTime},
	}, fields...)}
}

// defaultOrgID is the id of an org whose CRM holds no Organization.
const defaultOrgID = "00D000000000001EAA"

// organization gives the org a record of itself, when its CRM has room for one.
func (s *Server) organization() string {
	if s.crm.KeyPrefix(objectOrganization) == "" {
		return defaultOrgID
	}
	if have := s.crm.Records(objectOrganization); len(have) > 0 {
		return have[0].ID
	}
	id, err := s.crm.Add(objectOrganization, crm.Fields{
		"Name": "Local Org", "IsSandbox": crm.FormatBool(s.options.Sandbox), "InstanceName": "LOCAL",
		"OrganizationType": "Developer Edition",
	})
	if err != nil {
		return defaultOrgID
	}
	return id
}

// permissions gives the integration user of a new org a permission set that
// allows the API and no more. An org that has permission sets keeps its own.
func (s *Server) permissions() {
	if s.crm.KeyPrefix(objectPermissionSet) == "" || s.crm.KeyPrefix(objectAssignment) == "" || len(s.crm.Records(objectPermissionSet)) > 0 {
		return
	}
	id, err := s.crm.Add(objectPermissionSet, crm.Fields{
		"Name": "Onward_Integration", "Label": "Onward Integration", "PermissionsApiEnabled": "true",
	})
	if err == nil {
		// Where a CRM describes these objects differently, the user has no set.
		_, _ = s.crm.Add(objectAssignment, crm.Fields{"PermissionSetId": id, "AssigneeId": s.crm.User()})
	}
}
