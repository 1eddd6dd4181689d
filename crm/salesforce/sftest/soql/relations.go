package soql

import (
	"strings"

	"github.com/onward-crm/onward/crm"
)

// RelationshipName is the name under which the record behind a reference field is
// reached: AccountId gives Account, Contact__c gives Contact__r. It is "" for
// fields whose names have neither form.
func RelationshipName(field string) string {
	if name, ok := strings.CutSuffix(field, "__c"); ok {
		return name + "__r"
	}
	if name, ok := strings.CutSuffix(field, "Id"); ok {
		return name
	}
	return ""
}

// References lists the objects to which a reference field of an object can lead,
// as an org has it: accounts, contacts and opportunities belong to users alone,
// and a custom lookup leads to one object.
func References(o crm.Object, f crm.Field) []crm.Object {
	switch {
	case f.Name == "OwnerId" && (o == crm.ObjectAccount || o == crm.ObjectContact || o == crm.ObjectOpportunity):
		return []crm.Object{crm.ObjectUser}
	case strings.HasSuffix(f.Name, "__c") && len(f.RefersTo) > 1:
		return f.RefersTo[:1]
	default:
		return f.RefersTo
	}
}

// ChildRelationship is a reference seen from the record to which it leads.
type ChildRelationship struct {
	Parent, Child crm.Object
	// Field is the reference field of the child.
	Field string
	// Name is the relationship's name for sub-queries, such as "Contacts"; ""
	// where there is none.
	Name string
}

// childNames are the names of the standard relationships, and of those that
// onward's package deploys, by child object and field.
var childNames = map[string]string{
	"Account.ParentId":                            "ChildAccounts",
	"AccountTeamMember.AccountId":                 "AccountTeamMembers",
	"Contact.AccountId":                           "Contacts",
	"Contact.Past_Account__c":                     "Former_Contacts__r",
	"Contact.Past_Contact__c":                     "Later_Contacts__r",
	"Job_Change__c.Contact__c":                    "Job_Changes__r",
	"Job_Change__c.Current_Record_DRI_Manager__c": "Current_DRI_Manager_Job_Changes__r",
	"Job_Change__c.Current_Record_DRI__c":         "Current_DRI_Job_Changes__r",
	"Job_Change__c.Lead__c":                       "Job_Changes__r",
	"Job_Change__c.New_Account__c":                "Arrivals__r",
	"Job_Change__c.Old_Account__c":                "Departures__r",
	"Job_Change__c.Past_Contact__c":               "Departures__r",
	"Job_Change__c.Past_Lead__c":                  "Departures__r",
	"Job_Change__c.Past_Record_DRI_Manager__c":    "Past_DRI_Manager_Job_Changes__r",
	"Job_Change__c.Past_Record_DRI__c":            "Past_DRI_Job_Changes__r",
	"Job_Change__c.Record_Owner_Manager__c":       "Owner_Manager_Job_Changes__r",
	"Lead.Matched_Account__c":                     "Matched_Leads__r",
	"Lead.Past_Account__c":                        "Former_Leads__r",
	"Lead.Past_Contact__c":                        "Later_Leads__r",
	"Opportunity.AccountId":                       "Opportunities",
	"OpportunityContactRole.ContactId":            "OpportunityContactRoles",
	"OpportunityContactRole.OpportunityId":        "OpportunityContactRoles",
	"User.ManagerId":                              "ManagedUsers",
}

// ChildRelationships lists the relationships between objects from the parents'
// side, in the order of the schemas and their fields.
func ChildRelationships(schemas []crm.Schema) []ChildRelationship {
	var out []ChildRelationship
	for _, s := range schemas {
		for _, f := range s.Fields {
			if f.Type != crm.TypeReference {
				continue
			}
			name := childNames[string(s.Object)+"."+f.Name]
			for _, parent := range References(s.Object, f) {
				out = append(out, ChildRelationship{Parent: parent, Child: s.Object, Field: f.Name, Name: name})
			}
		}
	}
	return out
}

// children finds the entity and the reference field of a child relationship; nil
// when the parent has none of that name.
func (r *resolver) children(parent *entity, relationship string) (*entity, string) {
	for _, o := range r.objects {
		child := r.entity(o)
		if child == nil {
			continue
		}
		for _, f := range child.list {
			if f.Type != crm.TypeReference || !strings.EqualFold(childNames[string(o)+"."+f.Name], relationship) {
				continue
			}
			for _, target := range References(o, f) {
				if target == parent.object {
					return child, f.Name
				}
			}
		}
	}
	return nil, ""
}
