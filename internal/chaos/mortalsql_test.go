package chaos

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"strings"
)

// mortalConnector opens connections on which the process may die just before it
// commits: what is then in the transaction must be gone.
type mortalConnector struct {
	dsn    string
	driver driver.Driver
	// committing is called before each commit with what was said in the
	// transaction; its error is that of the commit. committed is called after a
	// commit that was one.
	committing func(said []statement) error
	committed  func(said []statement)
}

// statement is one thing said to a database.
type statement struct {
	text string
	args []driver.NamedValue
}

// openMortal is sql.Open with a process that may die.
func openMortal(dsn string, m *mortality) (*sql.DB, error) {
	db, c, err := openWatched(dsn)
	if err == nil {
		c.committing = func(said []statement) error { m.commit(said); return nil }
	}
	return db, err
}

// commit passes the points of accepting and finishing: told apart by what their
// transactions write.
func (m *mortality) commit(said []statement) {
	for _, s := range said {
		switch {
		case isAccept(s.text):
			m.pass(pointAccept)
			return
		case m.inFinish.Load() && has(s.text, "update", "deliveries"):
			m.pass(pointFinish)
			return
		}
	}
}

// isAccept knows the statement by which the durable ledger stores deliveries.
func isAccept(s string) bool { return has(s, "insert", "into", "deliveries") }

// has reports whether words stand in a text in this order.
func has(s string, words ...string) bool {
	s = strings.ToLower(s)
	for _, w := range words {
		at := strings.Index(s, w)
		if at < 0 {
			return false
		}
		s = s[at+len(w):]
	}
	return true
}

func (c *mortalConnector) Connect(context.Context) (driver.Conn, error) {
	conn, err := c.driver.Open(c.dsn)
	if err != nil {
		return nil, err
	}
	return &mortalConn{Conn: conn, c: c}, nil
}

func (c *mortalConnector) Driver() driver.Driver { return c.driver }

// mortalConn hands everything on and remembers what was asked since the
// transaction began.
type mortalConn struct {
	driver.Conn
	c    *mortalConnector
	said []statement
}

// around makes one statement, which may end a transaction or begin one.
func (c *mortalConn) around(query string, args []driver.NamedValue, do func() error) error {
	word, _, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(query)), " ")
	switch strings.TrimSuffix(word, ";") {
	case "BEGIN":
		c.said = nil
	case "COMMIT", "END":
		return c.commit(do)
	default:
		c.said = append(c.said, statement{query, args})
	}
	return do()
}

// commit ends a transaction, if it comes to that.
func (c *mortalConn) commit(do func() error) error {
	said := c.said
	c.said = nil
	if f := c.c.committing; f != nil {
		if err := f(said); err != nil {
			return err
		}
	}
	err := do()
	if f := c.c.committed; f != nil && err == nil {
		f(said)
	}
	return err
}

func (c *mortalConn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	tx, err := c.Conn.(driver.ConnBeginTx).BeginTx(ctx, o)
	if err != nil {
		return nil, err
	}
	c.said = nil
	return &mortalTx{Tx: tx, c: c}, nil
}

func (c *mortalConn) ExecContext(ctx context.Context, q string, args []driver.NamedValue) (driver.Result, error) {
	var out driver.Result
	err := c.around(q, args, func() (err error) {
		out, err = c.Conn.(driver.ExecerContext).ExecContext(ctx, q, args)
		return err
	})
	return out, err
}

func (c *mortalConn) QueryContext(ctx context.Context, q string, args []driver.NamedValue) (driver.Rows, error) {
	var out driver.Rows
	err := c.around(q, args, func() (err error) {
		out, err = c.Conn.(driver.QueryerContext).QueryContext(ctx, q, args)
		return err
	})
	return out, err
}

func (c *mortalConn) PrepareContext(ctx context.Context, q string) (driver.Stmt, error) {
	s, err := c.Conn.(driver.ConnPrepareContext).PrepareContext(ctx, q)
	if err != nil {
		return nil, err
	}
	return &mortalStmt{Stmt: s, c: c, query: q}, nil
}

func (c *mortalConn) Ping(ctx context.Context) error {
	if p, ok := c.Conn.(driver.Pinger); ok {
		return p.Ping(ctx)
	}
	return nil
}

func (c *mortalConn) ResetSession(ctx context.Context) error {
	if r, ok := c.Conn.(driver.SessionResetter); ok {
		return r.ResetSession(ctx)
	}
	return nil
}

func (c *mortalConn) IsValid() bool {
	v, ok := c.Conn.(driver.Validator)
	return !ok || v.IsValid()
}

// mortalTx may not come to its commit. What is not committed is taken back, as
// database/sql leaves no second chance for that.
type mortalTx struct {
	driver.Tx
	c *mortalConn
}

func (t *mortalTx) Commit() error {
	done := false
	err := t.c.commit(func() error {
		done = true
		return t.Tx.Commit()
	})
	if !done {
		_ = t.Tx.Rollback()
	}
	return err
}

// mortalStmt tells its connection when it is used.
type mortalStmt struct {
	driver.Stmt
	c     *mortalConn
	query string
}

func (s *mortalStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	var out driver.Result
	err := s.c.around(s.query, args, func() (err error) {
		out, err = s.Stmt.(driver.StmtExecContext).ExecContext(ctx, args)
		return err
	})
	return out, err
}

func (s *mortalStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	var out driver.Rows
	err := s.c.around(s.query, args, func() (err error) {
		out, err = s.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
		return err
	})
	return out, err
}

// openWatched is sql.Open with a connector whose hooks the test sets.
func openWatched(dsn string) (*sql.DB, *mortalConnector, error) {
	plain, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, nil, err
	}
	defer plain.Close()
	c := &mortalConnector{dsn: dsn, driver: plain.Driver()}
	return sql.OpenDB(c), c, nil
}
