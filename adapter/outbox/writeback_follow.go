package outbox

import (
	"context"
	"fmt"
	"strings"

	"github.com/onward-crm/onward/adapter"
	"github.com/onward-crm/onward/routing"
)

// ofHubSpot begins the keys of deliveries that HubSpot reported.
const ofHubSpot = "hubspot/"

// Follow is the ledger for an engine whose results contacts of HubSpot are told: whatever
// ends there, and whoever becomes responsible, is promised before it is stored. So no
// result is lost when the program is killed in between, and a promise whose result was
// not stored after all tells the contact what is true already. What comes from elsewhere
// than HubSpot is stored as it is, and so is everything without Options.WriteBack.
func (b *Outbox) Follow(l routing.Ledger) routing.Ledger {
	if b.opt.WriteBack == nil {
		return l
	}
	return &followed{Ledger: l, box: b}
}

type followed struct {
	routing.Ledger
	box *Outbox
}

// Finish promises what is worth telling, and ends the work.
func (f *followed) Finish(ctx context.Context, fs []routing.Finish) ([]error, error) {
	now := f.box.opt.Now().UTC()
	var ps []adapter.Promise
	for _, end := range fs {
		if end.Forget || !strings.HasPrefix(end.Fence.Key, ofHubSpot) || !worthTelling(end.Result) {
			continue
		}
		p := adapter.Promise{
			ID:   fmt.Sprintf("%s:%s:%d", PromiseWriteBack, end.Fence.Key, end.Fence.Attempt),
			Kind: PromiseWriteBack, Delivery: end.Fence.Key, Made: now, Due: now,
		}
		ps = append(ps, p)
		if end.Result.What == routing.WhatDuplicate {
			// Who is responsible for the first one may not be known yet.
			at := now.Add(f.box.opt.WriteBack.later())
			p.ID, p.Made, p.Due = p.ID+":later", at, at
			ps = append(ps, p)
		}
	}
	if err := f.promise(ctx, ps); err != nil {
		return nil, err
	}
	return f.Ledger.Finish(ctx, fs)
}

// Assigned promises to tell who is responsible, and stores it.
func (f *followed) Assigned(ctx context.Context, as []routing.DRIUpdate) ([]error, error) {
	now := f.box.opt.Now().UTC()
	var ps []adapter.Promise
	for _, a := range as {
		if a.State == nil || len(a.State.Assignments) == 0 || !strings.HasPrefix(a.Fence.Key, ofHubSpot) {
			continue
		}
		ps = append(ps, adapter.Promise{
			ID:   fmt.Sprintf("%s:%s:dri-%d", PromiseWriteBack, a.Fence.Key, a.Fence.Attempt),
			Kind: PromiseWriteBack, Delivery: a.Fence.Key, Target: targetOf(a.State.At), Made: now, Due: now,
		})
	}
	if err := f.promise(ctx, ps); err != nil {
		return nil, err
	}
	return f.Ledger.Assigned(ctx, as)
}

func (f *followed) promise(ctx context.Context, ps []adapter.Promise) error {
	if len(ps) == 0 {
		return nil
	}
	return f.box.opt.Store.Promise(ctx, ps)
}
