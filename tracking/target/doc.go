// Package target knows the accounts that a team watches, and whom among the people
// found there it wants. It is pure.
//
// A [Report] says what its rows are to the team, whether people are looked for
// there, and which personas count. [Merge] makes one [Book] of all reports: an
// account that several hold is one account with several memberships, and its class
// follows the same precedence as everywhere (see package dri).
//
// [Round] chooses, among the people whom providers found, those that are delivered
// in one run: the best first, at most so many for each account; the rest is carried
// over to the next run.
//
// [Selection] and [Handoff] are the two halves of a configuration: which deliveries
// it is for, and what a rep gets of them. Package routing decides and acts by them.
package target
