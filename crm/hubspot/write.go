package hubspot

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/onward-crm/onward/crm"
)

const (
	codeNotCreated = "CREATED_IN_SALESFORCE_ONLY"
	codeReadOnly   = "READ_ONLY_VALUE"
	codeMerged     = "RECORD_IS_MERGED"
	codeArchived   = "RECORD_IS_ARCHIVED"
	codeChanged    = "RECORD_HAS_CHANGED"
	codeUnresolved = "UNRESOLVED_FILL_OR_LINK"
)

var errNoCreates = errors.New("hubspot: records are created in Salesforce; to HubSpot only properties are written back")

// Write tries every update once; see crm.Driver. Creates and upserts are
// crm.ErrInvalid: records are created in Salesforce (see Upsert for what HubSpot can
// do itself). A batch of one object costs two calls: HubSpot takes an update of a
// merged record and puts it on the other one without a word, so the ids are read
// first. That look also compares Write.If; between the two, another user may still
// come. What HubSpot refuses is cut in halves until the refused records stand alone.
func (c *Client) Write(ctx context.Context, batch []crm.Write) ([]crm.Result, error) {
	b := &writing{client: c}
	for _, w := range batch {
		b.items = append(b.items, b.prepare(ctx, w))
	}
	for _, o := range []crm.Object{crm.ObjectAccount, crm.ObjectContact} {
		b.compare(ctx, o)
		b.send(ctx, o)
	}
	return b.answer()
}

// Landed tells which creates have arrived: none, because none is ever sent.
// crm.ErrNotFound for an object that HubSpot has not.
func (c *Client) Landed(_ context.Context, o crm.Object, _ []crm.Key) (map[crm.Key]string, error) {
	if kindOf(o) == "" && o != crm.ObjectUser {
		return nil, &crm.Error{Op: "landed", Object: o, Class: crm.ErrNotFound, Code: codeNoObject}
	}
	return map[crm.Key]string{}, nil
}

// writing is one run of Write.
type writing struct {
	client *Client
	items  []*item
	// stop is an error that every further call would meet.
	stop error
}

// item is one write on its way.
type item struct {
	w          crm.Write
	id         int64
	properties map[string]string
	result     crm.Result
	done       bool
	// callFailed tells that not the record but the call around it failed.
	callFailed bool
}

func (i *item) finish(r crm.Result) { i.done, i.result = true, r }

func (i *item) fail(err error) { i.finish(crm.Result{Err: about("write", i.w.Object, i.w.Key, err)}) }

func (i *item) refuse(class error, code string, fields ...string) {
	i.fail(&crm.Error{Class: class, Code: code, Fields: fields})
}

// failCall gives the error of a call to all that were in it.
func (b *writing) failCall(items []*item, err error) {
	for _, i := range items {
		i.callFailed = true
		i.fail(err)
	}
	if hopeless(err) {
		b.stop = err
	}
}

// prepare turns a write into what is sent, or into its refusal.
func (b *writing) prepare(ctx context.Context, w crm.Write) *item {
	i := &item{w: w}
	switch {
	case b.stop != nil:
		b.failCall([]*item{i}, b.stop)
		return i
	case kindOf(w.Object) == "":
		i.refuse(crm.ErrNotFound, codeNoObject)
		return i
	case w.Verb != crm.VerbUpdate:
		i.fail(&crm.Error{Class: crm.ErrInvalid, Code: codeNotCreated, Err: errNoCreates})
		return i
	case len(w.Fill) > 0 || len(w.Link) > 0:
		i.refuse(crm.ErrInvalid, codeUnresolved)
		return i
	}
	d, err := b.client.describe(ctx, w.Object)
	if err != nil {
		b.failCall([]*item{i}, err)
		return i
	}
	if i.id, err = ParseID(strings.TrimSpace(w.ID)); err != nil {
		i.refuse(crm.ErrInvalid, codeBadID, fieldID)
		return i
	}
	if i.properties, err = d.wireValues(w.Set); err != nil {
		i.fail(err)
	}
	return i
}

// wireValues turns the values of a record into what HubSpot takes. The error names all
// fields that it is about.
func (d *described) wireValues(set crm.Fields) (map[string]string, error) {
	out := make(map[string]string, len(set))
	wrong := &crm.Error{Class: crm.ErrInvalid}
	for _, name := range set.Names() {
		f, ok := d.byName[name]
		code := ""
		switch {
		case !ok:
			code = codeUnknownField
		case !f.Updatable:
			code = codeReadOnly
		default:
			out[d.property[name]], code = d.wireValue(f, set[name])
		}
		if code == "" {
			continue
		}
		if wrong.Code == "" {
			wrong.Code = code
		}
		wrong.Fields = append(wrong.Fields, name)
	}
	if wrong.Code != "" {
		return nil, wrong
	}
	return out, nil
}

// open are the items of an object that are still to be decided.
func (b *writing) open(o crm.Object) []*item {
	var out []*item
	for _, i := range b.items {
		if !i.done && i.w.Object == o {
			out = append(out, i)
		}
	}
	return out
}

// compare looks at the records: each must be there, under its own id, and in the
// version that the write asks for.
func (b *writing) compare(ctx context.Context, o crm.Object) {
	items := b.open(o)
	if len(items) == 0 {
		return
	}
	if b.stop != nil {
		b.failCall(items, b.stop)
		return
	}
	ids := make([]int64, len(items))
	for n, i := range items {
		ids[n] = i.id
	}
	found, err := b.client.byIDs(ctx, o, ids, readRequest{Properties: withOwn(nil)})
	if err != nil {
		b.failCall(items, err)
		return
	}
	var missing []*item
	for _, i := range items {
		a, ok := found[i.id]
		switch version := crm.Version(a.record.UpdatedAt); {
		case !ok:
			missing = append(missing, i)
		case a.merged:
			i.fail(&crm.Error{Class: crm.ErrStale, Code: codeMerged, Matches: []string{formatID(int64(a.record.ID))}})
		case i.w.If != "" && version != "" && version != i.w.If:
			i.refuse(crm.ErrStale, codeChanged)
		}
	}
	b.archived(ctx, o, missing)
}

// archived tells records that are in the recycle bin from those that never were.
func (b *writing) archived(ctx context.Context, o crm.Object, missing []*item) {
	if len(missing) == 0 {
		return
	}
	ids := make([]int64, len(missing))
	for n, i := range missing {
		ids[n] = i.id
	}
	found, err := b.client.archivedOf(ctx, o, ids, nil)
	if err != nil {
		b.failCall(missing, err)
		return
	}
	for _, i := range missing {
		a, ok := found[i.id]
		switch {
		case !ok:
			i.refuse(crm.ErrNotFound, categoryMissing)
		case a.merged:
			i.fail(&crm.Error{Class: crm.ErrStale, Code: codeMerged, Matches: []string{formatID(int64(a.record.ID))}})
		default:
			i.refuse(crm.ErrStale, codeArchived)
		}
	}
}

// send makes the updates of one object.
func (b *writing) send(ctx context.Context, o crm.Object) {
	var items []*item
	var inputs []input
	for _, i := range b.open(o) {
		if len(i.properties) == 0 {
			i.finish(crm.Result{ID: formatID(i.id)}) // nothing to say
			continue
		}
		items = append(items, i)
		inputs = append(inputs, input{ID: formatID(i.id), Properties: i.properties, Trace: strconv.Itoa(len(inputs))})
	}
	if len(items) == 0 {
		return
	}
	if b.stop != nil {
		b.failCall(items, b.stop)
		return
	}
	for n, out := range b.client.sendAll(ctx, o, "update", inputs) {
		i := items[n]
		switch {
		case out.call:
			b.failCall([]*item{i}, out.err)
		case out.err != nil:
			i.fail(out.err)
		default:
			i.finish(crm.Result{ID: formatID(out.id), Changed: i.w.Set.Clone()})
		}
	}
}

// answer puts the results together. The call failed only when everything failed with
// calls, and in the same way.
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

// about says in whose name an error came.
func about(op string, o crm.Object, key crm.Key, err error) error {
	e := &crm.Error{Op: op, Object: o, Key: key, Class: crm.ClassOf(err), Err: err}
	var inner *crm.Error
	if errors.As(err, &inner) {
		e.Code, e.Fields, e.Matches, e.RetryAfter, e.Err = inner.Code, inner.Fields, inner.Matches, inner.RetryAfter, inner.Err
	}
	if e.Class == nil {
		e.Class = crm.ErrUnavailable
	}
	return e
}
