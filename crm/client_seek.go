package crm

import (
	"context"
	"slices"
)

// keyless reports whether creates of an object leave no key in the CRM.
func (c *Client) keyless(o Object) bool {
	s, ok := c.driver.(Seeker)
	return ok && s.Keyless(o)
}

// seek looks for keyless creates of unknown outcome by what they are called.
// Exactly one record that fits is taken for the one that was sent. None is no
// proof that none will come, and two are one too many: such a create ends as
// doubtful, and is not sent again. Records that this batch knows as others' own,
// namesakes' say, are none of them.
func (a *apply) seek(ctx context.Context, round []*effect) {
	var unsure []*effect
	var ws []Write
	for _, e := range round {
		if e.unsure && e.keyless && !e.done {
			unsure, ws = append(unsure, e), append(ws, e.write)
		}
	}
	if len(ws) == 0 {
		return
	}
	found, err := a.client.seek(ctx, ws)
	if err != nil {
		a.endBy(err)
	}
	taken, others := map[string]int{}, a.made()
	for i := range found {
		found[i] = slices.DeleteFunc(found[i], func(id string) bool { return others[id] })
		for _, id := range found[i] {
			taken[id]++
		}
	}
	for i, e := range unsure {
		switch {
		case err != nil:
			e.failed(err)
		case len(found[i]) == 1 && taken[found[i][0]] == 1:
			e.finish(Result{ID: found[i][0], Created: true, Changed: e.write.Set})
		default:
			e.fail(&Error{Op: "landed", Object: e.asked.Object, Key: e.asked.Key, Class: ErrDoubtful, Code: "NO_KEY_FIELD", Matches: found[i]})
		}
	}
}

// made are the records that became of this batch's writes so far.
func (a *apply) made() map[string]bool {
	ids := map[string]bool{}
	for _, e := range a.effects {
		if e.done && e.result.ID != "" {
			ids[e.result.ID] = true
		}
	}
	return ids
}

// seek asks the driver, again where that can help.
func (c *Client) seek(ctx context.Context, ws []Write) ([][]string, error) {
	found := make([][]string, 0, len(ws))
	for chunk := range chunks(ws, c.driver.Limits().Keys) {
		var ids [][]string
		err := c.retry(ctx, "landed", chunk[0].Object, func() error {
			var err error
			c.landed.Add(1)
			ids, err = c.driver.(Seeker).Seek(ctx, chunk)
			if err == nil && len(ids) != len(chunk) {
				err = &Error{Op: "landed", Class: ErrUnavailable, Code: "WRONG_NUMBER_OF_RESULTS"}
			}
			return err
		})
		if err != nil {
			return nil, err
		}
		found = append(found, ids...)
	}
	return found, nil
}
