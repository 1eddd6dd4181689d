// Package sponsor follows the people who stand for us at our accounts: from the
// first suggestion of a profile, through the changes that the profile reports, to
// the day on which the profile is gone.
//
// The life of a sponsor is one table: [Status.Next] reads it, docs/sponsors.md
// draws it. What is decided is computed from values: the difference between a
// record and a profile, what an update raises, which clock ran out ([Overdue]),
// which account has nobody ([Gaps]) and how many there are ([Tally]). A [Desk]
// ties that to a [Store], a [Provider] of profiles and a clock; the effects that a
// change has outside (tasks, moves, notices, values for the CRM's record) are
// stored with the change as [Effect] values and leave through a [Sender].
//
// Two people may act on one sponsor at once: a store saves a sponsor only over the
// version that was read, and the Desk decides again on the newer one.
package sponsor
