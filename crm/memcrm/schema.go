package memcrm

import (
	"slices"

	"github.com/onward-crm/onward/crm"
)

// DefaultSchemas describes the objects of an org in which onward's package is
// deployed: the standard fields that matter here and the custom ones, the
// configurable among them called as in names. The integration user may create
// and change accounts, contacts, leads, event records, tasks and campaign members,
// and reads the rest.
func DefaultSchemas(names crm.Names) []crm.Schema {
	return []crm.Schema{
		object(crm.ObjectUser, false, userFields(names)),
		object(crm.ObjectGroup, false, groupFields()),
		object(crm.ObjectAccount, true, accountFields(names)),
		object(crm.ObjectContact, true, contactFields(names)),
		object(crm.ObjectLead, true, leadFields(names)),
		object(crm.ObjectOpportunity, true, opportunityFields()),
		object(crm.ObjectOpportunityRole, true, roleFields()),
		object(crm.ObjectTeamMember, true, teamFields()),
		object(crm.ObjectJobChange, true, jobChangeFields(names)),
		object(crm.ObjectCampaign, false, campaignFields()),
		object(crm.ObjectCampaignMember, true, memberFields()),
		object(crm.ObjectTask, true, taskFields(names)),
	}
}

// object puts the system fields in front. A name that is given twice, because a
// configured one is also a standard one, counts once.
func object(o crm.Object, writable bool, fields []crm.Field) crm.Schema {
	all := append([]crm.Field{
		readOnly(crm.Field{Name: "Id", Type: crm.TypeID}),
		readOnly(check("IsDeleted")),
		readOnly(dateTime("CreatedDate")), readOnly(dateTime("LastModifiedDate")), readOnly(dateTime("SystemModstamp")),
		readOnly(ref("CreatedById", crm.ObjectUser)), readOnly(ref("LastModifiedById", crm.ObjectUser)),
	}, fields...)
	out := crm.Schema{Object: o, Creatable: writable, Updatable: writable}
	for _, f := range all {
		known := slices.ContainsFunc(out.Fields, func(g crm.Field) bool { return g.Name == f.Name })
		if f.Name != "" && !known {
			out.Fields = append(out.Fields, f)
		}
	}
	return out
}

func field(name string, t crm.Type, length int) crm.Field {
	return crm.Field{Name: name, Type: t, Length: length, Creatable: true, Updatable: true}
}

func text(name string, length int) crm.Field     { return field(name, crm.TypeText, length) }
func longText(name string, length int) crm.Field { return field(name, crm.TypeLongText, length) }
func email(name string) crm.Field                { return field(name, crm.TypeEmail, 80) }
func phone(name string) crm.Field                { return field(name, crm.TypePhone, 40) }
func url(name string) crm.Field                  { return field(name, crm.TypeURL, 255) }
func check(name string) crm.Field                { return field(name, crm.TypeBoolean, 0) }
func number(name string) crm.Field               { return field(name, crm.TypeNumber, 0) }
func currency(name string) crm.Field             { return field(name, crm.TypeCurrency, 0) }
func percent(name string) crm.Field              { return field(name, crm.TypePercent, 0) }
func date(name string) crm.Field                 { return field(name, crm.TypeDate, 0) }
func dateTime(name string) crm.Field             { return field(name, crm.TypeDateTime, 0) }

func picklist(name string, values ...string) crm.Field {
	f := field(name, crm.TypePicklist, 255)
	f.Values = values
	return f
}

func ref(name string, to ...crm.Object) crm.Field {
	f := field(name, crm.TypeReference, 0)
	f.RefersTo = to
	return f
}

// key is a unique external id that serves as the key of creates.
func key(name string, length int) crm.Field {
	f := text(name, length)
	f.ExternalID, f.Unique = true, true
	return f
}

// indexed is an external id by which records are looked for.
func indexed(name string, length int) crm.Field {
	f := text(name, length)
	f.ExternalID = true
	return f
}

func required(f crm.Field) crm.Field {
	f.Required = true
	return f
}

func readOnly(f crm.Field) crm.Field {
	f.Creatable, f.Updatable = false, false
	return f
}

// address gives the five parts of an address whose names share a prefix.
func address(prefix string) []crm.Field {
	return []crm.Field{
		longText(prefix+"Street", 255), text(prefix+"City", 40), text(prefix+"State", 80),
		text(prefix+"PostalCode", 20), text(prefix+"Country", 80),
	}
}

func leadSource() crm.Field {
	return picklist("LeadSource", "Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other", "Job Change")
}

func rating() crm.Field { return picklist("Rating", "Hot", "Warm", "Cold") }

func recordType() crm.Field { return ref("RecordTypeId", "RecordType") }

func owner() crm.Field { return ref("OwnerId", crm.ObjectUser, crm.ObjectGroup) }
