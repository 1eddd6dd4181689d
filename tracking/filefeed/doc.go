// Package filefeed reads where people are from a file, as a [tracking.Provider]: CSV
// (commas, semicolons or tabs, in UTF-8, UTF-16 or Windows-1252) or JSON Lines. One
// row is one present position. Rows that cannot be used are reported by their line,
// and the others count.
//
// Columns, and members of the JSON objects, are called
//
//	crm_id, hubspot_id, linkedin_url, email, first_name, last_name, full_name   who
//	company, domain, company_linkedin_url, account_id                           where
//	title, kind, country, state, city, started_on                               as what
//	left_on      the last day at the company: the person is gone from there
//	seen_at      when that was known, a date or a time
//
// Several rows of one person are several positions; the first is the main one. Names
// are compared without regard to case, blanks and dashes. Other columns are not read.
package filefeed
