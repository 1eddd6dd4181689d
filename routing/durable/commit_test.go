package durable

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"modernc.org/sqlite"

	"github.com/onward-crm/onward/internal/sqldb/pgtest"
	"github.com/onward-crm/onward/routing"
)

var start = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// heldUp is a driver whose commits wait for a word while they are held up.
type heldUp struct {
	name string
	// begun gets a value when a commit begins, and each waits for one on allow: an
	// error is what it fails with.
	begun   chan struct{}
	allow   chan error
	on      atomic.Bool
	commits atomic.Int64
}

func (h *heldUp) Connect(context.Context) (sqldriver.Conn, error) {
	c, err := (&sqlite.Driver{}).Open(h.name)
	if err != nil {
		return nil, err
	}
	return heldConn{c, h}, nil
}

func (h *heldUp) Driver() sqldriver.Driver { return &sqlite.Driver{} }

type heldConn struct {
	sqldriver.Conn
	owner *heldUp
}

func (c heldConn) ExecContext(ctx context.Context, query string, args []sqldriver.NamedValue) (sqldriver.Result, error) {
	return c.Conn.(sqldriver.ExecerContext).ExecContext(ctx, query, args)
}

func (c heldConn) QueryContext(ctx context.Context, query string, args []sqldriver.NamedValue) (sqldriver.Rows, error) {
	return c.Conn.(sqldriver.QueryerContext).QueryContext(ctx, query, args)
}

func (c heldConn) BeginTx(ctx context.Context, o sqldriver.TxOptions) (sqldriver.Tx, error) {
	tx, err := c.Conn.(sqldriver.ConnBeginTx).BeginTx(ctx, o)
	return heldTx{tx, c.owner}, err
}

type heldTx struct {
	sqldriver.Tx
	owner *heldUp
}

func (t heldTx) Commit() error {
	if !t.owner.on.Load() {
		return t.Tx.Commit()
	}
	t.owner.commits.Add(1)
	t.owner.begun <- struct{}{}
	if err := <-t.owner.allow; err != nil {
		return errors.Join(err, t.Tx.Rollback())
	}
	return t.Tx.Commit()
}

// holdUp opens a ledger whose commits can be held up.
func holdUp(t *testing.T) (*Ledger, *heldUp) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ledger.db")
	h := &heldUp{
		name:  "file:" + path + "?_txlock=immediate&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=secure_delete(ON)",
		begun: make(chan struct{}), allow: make(chan error),
	}
	db := sql.OpenDB(h)
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	l, err := New(t.Context(), db, "sqlite", nil)
	if err != nil {
		t.Fatal(err)
	}
	h.on.Store(true)
	return l, h
}

// answer is what a call of Accept came back with.
type answer struct {
	as  []routing.Accepted
	err error
}

func acceptLater(ctx context.Context, l *Ledger, ds ...routing.Delivery) chan answer {
	done := make(chan answer, 1)
	go func() {
		as, err := l.Accept(ctx, ds)
		done <- answer{as, err}
	}()
	return done
}

func TestP03NobodyIsAnsweredBeforeTheCommit(t *testing.T) {
	l, h := holdUp(t)
	for i := range 100 {
		done := acceptLater(t.Context(), l, sample(i, start))
		<-h.begun
		select {
		case a := <-done:
			t.Fatalf("answered before the commit: %+v", a)
		default:
		}
		h.allow <- nil
		if a := <-done; a.err != nil || !a.as[0].New {
			t.Fatalf("answer %+v", a)
		}
	}
}

func TestP03AFailedCommitAcknowledgesNothing(t *testing.T) {
	l, h := holdUp(t)
	done := acceptLater(t.Context(), l, sample(1, start))
	<-h.begun
	h.allow <- errors.New("the disk is gone")
	if a := <-done; a.err == nil || a.as != nil {
		t.Fatalf("answer %+v", a)
	}
	h.on.Store(false)
	if rs, err := l.Fetch(t.Context(), []string{sample(1, start).Key}); err != nil || len(rs) != 0 {
		t.Fatalf("stored %v, %v", rs, err)
	}
}

func TestConcurrentSendersShareACommit(t *testing.T) {
	l, h := holdUp(t)
	first := acceptLater(t.Context(), l, sample(0, start))
	<-h.begun
	const n = 50
	var others []chan answer
	for i := 1; i <= n; i++ {
		others = append(others, acceptLater(t.Context(), l, sample(i, start)))
	}
	for waiting := 0; waiting < n; { // all of them have come
		l.accept.mu.Lock()
		waiting = len(l.accept.waiting)
		l.accept.mu.Unlock()
	}
	h.allow <- nil
	<-h.begun
	h.allow <- nil
	for _, done := range append(others, first) {
		if a := <-done; a.err != nil || !a.as[0].New {
			t.Fatalf("answer %+v", a)
		}
	}
	if got := h.commits.Load(); got != 2 {
		t.Errorf("%d commits for %d senders, want 2", got, n+1)
	}
}

func TestASenderWhoGivesUpIsNotWaitedFor(t *testing.T) {
	l, h := holdUp(t)
	ctx, cancel := context.WithCancel(t.Context())
	gone := acceptLater(ctx, l, sample(1, start))
	<-h.begun
	cancel()
	if a := <-gone; !errors.Is(a.err, context.Canceled) {
		t.Fatalf("answer %+v", a)
	}
	other := acceptLater(t.Context(), l, sample(1, start), sample(2, start))
	h.allow <- nil
	<-h.begun
	h.allow <- nil
	if a := <-other; a.err != nil || a.as[0].New || !a.as[1].New {
		t.Fatalf("the one whose sender gave up stands, the other is new: got %+v", a)
	}
}

// TestWhatOneBringsDoesNotHarmTheOthers: PostgreSQL refuses a key with a zero byte.
func TestWhatOneBringsDoesNotHarmTheOthers(t *testing.T) {
	l := openLedger(t, pgtest.DSN(t))
	calls := make([]*acceptCall, 3)
	for i := range calls {
		d := sample(i, start)
		if i == 1 {
			d.Key = "a\x00b"
		}
		body, err := pack(d)
		if err != nil {
			t.Fatal(err)
		}
		calls[i] = &acceptCall{gone: t.Context().Err, rows: []arrival{{d, body, d.Persons}}, done: make(chan struct{})}
	}
	l.answer(calls)
	for i, c := range calls {
		if failed := c.err != nil; failed != (i == 1) {
			t.Errorf("call %d: %v", i, c.err)
		}
	}
}

func TestP03AFullOrReadOnlyDiskAcknowledgesNothing(t *testing.T) {
	for name, pragma := range map[string][2]string{
		"full":      {"PRAGMA max_page_count = 60", "PRAGMA max_page_count = 1000000"},
		"read only": {"PRAGMA query_only = ON", "PRAGMA query_only = OFF"},
	} {
		t.Run(name, func(t *testing.T) {
			l := openLedger(t, filepath.Join(t.TempDir(), "ledger.db"))
			if _, err := l.DB().ExecContext(t.Context(), pragma[0]); err != nil {
				t.Fatal(err)
			}
			big := sample(1, start)
			big.Event.Person.FullName = strings.Repeat("Ada ", 200_000)
			if as, err := l.Accept(t.Context(), []routing.Delivery{big}); err == nil || as != nil {
				t.Fatalf("acknowledged: %d, %v", len(as), err)
			} else if strings.Contains(err.Error(), "Ada") {
				t.Fatal("the error holds what it refused")
			}
			if rs, err := l.Fetch(t.Context(), []string{big.Key}); err != nil || len(rs) != 0 {
				t.Fatalf("stored %d, %v", len(rs), err)
			}
			if _, err := l.DB().ExecContext(t.Context(), pragma[1]); err != nil {
				t.Fatal(err)
			}
			if as, err := l.Accept(t.Context(), []routing.Delivery{big}); err != nil || !as[0].New {
				t.Fatalf("after the trouble: %v", err)
			}
		})
	}
}

func TestClosedLedgerAcceptsNothing(t *testing.T) {
	l, err := Open(t.Context(), filepath.Join(t.TempDir(), "ledger.db"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Accept(t.Context(), []routing.Delivery{sample(1, start)}); !errors.Is(err, errClosed) {
		t.Fatalf("error %v", err)
	}
}

func TestGroupsAreBounded(t *testing.T) {
	a := &acceptance{}
	for _, n := range []int{600, 400, 1, maxGroup + 500, 3} {
		a.waiting = append(a.waiting, &acceptCall{rows: make([]arrival, n)})
	}
	var got []int
	for calls := a.next(); len(calls) > 0; calls = a.next() {
		got = append(got, len(calls))
	}
	if fmt.Sprint(got) != "[2 1 1 1]" || a.busy {
		t.Errorf("groups of %v calls, busy %v", got, a.busy)
	}
}
