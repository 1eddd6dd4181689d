package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"sync/atomic"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// batch is how many accounts one INSERT brings.
const batch = 10_000

// settings are made for the whole database, before anybody connects to it: one
// process for one query, and room for the bitmap of a common trigram.
var settings = []string{
	"SET max_parallel_workers_per_gather = 0",
	"SET work_mem = '256MB'",
	"SET maintenance_work_mem = '256MB'",
	"SET jit = off",
}

// postgres asks the extension pg_trgm: an index on the domain, then the names that
// are similar enough (operator %), the most similar first.
type postgres struct {
	db    *sql.DB
	drops []func() error
	bytes int64
	err   error
	// lost is the last error of a look-up: look-ups run beside each other.
	lost atomic.Pointer[error]
}

func newPostgres() matcher { return &postgres{} }

// Name is the matcher's name in the table.
func (*postgres) Name() string { return "PostgreSQL pg_trgm (GIN), domain first" }

// Bytes is the size of the table with its indexes.
func (m *postgres) Bytes() int64 { return m.bytes }

// Err tells why there is no answer.
func (m *postgres) Err() error {
	if lost := m.lost.Load(); lost != nil {
		return errors.Join(m.err, *lost)
	}
	return m.err
}

// Close drops the database.
func (m *postgres) Close() error {
	var err error
	if m.db != nil {
		err = m.db.Close()
	}
	for i := len(m.drops) - 1; i >= 0; i-- {
		err = errors.Join(err, m.drops[i]())
	}
	return err
}

// Build loads the accounts and indexes them.
func (m *postgres) Build(accounts []account) {
	ctx := context.Background()
	if m.err = m.open(ctx); m.err != nil {
		return
	}
	if _, err := m.db.ExecContext(ctx, "CREATE EXTENSION pg_trgm"); err != nil {
		m.err = fmt.Errorf("extension pg_trgm is missing: %w", err)
		return
	}
	m.err = m.load(ctx, accounts)
}

// open makes the database. That of pgtest has the locale C, in which pg_trgm sees
// no letters but ASCII, so a second one is made beside it.
func (m *postgres) open(ctx context.Context) error {
	dsn, drop, err := database()
	if err != nil {
		return err
	}
	m.drops = append(m.drops, func() error { drop(); return nil })
	u, err := url.Parse(dsn)
	if err != nil {
		return err
	}
	admin, err := sql.Open("pgx", dsn)
	if err != nil {
		return err
	}
	defer admin.Close()
	name := u.Path[1:] + "_utf8"
	if _, err := admin.ExecContext(ctx, "CREATE DATABASE "+name+" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'"); err != nil {
		return err
	}
	m.drops = append(m.drops, func() error { return dropDatabase(dsn, name) })
	for _, s := range settings {
		if _, err := admin.ExecContext(ctx, "ALTER DATABASE "+name+" "+s); err != nil {
			return err
		}
	}
	u.Path = "/" + name
	m.db, err = sql.Open("pgx", u.String())
	return err
}

func dropDatabase(dsn, name string) error {
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return err
	}
	_, err = db.Exec("DROP DATABASE " + name + " WITH (FORCE)")
	return errors.Join(err, db.Close())
}

// load fills the table and then indexes it, which is faster than the other way.
func (m *postgres) load(ctx context.Context, accounts []account) error {
	const tables = `CREATE TABLE account (slot int, id text, name text, country text);
		CREATE TABLE domain (domain text, slot int)`
	if _, err := m.db.ExecContext(ctx, tables); err != nil {
		return err
	}
	for from := 0; from < len(accounts); from += batch {
		if err := m.insert(ctx, accounts[from:min(from+batch, len(accounts))], from); err != nil {
			return err
		}
	}
	for _, s := range []string{
		"ALTER TABLE account ADD PRIMARY KEY (slot)",
		"CREATE INDEX ON account USING gin (name gin_trgm_ops)",
		"CREATE INDEX ON domain (domain)",
		"ANALYZE account",
		"ANALYZE domain",
	} {
		if _, err := m.db.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	const size = "SELECT pg_total_relation_size('account') + pg_total_relation_size('domain')"
	return m.db.QueryRowContext(ctx, size).Scan(&m.bytes)
}

// insert adds one batch; its first account has the slot from.
func (m *postgres) insert(ctx context.Context, accounts []account, from int) error {
	var ids, names, countries, hosts []string
	var slots, owners []int32
	for i, a := range accounts {
		slot := int32(from + i)
		slots = append(slots, slot)
		ids, names, countries = append(ids, a.id), append(names, cleaned(a.name)), append(countries, a.country)
		for _, d := range usable(a.website) {
			hosts, owners = append(hosts, d), append(owners, slot)
		}
	}
	if _, err := m.db.ExecContext(ctx, "INSERT INTO account SELECT * FROM unnest($1::int[], $2::text[], $3::text[], $4::text[])",
		slots, ids, names, countries); err != nil {
		return err
	}
	_, err := m.db.ExecContext(ctx, "INSERT INTO domain SELECT * FROM unnest($1::text[], $2::int[])", hosts, owners)
	return err
}

const (
	byDomain = `SELECT id, similarity(name, $1) FROM account JOIN domain USING (slot) WHERE domain = ANY($3)
		ORDER BY 2 DESC, (country = $2) DESC, slot LIMIT 1`
	bySimilarity = `SELECT id, similarity(name, $1) FROM account WHERE name % $1
		ORDER BY 2 DESC, (country = $2) DESC, slot LIMIT 1`
)

// Match asks for the domain and, when no account has it, for similar names.
func (m *postgres) Match(q query) (string, float64) {
	name := cleaned(q.company)
	if hosts := usable(q.domain); len(hosts) > 0 {
		if id, score := m.first(byDomain, name, q.country, hosts); id != "" {
			return id, withDomain(score)
		}
	}
	return m.first(bySimilarity, name, q.country)
}

// first gives the first row of a query, or an empty id.
func (m *postgres) first(query string, args ...any) (id string, score float64) {
	err := m.db.QueryRowContext(context.Background(), query, args...).Scan(&id, &score)
	if err == nil {
		return id, score
	}
	if !errors.Is(err, sql.ErrNoRows) {
		m.lost.Store(&err)
	}
	return "", 0
}
