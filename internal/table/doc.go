// Package table reads CSV files as people export them.
//
// Spreadsheets and CRM exports differ in encoding (UTF-8 with or without a
// byte-order mark, UTF-16, Windows-1252), in the character between cells
// (comma, semicolon, tab) and in line ends. [Read] finds all of that out by
// itself. A row that cannot be understood is reported with its line, and the
// rows after it are still read; text whose encoding is in doubt is reported as
// well, never guessed.
package table
