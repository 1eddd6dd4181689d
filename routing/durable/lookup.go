package durable

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/onward-crm/onward/internal/sqldb"
	"github.com/onward-crm/onward/routing"
)

// Lookup answers who is already known; see routing.Ledger.
func (l *Ledger) Lookup(ctx context.Context, q routing.Question) (routing.Answer, error) {
	a := routing.Answer{Known: map[routing.Alias]routing.Identity{}, Buried: map[string]bool{}, Rota: map[string]int{}}
	err := ctx.Err()
	if err == nil {
		err = knownOf(ctx, l.db, q.Aliases, a.Known)
	}
	if err == nil {
		err = buriedOf(ctx, l.db, q.Tombstones, a.Buried)
	}
	if err == nil {
		err = rotaOf(ctx, l.db, q.Pools, a.Rota)
	}
	if err != nil {
		return routing.Answer{}, fmt.Errorf("durable: lookup: %w", err)
	}
	return a, nil
}

// knownOf reads where aliases lead, with the records that were made.
func knownOf(ctx context.Context, q dialected, aliases []routing.Alias, out map[routing.Alias]routing.Identity) error {
	if len(aliases) == 0 {
		return nil
	}
	return scanAll(ctx, q, func(rows *sql.Rows) error {
		var alias, body, landed string
		if err := rows.Scan(&alias, &body, &landed); err != nil {
			return err
		}
		var id routing.Identity
		err := unpack([]byte(body), &id)
		if landed != "" {
			id.Landed = landed
		}
		out[routing.Alias(alias)] = id
		return err
	}, "SELECT a.alias, a.body, coalesce(l.record, '') FROM onward_aliases a LEFT JOIN onward_landed l ON l.identity = a.identity WHERE a.alias"+
		anyText(q.Dialect()), listOf(aliases))
}

// identitiesOf reads the ids that aliases lead to.
func identitiesOf(ctx context.Context, tx *sqldb.Tx, aliases []routing.Alias, out map[routing.Alias]string) error {
	if len(aliases) == 0 {
		return nil
	}
	return scanAll(ctx, tx, func(rows *sql.Rows) error {
		var alias routing.Alias
		var id string
		err := rows.Scan(&alias, &id)
		out[alias] = id
		return err
	}, "SELECT alias, identity FROM onward_aliases WHERE alias"+anyText(tx.Dialect()), listOf(aliases))
}

// rotaOf reads where pools stand.
func rotaOf(ctx context.Context, q dialected, pools []string, out map[string]int) error {
	if len(pools) == 0 {
		return nil
	}
	return scanAll(ctx, q, func(rows *sql.Rows) error {
		var pool string
		var next int
		err := rows.Scan(&pool, &next)
		out[pool] = next
		return err
	}, "SELECT pool, next FROM onward_rota WHERE pool"+anyText(q.Dialect()), listOf(pools))
}

// buriedOf reads which of the keyed hashes are those of erased people.
func buriedOf(ctx context.Context, q dialected, tombstones []string, out map[string]bool) error {
	if len(tombstones) == 0 {
		return nil
	}
	return scanAll(ctx, q, func(rows *sql.Rows) error {
		var t string
		err := rows.Scan(&t)
		out[t] = true
		return err
	}, "SELECT tombstone FROM onward_tombstones WHERE tombstone"+anyText(q.Dialect()), listOf(tombstones))
}
