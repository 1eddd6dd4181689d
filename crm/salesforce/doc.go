// Package salesforce is the driver that reads from and writes to a Salesforce
// org over its REST API.
//
// [Open] logs in and gives an [*Org]: a crm.Driver for crm.NewClient, and beyond
// that reports, bulk jobs, flow actions, limits and the checks of the set-up.
//
//	org, err := salesforce.Open(ctx, salesforce.Options{
//		Instance: "https://acme.my.salesforce.com",
//		Login:    salesforce.ClientCredentials{ID: id, Secret: secret},
//	})
//
// # The way down
//
// Calls go through github.com/k-capehart/go-salesforce and leave its side by a
// URL scheme of our own, so that time-outs, status, headers, sessions and
// repetitions are in our hands and nothing of the host program is changed. Where
// the host has replaced http.DefaultTransport, or Options.HTTPClient is set, the
// same calls go through that client directly. Nobody above notices which.
//
// A call that reads, or that does the same when it is done twice, is repeated a
// few times when the connection breaks or the server is out of order. All others
// are sent once: an answer that was lost is crm.ErrUnknownOutcome, and the caller
// asks what has landed.
//
// # Sessions
//
// An expired session is renewed once for all calls that meet it, and they are
// sent again. Tokens, secrets and keys appear in no error and no log, and go to
// no host outside the allow-list; redirects are not followed.
//
// # Budget
//
// Every answer tells how much of the daily allowance is used. Past
// Options.MaxShare nothing is sent any more: calls fail with crm.ErrQuota until
// the org reports that usage has fallen.
package salesforce
