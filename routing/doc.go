// Package routing decides what a reported move means for the CRM, and does it
// exactly once.
//
// # Decide, then act
//
// An [Event] is normalised ([Normalize]), the facts it needs are gathered
// ([Needs]), matched ([Match]) and decided ([Decide]) into a [Plan]: a value that
// holds every write, with its reasons. These are pure functions of a [Policy],
// an event and [Facts]; [Evaluate] is the last two together. Printing a plan is
// a dry run; comparing two is a replay.
//
// The [Engine] does the rest: it accepts events into a [Ledger], gathers facts
// from the CRM, keeps the plan before its first write, applies it, and records
// what became of it ([Conclude]). After a crash a kept plan is resumed under the
// same keys.
//
// # Ports
//
// A [Ledger] stores deliveries, plans, receipts and records, and is the queue.
// An [AccountFinder] gives candidates for a company. A [Notifier] takes notices,
// a [FlowInvoker] runs Salesforce Flows; both are optional.
//
// # Outcomes and errors
//
// What was decided is an [Outcome] with a [Reason]; filtered, review and blocked
// are outcomes. Errors are for what is broken: [ErrEvent] and [ErrConfig] name the
// fields, errors of the CRM and the ledger mean "later", and nothing is lost.
package routing
