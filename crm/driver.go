package crm

import "context"

// Driver is what a CRM back end implements. It is safe for concurrent use.
//
// A driver makes one attempt: it does not retry writes, order them or fill in
// links; the Client does. Every error is classed (errors.Is with the sentinels
// of this package) and holds neither secrets nor personal data.
//
// A driver is what passes the suite in crm/crmtest.
type Driver interface {
	// Limits tells how much fits into one call. The Client never exceeds it.
	Limits() Limits

	// Find answers several queries at once, positionally: len(pages) ==
	// len(qs). An error of one query stands in its page. At most
	// Limits.Queries queries, at most Limits.Values values in one condition.
	// Every returned field name is one that Select named; fields that the
	// record lacks are blank. An unknown field is ErrInvalid, not null. Where
	// deleted or merged rows were not asked for, they do not appear.
	Find(ctx context.Context, qs []Query) ([]Page, error)

	// Describe tells which fields an object has, for the integration user.
	// An object that does not exist is ErrNotFound.
	Describe(ctx context.Context, o Object) (Schema, error)

	// Write tries every write once, positionally: len(results) == len(batch).
	// At most Limits.Writes items, keys distinct, Fill and Link resolved.
	// A create whose key already exists in the CRM is not an error: its result
	// is the existing record with Created false. A record named by a duplicate
	// rule comes back as ErrDuplicate with Matches. When the call itself fails
	// the error is ErrUnknownOutcome if the batch may have landed, wholly or in
	// part; any other class means that nothing was written.
	Write(ctx context.Context, batch []Write) ([]Result, error)

	// Landed tells which creates and upserts have arrived: key by key, the id of
	// the record that carries it. It is asked before a write is repeated after
	// ErrUnknownOutcome, and must not lag behind writes (no search index).
	Landed(ctx context.Context, o Object, keys []Key) (map[Key]string, error)
}

// Limits says how much fits into one call of a driver. Zero means unlimited.
type Limits struct {
	// Queries is the number of queries in one Find, Values the number of values
	// in one condition, Rows the size of a page.
	Queries int
	Values  int
	Rows    int
	// ValueBytes is the sum of the lengths of one condition's values, each
	// URL-encoded and with six bytes for quotes and comma.
	ValueBytes int
	// Writes is the number of items in one Write, Keys in one Landed.
	Writes int
	Keys   int
}

// Seeker is implemented by drivers of CRMs in which some object may have no
// unique field for the key of a create: the declared weaker mode. There a lost
// answer cannot be settled by Landed.
type Seeker interface {
	// Keyless reports whether creates of an object leave no key in the CRM.
	Keyless(o Object) bool

	// Seek looks for what creates of unknown outcome may have made: records that
	// the integration user created at or after Write.Since and that bear the name
	// of the write. Positionally, the ids of all that fit, sorted.
	Seek(ctx context.Context, ws []Write) ([][]string, error)
}
