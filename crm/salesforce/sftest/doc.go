// Package sftest is a Salesforce org in the process: an HTTP server that speaks
// the REST wire format and is backed by a [memcrm.CRM], in the manner of
// net/http/httptest.
//
//	org := sftest.Start(t, nil)
//	org.URL, org.Token() // what a client needs
//
// It enforces what the platform enforces where a client can notice: OAuth and
// the expiry of tokens, versions, the length of requests, the sizes of
// collections, composite calls and graphs, required and unique fields, duplicate
// and validation rules, locked rows, the daily allowance. What it does not know
// it refuses; it never answers wrongly.
//
// The administrator's side (records, rules, locks, hidden records) is the CRM
// itself: see [Server.CRM]. [Server.Inject] makes calls fail on their way.
// [Server.Calls] counts them.
//
// # Where it differs
//
// Whoever may change the records of an object may delete them. Text comparison,
// duplicate rules and ids are those of memcrm. One user, the integration user,
// is logged in, whatever the token. Error codes are the documented ones; where
// Salesforce does not document the wording of a message, the wording is ours.
package sftest
