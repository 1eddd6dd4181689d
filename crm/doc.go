// Package crm holds the values that onward reads from and writes to a CRM, the
// port that a CRM back end implements, and the client that everybody else uses.
//
// Users hold a [Client]; back ends implement [Driver] and pass the exported
// conformance suite in crm/crmtest. Object and field names are Salesforce's:
// that is the CRM in which records are created.
//
// # Values
//
// A [Record] is one row: an object, an id and [Fields]. Field values are text,
// in the form of Salesforce's data export and Bulk API: booleans "true" and
// "false", numbers in decimal, dates 2006-01-02, times RFC 3339 in UTC,
// references as 18-character ids. The empty text is a blank field. One form for
// reading, comparing, storing and printing means that no value is ever changed
// by a conversion; drivers turn text into wire types by the schema.
//
// [Names] decodes records into typed values (Account, Person, User, …): it says
// which custom field holds what.
//
// # Writes
//
// A [Write] has a deterministic [Key]. A create is an insert that carries the
// key in a unique external-id field: doing it twice gives one record. Set
// overwrites, Fill touches only blank fields, Link puts in the id of a record
// that another write of the same batch creates.
//
// # Errors
//
// The second return value of a batch call means that the whole call failed.
// What happened to one item stands in its [Result]. Errors answer to a class
// through errors.Is (ErrDuplicate, ErrLocked, …) and carry details in [*Error].
package crm
