// Package soql reads and answers the query languages of Salesforce, SOQL and
// SOSL, over any source of records.
//
// [Parse] reads a statement, [Prepare] checks its names and types against the
// schemas, and [Statement.Run] answers it. [ParseSearch] and [Search.Run] do the
// same for SOSL. Everything that the package does not know is refused with the
// error code that the platform uses; nothing is ever answered by guess. A test
// server that understands half of a WHERE clause is worse than none.
//
// Conditions that every row must meet and that compare a field with values are
// handed to the source, which may have an index; all conditions are tested again
// on the rows that come back, so the answer does not depend on what the source
// made of them.
//
// Where the platform's rules are not obvious, they are these. Text compares
// without regard to case, except in unique external ids; ids compare on 18
// characters. A blank field equals null and differs from every value, so that
// "!=", "NOT IN" and NOT find it, while "<" and ">" do not. Blank fields sort
// first unless NULLS LAST is said. Days begin at midnight UTC, weeks on Sunday.
// Rows without ORDER BY come in order of id.
package soql
