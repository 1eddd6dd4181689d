package crm

import (
	"context"
	"errors"
	"maps"
)

// Apply carries out writes, positionally: len(results) == len(batch) always, and
// what became of a write stands in its Result.
//
// # Order
//
// A write waits for the writes that its Link names, and gets their ids; parents
// go before children, in as few calls as that allows. Within that, writes go by
// verb, by object in the order of [Objects], then Parent, then Key. A Link to a key that
// is not in the batch is looked up in the CRM ([Driver].Landed); one that is
// nowhere is ErrInvalid. A write whose parent failed is ErrParent, and wraps the
// parent's error, so that it is retryable exactly when its parent is: ask for
// ErrParent first. Several updates of one record are never in one call; they
// keep the order of the batch unless links say otherwise.
//
// # Keys
//
// The same write twice, key and content, is one write with one result at both
// places. A key that comes again with other content is ErrInvalid there.
//
// # Updates
//
// The record is read before it is written. Set is sent where it differs, Fill
// where the field is blank (Set wins over Fill), and when nothing is left no
// call is made: the result has an empty Changed. That holds for a record that
// has moved on from If as well, because the wanted state is there; in all other
// cases another version than If is ErrStale. Before and Changed hold the fields
// sent. A record in the recycle bin is ErrStale, with the record it was merged
// into in Error.Matches; one that cannot be found at all is ErrNotVisible.
// On a create Fill is the same as Set; an upsert has no Fill (ErrInvalid),
// is always sent, and has no Before.
//
// # Failures
//
// Items and calls that are locked, throttled or unavailable are repeated after a
// pause, together, up to MaxAttempts. ErrQuota and ErrAuth end the batch at
// once, and so do MaxAttempts failed calls in a row and the end of the context:
// the writes that remain get that error (the context's in ErrUnavailable).
//
// After ErrUnknownOutcome creates and upserts are looked up by key, and only
// those that are not there are written again; of updates and upserts, the record
// is read again and written only if it lacks what was sent. A create that has
// landed counts as Created. If the look-up fails the item ends with
// ErrUnknownOutcome. A create of an object without a key field (see [Seeker]) is
// looked for by its name instead: where exactly one record fits, that is it;
// otherwise the item is ErrDoubtful, and never repeated. An answer with more or fewer results than writes is such an
// unknown outcome too.
//
// Ask [ClassOf] what became of an item; errors.Is answers for causes as well.
//
// # The error
//
// The error is set only when the batch was ended before anything was, or may
// have been, written. The results are complete even then.
func (c *Client) Apply(ctx context.Context, batch []Write) ([]Result, error) {
	a := newApply(c, batch)
	a.findLinked(ctx)
	for _, wave := range a.waves() {
		for _, round := range rounds(wave) {
			a.run(ctx, round)
		}
	}
	results := make([]Result, len(batch))
	for _, e := range a.effects {
		for _, at := range e.at {
			results[at] = e.result
			results[at].Before, results[at].Changed = e.result.Before.Clone(), e.result.Changed.Clone()
		}
	}
	if a.stop != nil && !a.wrote {
		return results, a.stop
	}
	return results, nil
}

// apply is one run of Apply.
type apply struct {
	client *Client
	limits Limits
	// effects are the distinct writes in the order of the batch, byKey those
	// that links can name.
	effects []*effect
	byKey   map[Key]*effect
	// linked holds the ids of records that links name outside of the batch.
	linked map[Key]string
	// failures counts failed write calls in a row, callErr is the latest of them.
	failures int
	callErr  error
	// wrote tells that something was or may have been written, stop is why
	// nothing more is sent.
	wrote bool
	stop  error
}

// effect is one distinct write on its way.
type effect struct {
	at    []int // positions in the batch
	asked Write
	want  Fields // Set with the linked ids; of a create, with Fill
	write Write  // what the driver gets
	wave  int
	rank  int // place of the object among the known ones

	done   bool
	result Result

	// tries counts sendings, last is the latest error that may be repeated.
	tries int
	last  error
	// unsure: sent, and the outcome is unknown. before and changed are those of
	// the latest sending.
	unsure          bool
	before, changed Fields
	// keyless creates leave no key in the CRM by which they could be looked up.
	keyless bool
	// landed is the id of an upserted record that is to be read back.
	landed string
}

func newApply(c *Client, batch []Write) *apply {
	a := &apply{client: c, limits: c.driver.Limits(), byKey: map[Key]*effect{}, linked: map[Key]string{}}
	for i, w := range batch {
		first := a.byKey[w.Key]
		if first != nil && sameWrite(first.asked, w) {
			first.at = append(first.at, i)
			continue
		}
		e := &effect{at: []int{i}, asked: w, write: w, rank: objectRank(w.Object)}
		e.keyless = w.Verb == VerbCreate && c.keyless(w.Object)
		e.unsure = e.keyless && w.Again
		a.effects = append(a.effects, e)
		if code, fields := wrong(w); code != "" {
			e.fail(&Error{Op: "write", Object: w.Object, Key: w.Key, Class: ErrInvalid, Code: code, Fields: fields})
		}
		if first != nil {
			e.fail(&Error{Op: "write", Object: w.Object, Key: w.Key, Class: ErrInvalid, Code: "KEY_USED_TWICE"})
		} else if w.Key != "" {
			a.byKey[w.Key] = e
		}
	}
	return a
}

// maxKey is the length of the external-id field.
const maxKey = 64

// wrong names what no CRM can make sense of.
func wrong(w Write) (code string, fields []string) {
	switch {
	case w.Key == "":
		return "KEY_MISSING", nil
	case len(w.Key) > maxKey:
		return "KEY_TOO_LONG", nil
	case w.Object == "":
		return "OBJECT_MISSING", nil
	case w.Verb == VerbUpdate && w.ID == "":
		return "ID_MISSING", nil
	case w.Verb == VerbUpsert && len(w.Fill) > 0:
		return "FILL_ON_UPSERT", w.Fill.Names()
	case w.Verb == VerbCreate, w.Verb == VerbUpsert:
		if w.ID != "" {
			return "ID_ON_" + string(w.Verb), nil
		}
		return "", nil
	case w.Verb != VerbUpdate:
		return "UNKNOWN_VERB", nil
	}
	return "", nil
}

func sameWrite(a, b Write) bool {
	return a.Key == b.Key && a.Verb == b.Verb && a.Object == b.Object && a.ID == b.ID && a.Parent == b.Parent &&
		a.If == b.If && a.Assign == b.Assign && a.AllowDuplicate == b.AllowDuplicate &&
		maps.Equal(a.Set, b.Set) && maps.Equal(a.Fill, b.Fill) && maps.Equal(a.Link, b.Link)
}

func (e *effect) fail(err error) { e.finish(Result{Err: err}) }

func (e *effect) finish(r Result) { e.done, e.result = true, r }

// failed ends the effect with a cause that may be another item's or a call's.
// While the outcome is unknown it stays so, whatever went wrong after.
func (e *effect) failed(cause error) {
	if e.unsure {
		e.fail(e.explain(ErrUnknownOutcome, cause))
		return
	}
	class := ClassOf(cause)
	if class == ErrUnknownOutcome && e.tries == 0 {
		class, cause = ErrUnavailable, nil // another's outcome; this one never left
	}
	if class == nil {
		class = ErrUnavailable
	}
	e.fail(e.explain(class, cause))
}

// explain says in the name of this write what happened: the cause's details are
// kept, its text is not.
func (e *effect) explain(class, cause error) *Error {
	out := &Error{Op: "write", Object: e.asked.Object, Key: e.asked.Key, Class: class, Err: cause}
	var inner *Error
	if errors.As(cause, &inner) {
		if inner.Key == out.Key && inner.Class == class && inner.Op == "write" {
			return inner
		}
		out.Code, out.Fields, out.RetryAfter = inner.Code, inner.Fields, inner.RetryAfter
		out.Rule, out.Matches = inner.Rule, inner.Matches
	}
	return out
}
