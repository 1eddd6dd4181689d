// Package settings reads onward.yaml: the policy of routing, and where the
// program finds its CRM and its ledger.
//
// What the file says is laid over the defaults: keys that it does not mention
// keep them, at every depth; a list replaces a list. A text alone stands for a
// list of one. A key that does not exist is refused, with the nearest one that
// does. Every problem carries the line, the column and the piece of
// the file it is about, and all of them are reported at once.
//
// Some values may come from the environment instead, and win over the file; see
// [Environment]. Secrets come from nowhere else.
//
// The file is plain YAML without anchors, aliases and tags, so that a line can
// be understood where it stands. [Schema] describes it to editors; it is derived
// from the same types as everything else here.
package settings
