package chaos

import (
	"bytes"
	"io"
	"net/http"
	"time"

	"github.com/onward-crm/onward/adapter"
)

// feedSecret signs what the senders send.
const feedSecret = "whsec_Y2hhb3MgY2hhb3MgY2hhb3MgY2hhb3MgY2hhb3M="

// feedPath is where they send it.
const feedPath = "/feeds/chaos"

// handler is the adapter with the feed, behind what may die once a request is read.
func (s *server) handler(clock func() time.Time) (http.Handler, error) {
	s.now = clock
	key, err := adapter.NewSecret(feedSecret)
	if err != nil {
		return nil, err
	}
	inner, err := adapter.New(adapter.Options{
		Engine: s.engine, Ledger: s.ledger, Store: adapter.NewMemoryStore(adapter.SideLimits{}),
		PublicURL: "http://127.0.0.1", Feeds: []adapter.FeedOptions{{Name: "chaos", Keys: []adapter.SigningKey{{Value: key}}}},
		Wake: s.awake,
	})
	if err != nil {
		return nil, err
	}
	mux := s.control()
	mux.HandleFunc(feedPath, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		s.m.pass(pointRead)
		r.Body = io.NopCloser(bytes.NewReader(body))
		inner.Handler().ServeHTTP(w, r)
	})
	return mux, nil
}

// awake tells the worker that there is something to do.
func (s *server) awake() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}
