// Package tracking knows the people who are followed: who they are and why, which
// kind of move a report is, and which titles belong to a persona. It is pure.
//
// [Classify] compares where a person was with where the person is now and says
// whether that is a job change at all: a rename, an acquisition, a promotion or
// a seat on a board is not.
//
// [NormalizeTitle] and [SeniorityOf] make job titles comparable; [Persona] is a
// named filter on them.
//
// # Tracked contacts
//
// A [Person] is in lists, and each list stands for a [Relationship]. [Merge] makes one
// [Roster] of all lists: everybody once, under the highest-ranked relationship, with
// the counters of each. [Settle] compares it with who was tracked before; what changes
// is a [Credit], and [SumCredits] sums both ledgers by period. An [Import] says where a
// list comes from, a [Mapping] which columns it has, a [Rule] whose opportunities count.
// A [Scan] is claimed when a [Cycle] says that it is due. [MissingChampions],
// [NewScorecard] and [ChurnAlerts] tell what is not tracked, how well it works, and
// which account loses people.
//
// Package tracking/contacts does all of that over a store and sources.
package tracking
