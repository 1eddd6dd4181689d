// Package hubspotlist reads tracked contacts from a list of HubSpot: a
// [contacts.Source] over the lists and contacts of package crm/hubspot.
//
// Its columns are the contacts' properties. Each row bears the contact's HubSpot id,
// by which it is known whatever else is mapped. The list is read page by page, and
// what it names is read before the next page, so that a list of any length takes
// little memory; while HubSpot says that too much was asked at once, the reading
// waits. A list that is not there, holds no contacts or is still being built is
// refused before a row is read, with a text that says what to do.
package hubspotlist
