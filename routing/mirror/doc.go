// Package mirror finds the accounts that a company may be: from a copy of the
// CRM's accounts in memory, or by asking the CRM.
//
// A [Mirror] keeps a matching.Index of all accounts, with the e-mail domains of
// their contacts, their open opportunities and the state of their owners. No
// query is made for a move. [Open] restores it from a file, or reads everything
// once; after that [Mirror.Refresh] reads only what changed, in one call of the
// CRM as a rule. Changes may be read twice and in any order. What deltas cannot
// tell, such as records that were erased for good or taken out of the
// integration user's sight, and fields that change without a trace (formulas,
// dates of activities), ends with [Mirror.Reload].
//
// [Live] keeps nothing and asks for every batch: for small CRMs and single runs.
//
// Both are a routing.AccountFinder. They may be behind the CRM, so the engine
// reads the account that was chosen again before it writes.
package mirror
