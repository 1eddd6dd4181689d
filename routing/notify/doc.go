// Package notify tells people about moves: once a week in a digest, and at once in
// notices. It gathers the facts from the ledger, has package digest make the content
// and package letter the looks, and sends the result by e-mail (notify/mail) or chat
// (notify/slack).
//
// # Who is told what
//
// [Digests] sends each responsible user a digest of the week, and each manager a
// summary of the digests of their reports. [Notices] is a [routing.Notifier]: it tells
// of a move as soon as it is done.
//
// # Channels
//
// A [Sender] is one way to reach somebody. A [Courier] holds several, in order: the
// next is tried when one does not know the person, refuses the message or does not let
// us in. So "Slack by e-mail address, else a channel, else e-mail" is a list of three
// (DR17). One that is away is waited for, and only passed over in the end: what it was
// given may have arrived. No failure is fatal; it is logged by its class and reason,
// without addresses, names or secrets.
//
// # Once
//
// [Sent] remembers what was sent: a message is claimed under a key (one for each user
// and week, DR16) before it is sent, and marked afterwards. Two processes never send
// the same message at once. A process that dies between sending and marking leaves a
// claim that ends by itself; the message is then sent once more, with the same
// Message-ID, by which mail programs drop the second.
package notify
