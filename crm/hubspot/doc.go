// Package hubspot is the driver for a HubSpot account: a [Client] is a [crm.Driver]
// that reads contacts, companies and owners and writes properties back. HubSpot is a
// source of moves, contacts and lists; records are created in Salesforce, so that a
// create is refused here.
//
// # Names
//
// Objects are Contact, Account (a company) and User (an owner). Fields bear HubSpot's
// own property names, and beside them Salesforce's for what both systems have:
// LastName is lastname, Title is jobtitle, Website is a company's domain. [Names]
// tells the rest. AccountId is the primary company of a contact, read from the
// association with the label "Primary", and cannot be written. Ids are whole numbers,
// and pages come in their numeric order.
//
// # How queries are answered
//
// By id or by a unique property, records are read in batches of 100; without any
// condition the whole list is read. Everything else goes to HubSpot's search, which
// lags some seconds behind writes: its answer is checked row by row, but what it does
// not know yet is missing. So nothing here asks the search whether a write has landed.
// Deleted records can be asked for by id, or all together.
//
// # Merged records
//
// HubSpot answers for an id that was merged into another with that other record, and
// even takes writes under it. The driver compares: such a record is deleted, its
// MasterID is the one that answered, and a write to it is crm.ErrStale. WriteBack
// follows to the present record and tells its id.
//
// Calls go through go-hubspot, of which nothing is exported. That client knows no
// context, repeats nothing and hides headers; so each call gets one of its own whose
// transport carries the context, keeps to the rate limits, repeats reads, and keeps
// the real answer for this package to judge.
//
// Errors are [crm.Error] values. Neither they nor the log hold tokens or values.
package hubspot
