package sponsor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/onward-crm/onward/crm"
)

// CRMSender brings tasks and accepted values into the CRM: a Sender of effects with a
// Task or a Write, each carried out once however often it is sent. Safe for concurrent
// use.
//
// Where the org has a key field on tasks (crm.Names.TaskKey), a task carries its key
// there and nothing else is needed. Elsewhere the key is the last line of the task's
// text: tasks of the same people and accounts are read before any is made, and those
// that were made are read again, so that none is taken for another. What may have
// been made and is not there yet is looked for again after a while, never repeated at
// once.
type CRMSender struct {
	client *crm.Client
	keyed  bool
}

// NewCRMSender makes one; names are the org's.
func NewCRMSender(client *crm.Client, names crm.Names) *CRMSender {
	return &CRMSender{client: client, keyed: names.KeyField(crm.ObjectTask) != ""}
}

// errInDoubt: a task may have been made. It has no class of package crm, so that it is
// tried again, after doubtWait.
var errInDoubt = errors.New("sponsor: send: the answer was lost, and the task is looked for again later")

// doubtWait is how long a task that may have been made is left alone: longer than any
// request of the CRM's lasts.
const doubtWait = 15 * time.Minute

// Send carries effects out, positionally; see Sender. The error is the CRM's when
// nothing was done.
func (c *CRMSender) Send(ctx context.Context, es []Effect) ([]error, error) {
	errs := make([]error, len(es))
	made, err := c.made(ctx, es)
	if err != nil {
		return nil, err
	}
	var batch []crm.Write
	var at []int
	for i, e := range es {
		switch {
		case e.Write != nil:
			batch, at = append(batch, *e.Write), append(at, i)
		case e.Task != nil && !made[e.Key]:
			batch, at = append(batch, c.write(e)), append(at, i)
		}
	}
	if len(batch) == 0 {
		return errs, nil
	}
	results, err := c.client.Apply(ctx, batch)
	if err != nil {
		return nil, err
	}
	for j, i := range at {
		errs[i] = results[j].Err
		if es[i].Task != nil && (errors.Is(errs[i], crm.ErrDoubtful) || errors.Is(errs[i], crm.ErrUnknownOutcome)) {
			errs[i] = errInDoubt
		}
	}
	c.confirm(ctx, es, errs, made)
	return errs, nil
}

// write is the task as the CRM gets it.
func (c *CRMSender) write(e Effect) crm.Write {
	w := e.Task.WriteAs(e.Key)
	if !c.keyed {
		w.Set["Description"] = strings.TrimSpace(w.Set["Description"] + "\n\n" + mark(e.Key))
		w.Since = e.At.Add(-clockSkew)
	}
	return w
}

// mark is the line by which a task without a key field is known.
func mark(key crm.Key) string { return fmt.Sprintf("(%s)", key) }

// clockSkew is by how much the CRM's clock may be behind ours.
const clockSkew = 5 * time.Minute

// confirm reads what was made without a key field: an answer that was lost may have
// been settled with a task that somebody else made for the same people. When the CRM
// is away meanwhile, everything is in doubt.
func (c *CRMSender) confirm(ctx context.Context, es []Effect, errs []error, before map[crm.Key]bool) {
	var sent []Effect
	for i, e := range es {
		if e.Task != nil && errs[i] == nil && !before[e.Key] {
			sent = append(sent, e)
		}
	}
	if c.keyed || len(sent) == 0 {
		return
	}
	made, err := c.made(ctx, sent)
	for i, e := range es {
		if e.Task != nil && errs[i] == nil && !before[e.Key] && (err != nil || !made[e.Key]) {
			errs[i] = errInDoubt
		}
	}
}

// made are the tasks that are there already, also those that somebody has thrown away.
func (c *CRMSender) made(ctx context.Context, es []Effect) (map[crm.Key]bool, error) {
	out := map[crm.Key]bool{}
	if c.keyed {
		return out, nil
	}
	qs := lookUps(es)
	if len(qs) == 0 {
		return out, nil
	}
	found, err := c.client.Find(ctx, qs)
	if err != nil {
		return nil, err
	}
	for _, rows := range found {
		for _, row := range rows {
			for _, e := range es {
				if e.Task != nil && strings.Contains(row.Fields["Description"], mark(e.Key)) {
					out[e.Key] = true
				}
			}
		}
	}
	return out, nil
}

// lookUps ask for the tasks that may be ours: by person, else by what they are about,
// else by their subject, since the text itself cannot be asked for.
func lookUps(es []Effect) []crm.Query {
	values := map[string][]string{}
	var since time.Time
	for _, e := range es {
		if e.Task == nil {
			continue
		}
		if since.IsZero() || e.At.Before(since) {
			since = e.At
		}
		set := e.Task.WriteAs(e.Key).Set
		for _, field := range []string{"WhoId", "WhatId", "Subject"} {
			if set[field] != "" {
				values[field] = append(values[field], set[field])
				break
			}
		}
	}
	var qs []crm.Query
	for _, field := range []string{"WhoId", "WhatId", "Subject"} {
		if len(values[field]) == 0 {
			continue
		}
		slices.Sort(values[field])
		qs = append(qs, crm.Query{Object: crm.ObjectTask, Select: []string{"Description"}, Deleted: true, Where: []crm.Cond{
			{Field: field, Op: crm.OpIn, Values: slices.Compact(values[field])},
			{Field: "CreatedDate", Op: crm.OpSince, Values: []string{crm.FormatTime(since.Add(-clockSkew))}},
		}})
	}
	return qs
}
