package chaos

import (
	"context"
	"database/sql"
	"strings"

	"github.com/onward-crm/onward/routing/durable"
)

// sqliteSettings are those with which a durable ledger opens its file.
const sqliteSettings = "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(ON)" +
	"&_pragma=secure_delete(ON)&_txlock=immediate"

// openLedger opens a durable ledger: PostgreSQL by its URL, or a SQLite file on
// whose connections the process may die.
func openLedger(ctx context.Context, where string, m *mortality) (*durable.Ledger, error) {
	if strings.HasPrefix(where, "postgres") {
		return durable.Open(ctx, where, nil)
	}
	db, err := openMortal("file:"+where+sqliteSettings, m)
	if err != nil {
		return nil, err
	}
	return overPool(ctx, db)
}

func overPool(ctx context.Context, db *sql.DB) (*durable.Ledger, error) {
	db.SetMaxOpenConns(1)
	return durable.New(ctx, db, "sqlite", nil)
}
