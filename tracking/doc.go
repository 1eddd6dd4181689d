// Package tracking knows the people who are followed: which kind of move a
// report is, and which titles belong to a persona. It is pure.
//
// [Classify] compares where a person was with where the person is now and says
// whether that is a job change at all: a rename, an acquisition, a promotion or
// a seat on a board is not.
//
// [NormalizeTitle] and [SeniorityOf] make job titles comparable; [Persona] is a
// named filter on them.
package tracking
