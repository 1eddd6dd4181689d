// Package eventfile reads job changes from the files in which people keep them:
// CSV as spreadsheets export it, JSON Lines, or a JSON array.
//
// [Read] takes the good rows and lists the bad ones. What it cannot use it
// names, by file, line and column, with what it expected; it never guesses and
// never drops a row in silence. Values that it does not know are kept with the
// event as custom values, and their names are listed.
//
// A JSON text must say one thing only: a member that stands there twice, bytes
// that are not UTF-8 and values of another type are refused.
package eventfile
