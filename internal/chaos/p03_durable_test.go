package chaos

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/onward-crm/onward/routing"
)

// onDisk knows which deliveries were committed.
type onDisk struct {
	mu   sync.Mutex
	keys map[string]bool
}

// orderID is the form of the ids that this test looks for in what is written.
var orderID = regexp.MustCompile(`order-\d+`)

// committed takes in what a transaction has written.
func (o *onDisk) committed(said []statement) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, s := range said {
		if !isAccept(s.text) {
			continue
		}
		for _, a := range s.args {
			for _, id := range orderID.FindAllString(text(a.Value), -1) {
				o.keys[id] = true
			}
		}
	}
}

func text(v any) string {
	if b, ok := v.([]byte); ok {
		return string(b)
	}
	return fmt.Sprint(v)
}

func (o *onDisk) has(id string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.keys[id]
}

// watched is a response that notes when its status line is written.
type watched struct {
	http.ResponseWriter
	status func(code int)
	once   sync.Once
}

func (w *watched) WriteHeader(code int) {
	w.once.Do(func() { w.status(code) })
	w.ResponseWriter.WriteHeader(code)
}

func (w *watched) Write(b []byte) (int, error) {
	w.once.Do(func() { w.status(http.StatusOK) })
	return w.ResponseWriter.Write(b)
}

// order checks at each status line that what the request brought is on the disk.
type order struct {
	disk            *onDisk
	checked, broken atomic.Int64
}

func (o *order) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		id := orderID.FindString(string(body))
		next.ServeHTTP(&watched{ResponseWriter: w, status: func(code int) {
			if code/100 != 2 {
				return
			}
			if o.checked.Add(1); !o.disk.has(id) {
				o.broken.Add(1)
			}
		}}, r)
	})
}

// orders are n events for this test.
func orders(n int) []routing.Event {
	out := make([]routing.Event, n)
	for i := range out {
		out[i] = lane(i, "")[0]
		out[i].ID, out[i].OccurredAt = fmt.Sprintf("order-%d", i), time.Now().Add(-time.Hour)
	}
	return out
}

// TestP03CommitBeforeTheStatusLine watches the commits of the database and the
// status lines of the answers: in no request is 2xx written before the commit that
// holds its delivery has come back.
func TestP03CommitBeforeTheStatusLine(t *testing.T) {
	n := scaled(2000, 10_000)
	o := &order{disk: &onDisk{keys: map[string]bool{}}}
	d := newDesk(t, newWorld(t, 0, time.Now), o.around)
	d.conn.committed = o.disk.committed
	if _, first, _ := d.flood(t, orders(n), 32); first != n {
		t.Errorf("%d accepted, want %d", first, n)
	}
	t.Logf("%d status lines checked", o.checked.Load())
	if o.checked.Load() != int64(n) || o.broken.Load() != 0 {
		t.Errorf("%d of %d status lines came before their commit", o.broken.Load(), o.checked.Load())
	}
}

// TestP03NoAnswerWhileTheCommitHangs holds a commit back: not a byte of the answer
// comes before it, and the answer comes after it.
func TestP03NoAnswerWhileTheCommitHangs(t *testing.T) {
	d := newDesk(t, newWorld(t, 0, time.Now), nil)
	reached, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	d.conn.committing = func(said []statement) error {
		for _, s := range said {
			if isAccept(s.text) {
				once.Do(func() { close(reached) })
				<-release
			}
		}
		return nil
	}
	answered := make(chan answer, 1)
	go func() {
		a, err := d.post(http.DefaultClient, orders(1)[0])
		if err != nil {
			t.Error(err)
		}
		answered <- a
	}()
	<-reached
	select {
	case a := <-answered:
		t.Fatalf("answered %d while the commit hangs", a.Code)
	case <-time.After(300 * time.Millisecond):
	}
	close(release)
	if a := <-answered; a.Code != http.StatusAccepted {
		t.Errorf("answered %d after the commit", a.Code)
	}
}

// errFull is what a database says whose disk is full.
var errFull = errors.New("database or disk is full (13)")

// TestP03NothingAcknowledgedOnAFullDisk lets every commit fail: every request is
// answered 503 with Retry-After, and nothing is there.
func TestP03NothingAcknowledgedOnAFullDisk(t *testing.T) {
	d := newDesk(t, newWorld(t, 0, time.Now), nil)
	d.conn.committing = func([]statement) error { return errFull }
	for _, ev := range orders(50) {
		a, err := d.post(http.DefaultClient, ev)
		if err != nil {
			t.Fatal(err)
		}
		if a.Code != http.StatusServiceUnavailable || a.RetryAfter == "" {
			t.Fatalf("answered %d, Retry-After %q", a.Code, a.RetryAfter)
		}
	}
	d.conn.committing = nil
	if n := len(readLedger(t, d.ledger)); n != 0 {
		t.Errorf("%d records of deliveries that were refused", n)
	}
}
