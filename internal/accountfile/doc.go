// Package accountfile reads the two CSV files of onward match: a list of
// accounts, and a list of companies that are looked for among them.
//
// [Accounts] and [Queries] read the header and refuse what cannot be used as a
// whole: another encoding than UTF-8, a column that is missing or stands there
// twice. The headers of Salesforce's and HubSpot's exports are understood. Rows
// are then read one at a time, so that a file may be larger than memory. A bad
// row is skipped, counted and reported with its line and column; of a row that
// is good but for a value it can do without, only that value is left out.
//
// Unlike package table, which takes whole files in any encoding, this one never
// goes back to the start of a file, and so cannot find out what an encoding is.
package accountfile
