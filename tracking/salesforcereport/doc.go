// Package salesforcereport reads tracked contacts from a report of a Salesforce org: a
// [contacts.Source] over the report API of package crm/salesforce.
//
// A column is mapped by its label, as the report shows it, or by its API name where
// two columns bear one label. Columns by which a summary or matrix report is grouped
// are columns too. A report is described anew for each reading: one that was deleted,
// or lost a mapped column, is refused before a row is read, with a text that says what
// to do, so that nobody is taken for gone because a column is.
package salesforcereport
