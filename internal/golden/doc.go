// Package golden reads and writes scenario files of tests: several named texts
// in one file, in the txtar format.
//
//	free text, the comment
//	-- first --
//	the first text
//	-- second --
//	the second text
//
// A scenario holds what is given, what is expected by hand, and what the program
// answered when somebody last looked at it and agreed.
package golden
