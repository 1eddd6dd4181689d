package salesforce

import (
	"context"
	"errors"

	"github.com/onward-crm/onward/crm"
)

// Write tries every write once; see crm.Driver. The batch goes out as
// collections, one call for each manner of writing (verb, assignment rules,
// duplicate rules), and what happened to one record stands in its result.
//
// What describe can tell is refused without being sent: unknown and read-only
// fields, values of the wrong type, texts that are too long (or they are cut, with
// Options.CutLong). Collections know no conditions, so that Write.If is compared
// in one more call before; between the two another user may still come.
//
// Some refusals need a second look, each batch at most one of a kind: a create
// that was refused may be there already, by its key; collections do not tell
// which records a duplicate rule found; a record that is gone may have been
// merged or converted. What stands behind a call that the caller's context ended
// was not sent: it is crm.ErrUnavailable, not of unknown outcome.
func (g *Org) Write(ctx context.Context, batch []crm.Write) ([]crm.Result, error) {
	b := &writing{org: g}
	for _, w := range batch {
		b.items = append(b.items, b.prepare(ctx, w))
	}
	b.compareVersions(ctx)
	for _, group := range b.groups() {
		b.send(ctx, group)
	}
	b.landed(ctx)
	b.duplicates(ctx)
	b.gone(ctx)
	return b.answer()
}

// writing is one run of Write.
type writing struct {
	org   *Org
	items []*item
	// stop is an error that every further call would meet.
	stop error
}

// item is one write on its way.
type item struct {
	w crm.Write
	d *described
	// key is the name of the field for the key, "" where there is none.
	key string
	// fields are the values to send, as JSON; the key is among them only on
	// creates.
	fields jsonFields
	result crm.Result
	done   bool
	// callFailed tells that not the record but the call around it failed.
	callFailed bool
	// keyAt is the record of which a refusal said that it has our key.
	keyAt string
}

func (i *item) finish(r crm.Result) { i.done, i.result = true, r }

func (i *item) fail(err error) { i.finish(crm.Result{Err: about("write", i.w.Object, i.w.Key, err)}) }

func (i *item) refuse(class error, code string, fields ...string) {
	i.fail(&crm.Error{Class: class, Code: code, Fields: fields})
}

// failed is the error of a finished item, nil when it has none.
func (i *item) failed() *crm.Error {
	var e *crm.Error
	if i.done && errors.As(i.result.Err, &e) {
		return e
	}
	return nil
}

// failCall gives the error of a call to all that were in it.
func (b *writing) failCall(items []*item, err error) {
	for _, i := range items {
		i.callFailed = true
		i.fail(err)
	}
	if hopeless(err) {
		b.stop = notSent(err)
	}
}

// prepare turns a write into what is sent, or into its refusal.
func (b *writing) prepare(ctx context.Context, w crm.Write) *item {
	i := &item{w: w, key: b.org.opt.Names.KeyField(w.Object)}
	if b.stop != nil {
		b.failCall([]*item{i}, b.stop)
		return i
	}
	var err error
	if i.d, err = b.org.describe(ctx, w.Object); err != nil {
		if errors.Is(err, crm.ErrNotFound) {
			i.refuse(crm.ErrNotFound, "INVALID_TYPE")
		} else {
			b.failCall([]*item{i}, err)
		}
		return i
	}
	if i.checkVerb(); !i.done {
		b.fill(ctx, i)
	}
	return i
}

// checkVerb asks what can be asked without looking at the values.
func (i *item) checkVerb() {
	may := i.d.schema.Updatable
	switch {
	case len(i.w.Fill) > 0 || len(i.w.Link) > 0:
		i.refuse(crm.ErrInvalid, "UNRESOLVED_FILL_OR_LINK")
		return
	case i.w.Verb == crm.VerbCreate:
		may = i.d.schema.Creatable
	case i.w.Verb == crm.VerbUpdate:
		id, err := crm.WidenID(i.w.ID)
		if err != nil {
			i.refuse(crm.ErrInvalid, "MALFORMED_ID", "Id")
			return
		}
		i.w.ID = id
	case i.w.Verb == crm.VerbUpsert:
		if i.key == "" || i.w.Key == "" {
			i.refuse(crm.ErrInvalid, "MISSING_ARGUMENT")
			return
		}
	default:
		i.refuse(crm.ErrInvalid, "UNKNOWN_VERB")
		return
	}
	switch {
	case !may:
		i.refuse(crm.ErrDenied, "INSUFFICIENT_ACCESS_OR_READONLY")
	case i.w.Verb != crm.VerbUpdate && i.key != "" && !i.d.byName[i.key].Creatable:
		// Without the field a lost answer could mean a second record. An org that
		// has no such field says so in Names.Keyless.
		i.refuse(crm.ErrInvalid, "INVALID_FIELD", i.key)
	}
}

// compareVersions refuses updates of records that have moved on.
func (b *writing) compareVersions(ctx context.Context) {
	var guarded []*item
	for _, i := range b.items {
		if !i.done && i.w.Verb == crm.VerbUpdate && i.w.If != "" {
			guarded = append(guarded, i)
		}
	}
	rows, errs := b.read(ctx, refsOf(guarded), nil, false)
	for n, i := range guarded {
		switch {
		case errs[n] != nil:
			b.failCall([]*item{i}, errs[n])
		case rows[n].Version != "" && rows[n].Version != i.w.If:
			i.refuse(crm.ErrStale, "ENTITY_IS_CHANGED")
		}
	}
}

func refsOf(items []*item) []crm.Ref {
	refs := make([]crm.Ref, len(items))
	for n, i := range items {
		refs[n] = crm.Ref{Object: i.w.Object, ID: i.w.ID}
	}
	return refs
}

// answer puts the results together. The call failed only when everything failed
// with calls, and in the same way.
func (b *writing) answer() ([]crm.Result, error) {
	results := make([]crm.Result, len(b.items))
	failed := len(b.items) > 0
	for n, i := range b.items {
		results[n] = i.result
		failed = failed && i.callFailed && crm.ClassOf(i.result.Err) == crm.ClassOf(results[0].Err)
	}
	if failed {
		return nil, about("write", "", "", results[0].Err)
	}
	return results, nil
}
