package sqlstore

import (
	"context"

	"github.com/onward-crm/onward/internal/sqldb"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/rounds"
)

// handlesIn are the digests of the handles of keys.
func handlesIn(keys []string) []string { return tracking.Digests(tracking.Handles(keys)) }

// SeenOf gives where people were seen last; see rounds.Store.
func (s *Rounds) SeenOf(ctx context.Context, people [][]string) ([]rounds.Seen, error) {
	asked := map[string][]int{} // from a handle to the places of those who bear it
	var handles []string
	for i, keys := range people {
		for _, h := range handlesIn(keys) {
			if asked[h] == nil {
				handles = append(handles, h)
			}
			asked[h] = append(asked[h], i)
		}
	}
	out := make([]rounds.Seen, len(people))
	if len(handles) == 0 {
		return out, nil
	}
	type found struct {
		handle string
		data   string
	}
	rows, err := list(ctx, s.read, func(row scanner) (f found, err error) { return f, row.Scan(&f.handle, &f.data) },
		"SELECT h.handle, s.data FROM tracking_seen_handles h JOIN tracking_seen s ON s.id = h.seen WHERE h.handle"+
			among(s.read.Dialect())+"ORDER BY s.asked, s.id, h.handle", listOf(handles))
	if err != nil {
		return nil, failure(ctx, err)
	}
	for _, f := range rows { // the one asked last comes last
		var one rounds.Seen
		if err := read(f.data, &one); err != nil {
			return nil, failure(ctx, err)
		}
		for _, i := range asked[f.handle] {
			out[i] = one
		}
	}
	return out, nil
}

// See keeps where people were seen; see rounds.Store.
func (s *Rounds) See(ctx context.Context, all []rounds.Seen) error {
	all = lastOfEach(all)
	return s.tx(ctx, func(tx *sqldb.Tx) error {
		var handles []string
		for _, one := range all {
			handles = append(handles, handlesIn(one.Keys)...)
		}
		// Almost always the handles of before are those of now: then rows are changed
		// and nothing else.
		owners, err := ownersOf(ctx, tx, handles)
		if err != nil {
			return err
		}
		var anew []rounds.Seen
		for _, one := range all {
			if id, same := owners.only(handlesIn(one.Keys)); same {
				err = update(ctx, tx, id, one)
			} else {
				anew = append(anew, one)
			}
			if err != nil {
				return err
			}
		}
		return replace(ctx, tx, anew)
	})
}

// lastOfEach leaves out those who come again later in the list.
func lastOfEach(all []rounds.Seen) []rounds.Seen {
	met := map[string]bool{}
	out := make([]rounds.Seen, 0, len(all))
	for i := len(all) - 1; i >= 0; i-- {
		again := false
		handles := handlesIn(all[i].Keys)
		for _, h := range handles {
			again = again || met[h]
		}
		if again || len(handles) == 0 {
			continue
		}
		for _, h := range handles {
			met[h] = true
		}
		out = append(out, all[i])
	}
	return out
}

// owners lead from handles to ids, and from ids to the number of their handles.
type owners struct {
	of    map[string]string
	count map[string]int
}

func ownersOf(ctx context.Context, tx *sqldb.Tx, handles []string) (owners, error) {
	o := owners{of: map[string]string{}, count: map[string]int{}}
	type pair struct{ handle, seen string }
	rows, err := list(ctx, tx, func(row scanner) (p pair, err error) { return p, row.Scan(&p.handle, &p.seen) },
		"SELECT handle, seen FROM tracking_seen_handles WHERE seen IN (SELECT seen FROM tracking_seen_handles WHERE handle"+
			among(tx.Dialect())+") ORDER BY handle"+locked(tx.Dialect()), listOf(handles))
	for _, p := range rows {
		o.of[p.handle] = p.seen
		o.count[p.seen]++
	}
	return o, err
}

// only is the one whose handles are exactly these.
func (o owners) only(handles []string) (string, bool) {
	if len(handles) == 0 {
		return "", false
	}
	id, known := o.of[handles[0]]
	for _, h := range handles[1:] {
		known = known && o.of[h] == id
	}
	return id, known && o.count[id] == len(handles)
}

func update(ctx context.Context, tx *sqldb.Tx, id string, one rounds.Seen) error {
	data, err := document(one)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "UPDATE tracking_seen SET asked = ?, data = ? WHERE id = ?", micros(one.AskedAt), data, id)
	return err
}

// replace puts people in the place of all whom their handles reach.
func replace(ctx context.Context, tx *sqldb.Tx, all []rounds.Seen) error {
	if len(all) == 0 {
		return nil
	}
	var handles []string
	var rows, leads [][]any
	for _, one := range all {
		data, err := document(one)
		if err != nil {
			return err
		}
		own := handlesIn(one.Keys)
		handles = append(handles, own...)
		rows = append(rows, []any{own[0], micros(one.AskedAt), data})
		for _, h := range own {
			leads = append(leads, []any{h, own[0]})
		}
	}
	if _, err := forgetSeen(ctx, tx, listOf(handles)); err != nil {
		return err
	}
	if err := insert(ctx, tx, "tracking_seen (id, asked, data)", rows, "ON CONFLICT (id) DO UPDATE SET asked = excluded.asked, data = excluded.data"); err != nil {
		return err
	}
	return insert(ctx, tx, "tracking_seen_handles (handle, seen)", leads, "ON CONFLICT (handle) DO UPDATE SET seen = excluded.seen")
}

// forgetSeen removes whom handles reach, and counts them.
func forgetSeen(ctx context.Context, tx *sqldb.Tx, asked string) (int, error) {
	ids, err := list(ctx, tx, one[string], "SELECT DISTINCT seen FROM tracking_seen_handles WHERE handle"+among(tx.Dialect()), asked)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	if _, err := remove(ctx, tx, "tracking_seen_handles WHERE seen"+among(tx.Dialect()), listOf(ids)); err != nil {
		return 0, err
	}
	return remove(ctx, tx, "tracking_seen WHERE id"+among(tx.Dialect()), listOf(ids))
}
