package crm

import (
	"cmp"
	"context"
	"errors"
	"slices"
)

// run takes a round of effects to their ends: passes of looking, reading and
// writing, with pauses between them, until none is open.
func (a *apply) run(ctx context.Context, round []*effect) {
	if a.stop == nil {
		a.link(round)
	}
	for {
		round = slices.DeleteFunc(round, func(e *effect) bool { return e.done })
		if len(round) == 0 {
			return
		}
		if err := ctx.Err(); err != nil {
			a.halt(&Error{Op: "write", Class: ErrUnavailable, Err: err})
		}
		if a.stop != nil {
			for _, e := range round {
				e.failed(a.stop)
			}
			return
		}
		attempt, again := a.pass(ctx, round)
		if again == nil {
			continue
		}
		if err := a.client.wait(ctx, "write", attempt, again); err != nil {
			a.halt(&Error{Op: "write", Class: ErrUnavailable, Err: err})
		}
	}
}

// pass tries every open effect once. It returns an error when some of them
// should be tried again after a pause, and which attempt it was.
func (a *apply) pass(ctx context.Context, round []*effect) (attempt int, again error) {
	a.settle(ctx, round)
	a.read(ctx, round)
	if slices.ContainsFunc(round, func(e *effect) bool { return e.done && e.result.Err == nil }) {
		a.failures = 0 // what was sent arrives, though answers are lost
	}
	var ready []*effect
	for _, e := range round {
		switch {
		case e.done:
		case e.tries >= a.client.attempts:
			e.failed(e.last)
		default:
			ready = append(ready, e)
		}
	}
	a.giveUp(ready)
	for chunk := range chunks(ready, a.limits.Writes) {
		if a.stop != nil || ctx.Err() != nil {
			return 0, nil
		}
		if a.send(ctx, chunk) {
			attempt, again = a.failures, a.callErr
			break
		}
	}
	if a.giveUp(ready) {
		return 0, nil
	}
	for _, e := range ready {
		if e.done || e.last == nil {
			continue
		}
		if e.tries > attempt || e.tries == attempt && retryAfter(e.last) > retryAfter(again) {
			attempt, again = e.tries, e.last
		}
	}
	return attempt, again
}

// giveUp ends the batch when too many calls in a row have failed, though not
// before those of unknown outcome have been asked for.
func (a *apply) giveUp(open []*effect) bool {
	unsure := slices.ContainsFunc(open, func(e *effect) bool { return e.unsure && !e.done })
	if a.failures < a.client.attempts || unsure {
		return false
	}
	a.halt(a.callErr)
	return true
}

// send makes one call; true when the call failed in a way that lets the others
// wait as well.
func (a *apply) send(ctx context.Context, chunk []*effect) bool {
	batch := make([]Write, len(chunk))
	for i, e := range chunk {
		e.tries++
		batch[i] = e.write
	}
	a.client.write.Add(1)
	results, err := a.client.driver.Write(ctx, batch)
	if err == nil && len(results) != len(batch) {
		err = &Error{Op: "write", Class: ErrUnknownOutcome, Code: "WRONG_NUMBER_OF_RESULTS"}
	}
	if err == nil {
		a.failures = 0
		for i, e := range chunk {
			a.store(e, results[i])
		}
		return false
	}
	if ClassOf(err) == nil {
		err = &Error{Op: "write", Class: ErrUnknownOutcome, Err: err}
	}
	if worthWaiting(err) {
		a.failures++
		a.callErr = err
	}
	for _, e := range chunk {
		a.store(e, Result{Err: err})
	}
	return worthWaiting(err)
}

// store puts away what became of one sending.
func (a *apply) store(e *effect, r Result) {
	err := r.Err
	if err == nil && r.ID == "" && e.asked.Verb != VerbUpdate || err != nil && ClassOf(err) == nil {
		err = &Error{Op: "write", Class: ErrUnknownOutcome, Code: "NO_CLEAR_RESULT", Err: err}
	}
	if err == nil {
		a.wrote = true
		e.finish(e.success(r))
		return
	}
	e.unsure, e.last = errors.Is(err, ErrUnknownOutcome), err
	a.wrote = a.wrote || e.unsure
	a.endBy(err)
	if !worthWaiting(err) || e.tries >= a.client.attempts && !e.unsure {
		e.failed(err)
	}
}

// success is the result of a write that the driver answered for.
func (e *effect) success(r Result) Result {
	switch {
	case e.asked.Verb == VerbUpdate:
		return Result{ID: cmp.Or(r.ID, e.write.ID), Before: e.before, Changed: e.changed}
	case e.asked.Verb == VerbCreate && !r.Created:
		return Result{ID: r.ID}
	default:
		return Result{ID: r.ID, Created: r.Created, Changed: e.write.Set}
	}
}

// endBy stops the batch after an error that all further calls would meet.
func (a *apply) endBy(err error) {
	if errors.Is(err, ErrAuth) || Retryable(err) && !worthWaiting(err) {
		a.halt(err)
	}
}

func (a *apply) halt(err error) {
	if a.stop == nil {
		a.stop = classed("write", "", err)
	}
}

// settle asks which creates and upserts of unknown outcome have arrived. A
// create that has is done; an upsert that has is read back.
func (a *apply) settle(ctx context.Context, round []*effect) {
	a.seek(ctx, round)
	unsure := map[Object][]*effect{}
	for _, e := range round {
		if e.unsure && !e.done && e.asked.Verb != VerbUpdate {
			unsure[e.asked.Object] = append(unsure[e.asked.Object], e)
		}
	}
	for _, o := range sortedObjects(unsure) {
		keys := make([]Key, len(unsure[o]))
		for i, e := range unsure[o] {
			keys[i] = e.asked.Key
		}
		found, err := a.client.Landed(ctx, o, keys)
		if err != nil {
			a.endBy(err)
		}
		for _, e := range unsure[o] {
			id := found[e.asked.Key]
			switch {
			case err != nil:
				e.failed(err)
			case id == "":
				e.unsure, e.landed = false, ""
			case e.asked.Verb == VerbCreate:
				e.finish(Result{ID: id, Created: true, Changed: e.write.Set})
			default:
				e.landed = id
			}
		}
	}
}

func sortedObjects[T any](of map[Object]T) []Object {
	objects := make([]Object, 0, len(of))
	for o := range of {
		objects = append(objects, o)
	}
	slices.SortFunc(objects, func(a, b Object) int {
		return cmp.Or(cmp.Compare(objectRank(a), objectRank(b)), cmp.Compare(a, b))
	})
	return objects
}
