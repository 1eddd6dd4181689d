package chaos

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/onward-crm/onward/adapter"
	"github.com/onward-crm/onward/routing"
)

// desk is an adapter over a durable ledger in this process.
type desk struct {
	http   *httptest.Server
	ledger routing.Ledger
	conn   *mortalConnector
}

// newDesk opens a ledger in a file and serves the feed. around may wrap the
// handler; nil leaves it.
func newDesk(t *testing.T, w *world, around func(http.Handler) http.Handler) *desk {
	t.Helper()
	db, conn, err := openWatched("file:" + filepath.Join(t.TempDir(), "onward.db") + sqliteSettings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	ledger, err := overPool(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	s := &server{m: &mortality{}, ledger: ledger, wake: make(chan struct{}, 1)}
	s.engine = w.engine(t, engineParts{ledger: ledger, now: time.Now})
	handler, err := s.handler(time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if around != nil {
		handler = around(handler)
	}
	d := &desk{http: httptest.NewServer(handler), ledger: ledger, conn: conn}
	t.Cleanup(d.http.Close)
	return d
}

// answer is what the feed says of one delivery.
type answer struct {
	Code       int
	RetryAfter string
	Status     string
	Deliveries []struct {
		ID, StatusURL string
		Duplicate     bool
	}
}

// post sends one event, signed.
func (d *desk) post(c *http.Client, ev routing.Event) (answer, error) {
	body, err := json.Marshal(ev)
	if err != nil {
		return answer{}, err
	}
	r, err := http.NewRequest(http.MethodPost, d.http.URL+feedPath, bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	now := time.Now()
	signature, err := adapter.Sign(feedSecret, "msg_"+ev.ID, now, body)
	if err != nil {
		return answer{}, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(adapter.HeaderWebhookID, "msg_"+ev.ID)
	r.Header.Set(adapter.HeaderWebhookTimestamp, fmt.Sprint(now.Unix()))
	r.Header.Set(adapter.HeaderWebhookSignature, signature)
	got, err := c.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer got.Body.Close()
	out := answer{Code: got.StatusCode, RetryAfter: got.Header.Get("Retry-After")}
	return out, json.NewDecoder(got.Body).Decode(&out)
}

// TestP08RepeatsAreFree sends every delivery five times, shuffled, over 32
// connections at once: there is one record for each, and each repeat is answered
// with the receipt of the first.
func TestP08RepeatsAreFree(t *testing.T) {
	const times, conns = 5, 32
	n := scaled(1000, 10_000)
	w := newWorld(t, 0, time.Now)
	d := newDesk(t, w, nil)
	var queue []routing.Event
	for i := range n {
		ev := lane(i, "")[0]
		ev.OccurredAt = time.Now().Add(-time.Hour)
		for range times {
			queue = append(queue, ev)
		}
	}
	queue = shuffled(rand.New(rand.NewPCG(8, 8)), queue)
	begun := time.Now()
	receipts, first, repeated := d.flood(t, queue, conns)
	t.Logf("%d requests in %v: %d first, %d repeats", len(queue), time.Since(begun).Round(time.Millisecond), first, repeated)
	if first != n || repeated != n*(times-1) {
		t.Errorf("%d answered as first, %d as repeats, want %d and %d", first, repeated, n, n*(times-1))
	}
	if len(receipts) != n {
		t.Errorf("%d receipts, want %d", len(receipts), n)
	}
	if records := readLedger(t, d.ledger); len(records) != n {
		t.Errorf("%d records, want %d", len(records), n)
	}
}

// flood sends a queue over so many connections, and wants the same receipt for the
// same delivery.
func (d *desk) flood(t *testing.T, queue []routing.Event, conns int) (receipts map[string]string, first, repeated int) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: conns, MaxConnsPerHost: conns}}
	defer client.CloseIdleConnections()
	var mu sync.Mutex
	receipts = map[string]string{}
	var wg sync.WaitGroup
	for c := range conns {
		wg.Go(func() {
			for i := c; i < len(queue); i += conns {
				a, err := d.post(client, queue[i])
				if err != nil || a.Code != http.StatusAccepted || len(a.Deliveries) != 1 {
					t.Errorf("%+v, %v", a, err)
					return
				}
				mu.Lock()
				got := a.Deliveries[0]
				if receipt := got.ID + " " + got.StatusURL; receipts[queue[i].ID] == "" {
					receipts[queue[i].ID] = receipt
				} else if receipts[queue[i].ID] != receipt {
					t.Errorf("%q and then %q", receipts[queue[i].ID], receipt)
				}
				if got.Duplicate {
					repeated++
				} else {
					first++
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return receipts, first, repeated
}
