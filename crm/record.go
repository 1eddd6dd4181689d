package crm

import (
	"maps"
	"slices"
)

// Object is the API name of an object, such as "Contact".
type Object string

// The objects that onward knows. JobChange is the event record; its API name
// is a custom object's.
const (
	ObjectAccount         Object = "Account"
	ObjectContact         Object = "Contact"
	ObjectLead            Object = "Lead"
	ObjectUser            Object = "User"
	ObjectGroup           Object = "Group"
	ObjectOpportunity     Object = "Opportunity"
	ObjectOpportunityRole Object = "OpportunityContactRole"
	ObjectTeamMember      Object = "AccountTeamMember"
	ObjectJobChange       Object = "Job_Change__c"
	ObjectTask            Object = "Task"
	ObjectCampaign        Object = "Campaign"
	ObjectCampaignMember  Object = "CampaignMember"
)

// Objects lists the known objects in the order in which their records depend
// on one another: parents before children.
func Objects() []Object {
	return []Object{
		ObjectUser, ObjectGroup, ObjectAccount, ObjectContact, ObjectLead,
		ObjectOpportunity, ObjectOpportunityRole, ObjectTeamMember, ObjectJobChange, ObjectCampaign, ObjectCampaignMember, ObjectTask,
	}
}

// Fields maps API field names to values in text form (see the package
// comment). A missing field was not read; an empty one is blank.
type Fields map[string]string

// Clone returns a copy that shares nothing with f.
func (f Fields) Clone() Fields { return maps.Clone(f) }

// Names returns the field names in alphabetical order.
func (f Fields) Names() []string { return slices.Sorted(maps.Keys(f)) }

// Version is a record's version in the CRM's own terms (Salesforce:
// SystemModstamp). It is compared for equality only; empty means unknown.
type Version string

// Record is one row of the CRM.
type Record struct {
	Object  Object  `json:"object"`
	ID      string  `json:"id"`
	Version Version `json:"version,omitempty"`
	// Deleted tells that the row is in the recycle bin; MasterID is the row
	// that it was merged into. Both are only ever set when a Query asked for
	// deleted rows.
	Deleted  bool   `json:"deleted,omitempty"`
	MasterID string `json:"master_id,omitempty"`
	Fields   Fields `json:"fields,omitempty"`
}

// Ref names one record.
type Ref struct {
	Object Object `json:"object"`
	ID     string `json:"id"`
}
