// Package salesforce holds what onward needs in a Salesforce org, as a project
// for the Salesforce CLI: the event object Job_Change__c, the fields that are
// added to Account, Contact and Lead, and two permission sets. README.md says how
// to deploy it.
//
// There is no Go code here but the tests. An org would refuse a permission on a
// field that does not exist only when somebody deploys it, and would never tell
// that a field has not the length that onward counts on; the tests do both.
package salesforce
