// Package undo works out how a decision is taken back: from what was written and
// what was there before, and the records as they are now. It is pure, as the
// decision itself is.
//
// The rules:
//
//	what was done              the record now                  what becomes of it
//	-------------------------  ------------------------------  ------------------------------
//	a field was changed        holds what was written          the previous value is put back
//	                           holds the previous value        nothing: it is back already
//	                           holds something else            an obstacle: changed_since
//	                           deleted, merged or not visible  an obstacle: gone
//	a field was changed and no previous value is kept          an obstacle: no_previous_value
//	a record was created       there                           left, with what was changed since
//	                           deleted or not visible          nothing
//
// One obstacle is in the way of the whole: half a decision is not taken back.
//
// Records are never deleted. No CRM tells in one call whether notes, tasks, deals or
// members hang on a record, and onward's user needs no right to delete. What was
// created is left for a person, who is told whether it is as it was written.
package undo
