// Package rounds asks providers where people are, round by round: where those who are
// tracked are now, and who is new at the accounts that are watched. What it finds it
// hands to a [Router], which makes events of it; each change is handed on once.
//
// [Rounds.Scan] looks after the people of one relationship and is made to be called
// by contacts.Service.RunDue. [Rounds.Reread] reads the reports of watched accounts,
// [Rounds.Targets] searches these accounts, chooses by target.Round and carries the
// rest over.
//
// Everything that was learned is in a [Store] before the next thing is asked. A round
// that is cut short by a limit, a time-out or the end of the process goes on where it
// was, and neither asks nor tells twice. [Memory] is a Store in memory, package
// roundstest the suite that defines one.
package rounds
