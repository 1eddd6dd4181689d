package memcrm

import (
	"slices"

	"github.com/onward-crm/onward/crm"
)

func userFields(n crm.Names) []crm.Field {
	return []crm.Field{
		text("Name", 121), text("FirstName", 40), text("LastName", 80), text("Username", 80),
		field("Email", crm.TypeEmail, 128), text("Title", 80), text("Department", 80), text("Division", 80),
		phone("Phone"), check("IsActive"), text("Country", 80), text("State", 80), text("City", 40),
		ref("ManagerId", crm.ObjectUser), ref(n.UserBackup, crm.ObjectUser, crm.ObjectGroup),
		text("TimeZoneSidKey", 40), text("UserType", 40), ref("ProfileId", "Profile"), ref("UserRoleId", "UserRole"),
	}
}

func groupFields() []crm.Field {
	return []crm.Field{text("Name", 40), text("DeveloperName", 80), picklist("Type", "Queue", "Regular"), email("Email")}
}

func accountFields(n crm.Names) []crm.Field {
	return slices.Concat([]crm.Field{
		required(text("Name", 255)), readOnly(ref("MasterRecordId", crm.ObjectAccount)), recordType(), owner(),
		url("Website"), phone("Phone"), picklist("Type", "Prospect", "Customer", "Partner", "Competitor", "Other"),
		picklist("Industry"), rating(), currency("AnnualRevenue"), number("NumberOfEmployees"),
		longText("Description", 32000), text("AccountNumber", 40), text("Site", 80), text("TickerSymbol", 20),
		picklist("AccountSource"), ref("ParentId", crm.ObjectAccount), readOnly(date("LastActivityDate")),
		key(n.Key, 64), url(n.AccountLinkedIn), text(n.AccountDomains, 255),
		ref("CSM__c", crm.ObjectUser), ref("SDR__c", crm.ObjectUser), check("Target_Account__c"),
	}, address("Billing"), address("Shipping"))
}

func contactFields(n crm.Names) []crm.Field {
	return slices.Concat([]crm.Field{
		readOnly(text("Name", 121)), text("FirstName", 40), required(text("LastName", 80)), text("Salutation", 40),
		readOnly(ref("MasterRecordId", crm.ObjectContact)), recordType(), owner(),
		ref("AccountId", crm.ObjectAccount), ref("ReportsToId", crm.ObjectContact),
		email("Email"), text("Title", 128), text("Department", 80), phone("Phone"), phone("MobilePhone"), phone("HomePhone"),
		leadSource(), longText("Description", 32000), check("HasOptedOutOfEmail"), check("DoNotCall"), date("Birthdate"),
		readOnly(date("LastActivityDate")), key(n.Key, 64), indexed(n.PersonLinkedIn, 255),
	}, otherEmails(n), past(n), address("Mailing"), address("Other"))
}

func leadFields(n crm.Names) []crm.Field {
	return slices.Concat([]crm.Field{
		readOnly(text("Name", 121)), text("FirstName", 40), required(text("LastName", 80)), text("Salutation", 40),
		readOnly(ref("MasterRecordId", crm.ObjectLead)), recordType(), owner(),
		required(text("Company", 255)), url("Website"), email("Email"), text("Title", 128),
		phone("Phone"), phone("MobilePhone"), leadSource(), rating(),
		picklist("Status", "Open - Not Contacted", "Working - Contacted", "Closed - Converted", "Closed - Not Converted"),
		picklist("Industry"), currency("AnnualRevenue"), number("NumberOfEmployees"), longText("Description", 32000),
		check("HasOptedOutOfEmail"), check("DoNotCall"), readOnly(date("LastActivityDate")),
		readOnly(check("IsConverted")), readOnly(date("ConvertedDate")),
		readOnly(ref("ConvertedContactId", crm.ObjectContact)), readOnly(ref("ConvertedAccountId", crm.ObjectAccount)),
		readOnly(ref("ConvertedOpportunityId", crm.ObjectOpportunity)),
		key(n.Key, 64), indexed(n.PersonLinkedIn, 255), ref("Matched_Account__c", crm.ObjectAccount),
	}, otherEmails(n), past(n), address(""))
}

func otherEmails(n crm.Names) []crm.Field {
	var out []crm.Field
	for _, name := range n.OtherEmails {
		out = append(out, email(name))
	}
	return out
}

// past are the fields that tie a person's old and new records together.
func past(n crm.Names) []crm.Field {
	return []crm.Field{
		check(n.Left), date(n.LeftOn), ref("Past_Account__c", crm.ObjectAccount), ref("Past_Contact__c", crm.ObjectContact),
		text("Past_Relationship__c", 255),
	}
}

func opportunityFields() []crm.Field {
	return []crm.Field{
		required(text("Name", 120)), recordType(), owner(), ref("AccountId", crm.ObjectAccount),
		required(picklist("StageName", "Prospecting", "Qualification", "Proposal", "Negotiation", "Closed Won", "Closed Lost")),
		required(date("CloseDate")), currency("Amount"), percent("Probability"), picklist("Type"), leadSource(),
		text("NextStep", 255), longText("Description", 32000), readOnly(check("IsClosed")), readOnly(check("IsWon")),
		readOnly(date("LastActivityDate")),
	}
}

func roleFields() []crm.Field {
	return []crm.Field{
		required(ref("OpportunityId", crm.ObjectOpportunity)), required(ref("ContactId", crm.ObjectContact)),
		picklist("Role", "Decision Maker", "Economic Buyer", "Evaluator", "Influencer", "Champion", "Other"), check("IsPrimary"),
	}
}

func teamFields() []crm.Field {
	return []crm.Field{
		required(ref("AccountId", crm.ObjectAccount)), required(ref("UserId", crm.ObjectUser)),
		picklist("TeamMemberRole", "Account Manager", "Customer Success Manager", "Executive Sponsor", "Sales Development Rep", "Sales Rep"),
	}
}

func campaignFields() []crm.Field {
	return []crm.Field{required(text("Name", 80)), owner(), picklist("Status"), picklist("Type"), check("IsActive")}
}

func memberFields() []crm.Field {
	return []crm.Field{
		required(ref("CampaignId", crm.ObjectCampaign)), ref("ContactId", crm.ObjectContact), ref("LeadId", crm.ObjectLead),
		picklist("Status"),
	}
}

func taskFields(n crm.Names) []crm.Field {
	return []crm.Field{
		key(n.TaskKey, 64), picklist("Type"),
		text("Subject", 255), owner(), ref("WhoId", crm.ObjectContact, crm.ObjectLead), ref("WhatId", crm.ObjectAccount, crm.ObjectOpportunity),
		date("ActivityDate"), picklist("Status"), picklist("Priority"), longText("Description", 32000),
	}
}

func jobChangeFields(n crm.Names) []crm.Field {
	return []crm.Field{
		readOnly(text("Name", 80)), owner(), key(n.EventKey, 64),
		picklist("Kind__c"), picklist("Outcome__c"), picklist("Status__c"), text("Reason__c", 255), check("Open__c"),
		longText("Explanation__c", 32768), picklist("Strategy__c"), picklist("Mode__c"), text("Source__c", 255),
		ref("Contact__c", crm.ObjectContact), ref("Lead__c", crm.ObjectLead),
		ref("Past_Contact__c", crm.ObjectContact), ref("Past_Lead__c", crm.ObjectLead),
		ref("Old_Account__c", crm.ObjectAccount), ref("New_Account__c", crm.ObjectAccount),
		text("Old_Company__c", 255), text("Old_Title__c", 255), text("New_Company__c", 255), text("New_Domain__c", 255),
		text("New_Title__c", 255), email("New_Email__c"), text("Relationship__c", 255), date("Occurred_On__c"),
		text("Account_Tier__c", 80), number("Account_Confidence__c"),
		ref("Current_Record_DRI__c", crm.ObjectUser), ref("Current_Record_DRI_Manager__c", crm.ObjectUser),
		ref("Past_Record_DRI__c", crm.ObjectUser), ref("Past_Record_DRI_Manager__c", crm.ObjectUser),
		ref("Record_Owner_Manager__c", crm.ObjectUser),
		text("DRI_Queue__c", 80), text("Flags__c", 255), text("Config_Version__c", 80), text("Decision_Id__c", 80),
	}
}
