// Package digest makes what people are told about moves: the weekly digest of a
// responsible user, the summary for a manager, and single notices. It is pure:
// facts in, a [Message] out. How a message looks is the business of
// routing/notify/letter, how it is sent that of routing/notify.
//
// # From facts to messages
//
// A [Change] is a finished move with those who are responsible for its halves, a
// [Review] one that waits for somebody's decision, an [Update] news of a tracked
// sponsor. A [Book] files them by responsible user:
//
//	book := digest.NewBook(facts)
//	for _, user := range book.Users() {
//		m := book.Weekly(user, window)
//		if !m.Empty() { … }
//	}
//
// A digest holds the changes that finished within its window and whose responsible
// user is this one now, in a section for each scenario and class of account; all
// reviews that wait; and updates of the window. Sections without rows are left out, and
// a digest without sections is empty: nobody is sent one. Somebody who is responsible
// for both halves of a move reads one row with both.
//
// # Weeks
//
// A [Week] is an ISO 8601 week on the clock of the organisation. Its digest is due on
// its Monday and tells of what happened before that Monday began, so it says the same
// however late it is sent.
package digest
