package outbox

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/onward-crm/onward/adapter"
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/hubspot"
	"github.com/onward-crm/onward/routing"
)

// PromiseWriteBack is the Kind of a Promise to write to a contact of HubSpot what became
// of its moves.
const PromiseWriteBack = "hubspot-write-back"

// ContactWriter writes results to contacts of HubSpot; *hubspot.Client is one. Errors are
// *crm.Error. Safe for concurrent use.
type ContactWriter interface {
	WriteBack(ctx context.Context, p hubspot.Properties, backs []hubspot.Back) ([]crm.Result, error)
}

// WriteBack says how contacts of HubSpot are told what became of their moves.
type WriteBack struct {
	Contacts   ContactWriter
	Properties hubspot.Properties
	// Portal is the account that Contacts writes to, which matters where reports come
	// from several.
	Portal string
	// Names gives the names of users by their ids, for the property of the directly
	// responsible person; ids that are not known are left out. Nil writes ids.
	Names func(ctx context.Context, ids []string) (map[string]string, error)
	// Later is when a contact is told again whose report repeated somebody else's: when
	// the people responsible for that are known. Default: DefaultLater.
	Later time.Duration
}

// DefaultLater is the default of WriteBack.Later: more than the half hour after which
// responsible people are looked for.
const DefaultLater = time.Hour

func (w *WriteBack) later() time.Duration {
	if w.Later > 0 {
		return w.Later
	}
	return DefaultLater
}

// backWidth is how many contacts are written at the same time, with two calls of
// HubSpot's.
const backWidth = 100

// backs writes results back. Whatever was promised, the contact is told what is true of
// it when it is written, so that neither repetition nor order matters; to that end only
// one group of contacts is looked up and written at a time. Safe for concurrent use.
type backs struct {
	opt    WriteBack
	ledger routing.Ledger
	names  userNames

	mu      sync.Mutex
	waiting []*backCall
	busy    bool
}

// openWriteBack makes the lane to HubSpot's contacts, if there is one.
func (b *Outbox) openWriteBack() {
	if b.opt.WriteBack == nil {
		return
	}
	w := *b.opt.WriteBack
	s := &backs{opt: w, ledger: b.opt.Ledger, names: userNames{ask: w.Names, now: b.opt.Now}}
	l := newLane(s.say, nil)
	l.places = make(chan struct{}, backWidth)
	b.lanes[laneKey{kind: PromiseWriteBack}] = l
}

// backCall is one delivery whose contact is to be told.
type backCall struct {
	rec  routing.Record
	done chan struct{}
	// told is what came of it, once done is closed.
	told *failure
}

// say tells the contact of a delivery, together with others that wait.
func (b *backs) say(ctx context.Context, p adapter.Promise, rec routing.Record) *failure {
	if stateAt(rec).Before(targetTime(p.Target)) {
		return &failure{early: true}
	}
	call := &backCall{rec: rec, done: make(chan struct{})}
	b.mu.Lock()
	b.waiting = append(b.waiting, call)
	leads := !b.busy
	b.busy = true
	b.mu.Unlock()
	if leads {
		b.work(ctx)
	}
	<-call.done
	return call.told
}

// work writes groups until nobody waits.
func (b *backs) work(ctx context.Context) {
	for {
		b.mu.Lock()
		group := b.waiting
		if len(group) > backWidth {
			group = group[:backWidth]
		}
		b.waiting = b.waiting[len(group):]
		b.busy = len(group) > 0
		b.mu.Unlock()
		if len(group) == 0 {
			return
		}
		b.write(ctx, group)
		for _, call := range group {
			close(call.done)
		}
	}
}

// write tells the contacts of a group.
func (b *backs) write(ctx context.Context, group []*backCall) {
	var out []hubspot.Back
	var of []*backCall
	var users []string
	for _, call := range group {
		contact, ok := contactOf(call.rec, b.opt.Portal)
		if !ok {
			continue // erased since, or of another account
		}
		last, err := b.latest(ctx, call.rec)
		if err != nil {
			call.told = &failure{text: "the ledger: " + err.Error(), trouble: true}
			continue
		}
		if last == nil {
			continue // nothing that a contact is told
		}
		back := backOf(*last)
		back.Contact = contact
		out, of, users = append(out, back), append(of, call), append(users, back.DRI)
	}
	if len(out) == 0 {
		return
	}
	names, err := b.names.of(ctx, users)
	if err != nil {
		fail(of, failureOf(err))
		return
	}
	for i := range out {
		if name := names[out[i].DRI]; name != "" {
			out[i].DRI = name
		}
	}
	results, err := b.opt.Contacts.WriteBack(ctx, b.opt.Properties, out)
	if err != nil {
		fail(of, failureOf(err))
		return
	}
	for i, r := range results {
		if r.Err != nil {
			of[i].told = failureOf(r.Err)
		}
	}
}

func fail(calls []*backCall, f *failure) {
	for _, call := range calls {
		call.told = f
	}
}

// The codes of package hubspot for properties that are not there or cannot be written.
const (
	codeNoProperty = "PROPERTY_DOESNT_EXIST"
	codeReadOnly   = "READ_ONLY_VALUE"
)

// failureOf says what to make of an error of HubSpot, or of the CRM that knows the
// users. A property that is missing and a permission that is lacking are troubles of the
// account: they can be mended, and all contacts wait for it.
func failureOf(err error) *failure {
	f := &failure{text: err.Error(), trouble: crm.Retryable(err) && !errors.Is(err, crm.ErrLocked)}
	var e *crm.Error
	if errors.As(err, &e) {
		f.after = e.RetryAfter
		f.trouble = f.trouble || e.Code == codeNoProperty || e.Code == codeReadOnly
	}
	switch {
	case errors.Is(err, crm.ErrNotFound):
		f.final = true
	case errors.Is(err, crm.ErrAuth), errors.Is(err, crm.ErrDenied):
		f.trouble = true
	}
	return f
}
