package adapter

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onward-crm/onward/routing"
)

// hubSpotHTTP is a request of HubSpot's as it comes over the wire, with a body of its
// own.
func hubSpotHTTP(r Request, body io.Reader) *http.Request {
	req := httptest.NewRequest(r.Method, r.URI, body)
	req.RequestURI, req.Header = r.URI, r.Header.Clone()
	return req
}

// Strangers whose bodies never end keep nobody else waiting: they hold no place.
func TestSlowStrangersHoldNoPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newHubBench(t, func(o *Options, _ *contactBook) { o.Limits.InFlight = 1 })
		c := readCase(t, "D13")
		stall, end := io.Pipe()
		go sendTo(b.Server, hubSpotHTTP(c.req, stall))
		synctest.Wait()
		if n := b.Server.room.taken(); n != 0 {
			t.Errorf("%d places taken", n)
		}
		if got := b.send(c.req); got.Code != 200 {
			t.Errorf("%d %s", got.Code, got.Body)
		}
		_ = end.CloseWithError(io.ErrUnexpectedEOF)
	})
}

// Bodies that are still coming in take no more memory than those that are worked on.
func TestUnreadBodiesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newHubBench(t, func(o *Options, _ *contactBook) { o.Limits.InFlight, o.Limits.BodyBytes = 2, 1000 })
		c := readCase(t, "D13")
		var ends []*io.PipeWriter
		for range 2 {
			stall, end := io.Pipe()
			ends = append(ends, end)
			go sendTo(b.Server, hubSpotHTTP(c.req, stall))
			_, _ = end.Write(make([]byte, 990))
		}
		synctest.Wait()
		got := b.send(c.req)
		if got.Code != 503 || got.Header().Get("Retry-After") == "" {
			t.Errorf("%d %s", got.Code, got.Body)
		}
		for _, end := range ends {
			_ = end.CloseWithError(io.ErrUnexpectedEOF)
		}
		synctest.Wait()
		if got := b.send(c.req); got.Code != 200 {
			t.Errorf("afterwards: %d %s", got.Code, got.Body)
		}
	})
}

// unreadable fails a test that reads it.
type unreadable struct{ t *testing.T }

func (u unreadable) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, io.EOF
}

// What answers under overload has no place to wait for, so it reads nothing either.
func TestFreeRoutesReadNoBody(t *testing.T) {
	b := newFlowBench(t)
	for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
		sendTo(b.Server, httptest.NewRequest(http.MethodGet, path, unreadable{t}))
	}
}

// overdue is a body whose time is over.
type overdue struct{}

func (overdue) Read([]byte) (int, error) { return 0, os.ErrDeadlineExceeded }

// A 4xx is final for workflows: a stalled connection must not be the end of a report.
func TestStalledBodyIsAskedForAgain(t *testing.T) {
	b := newHubBench(t, nil)
	for _, name := range []string{"D13", "D24"} {
		got := sendTo(b.Server, hubSpotHTTP(readCase(t, name).req, overdue{}))
		if got.Code != 503 || got.Header().Get("Retry-After") == "" {
			t.Errorf("%s: %d %s", name, got.Code, got.Body)
		}
	}
}

// The time to read a request is not a time to answer it: work that was asked for
// without a body goes on when it is over.
func TestAnswersWithoutABodyOutliveTheReadTime(t *testing.T) {
	b := newFlowBench(t)
	b.handler = b.newHandler([]route{{
		Method: http.MethodPost, Path: "/x", Source: "x",
		Serve: func(ctx context.Context, _ call) (Response, error) {
			select {
			case <-ctx.Done():
				return Response{}, ctx.Err()
			case <-time.After(200 * time.Millisecond):
				return Response{Status: 200, Body: struct{}{}}, nil
			}
		},
	}})
	srv := httptest.NewUnstartedServer(nil)
	srv.Config = b.HTTPServer("")
	srv.Config.ReadTimeout = 20 * time.Millisecond
	srv.Start()
	defer srv.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL+"/x", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := srv.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != 200 {
		t.Errorf("status %d", resp.StatusCode)
	}
}

// The end of a URL must not pass for the beginning of the timestamp.
func TestP16ZeroBetweenURLAndTimestamp(t *testing.T) {
	s := hubSpotForTest(t, nil).workflow
	r := signedV3(contractSecret, "GET", "/hubspot/workflow?started_on=2026-01-10", "", contractClock)
	if _, err := s.Verify(r, r.Received); err != nil {
		t.Fatal(err)
	}
	r.URI = strings.TrimSuffix(r.URI, "0")
	r.Header.Set(headerHubSpotTimestamp, "0"+r.Header.Get(headerHubSpotTimestamp))
	if _, err := s.Verify(r, r.Received); err == nil {
		t.Error("2026-01-10 became 2026-01-1")
	}
}

// Proving a signature costs; a stranger decides how many there are.
func TestFeedBoundsTheSignaturesOfAMessage(t *testing.T) {
	f := feedForTest(t, publicOf(t))
	forged := strings.Repeat("v1a,"+base64.StdEncoding.EncodeToString(make([]byte, 64))+" ", maxSignatures)
	r := feedRequest("POST", "/feeds/vendor", vectorID, forged+vectorV1a, vectorBody, vectorSeconds)
	if _, err := f.Verify(r, r.Received); err == nil {
		t.Errorf("%d signatures were tried", maxSignatures+1)
	}
	r.Header.Set(HeaderWebhookSignature, forged[:len(forged)/maxSignatures*(maxSignatures-1)]+vectorV1a)
	if _, err := f.Verify(r, r.Received); err != nil {
		t.Errorf("the last of %d: %v", maxSignatures, err)
	}
}

// The side store is for what a mended secret can admit. What no secret ever admits
// is refused in the same words, and pushes nothing out.
func TestAD17OnlyWhatASecretCouldAdmitIsKept(t *testing.T) {
	const body, action = `[{"eventId":1}]`, pathAction
	v3 := func(change func(*Request)) Request {
		r := signedV3("another secret of sixteen", "POST", pathWebhooks, body, contractClock)
		change(&r)
		return r
	}
	feedOf := func(change func(*Request)) Request {
		r := feedRequest("POST", "/feeds/vendor", "m", vectorV1, body, contractClock/1000)
		change(&r)
		return r
	}
	for name, row := range map[string]struct {
		req  Request
		kept int
	}{
		"v3 of another secret": {v3(func(*Request) {}), 1},
		"v2 of another secret": {signedOld("another secret of sixteen", "v2", "POST", action, body), 1},
		"v1 that is not taken": {signedOld(contractSecret, "v1", "POST", pathWebhooks, body), 1},
		"a feed's of another":  {feedOf(func(*Request) {}), 1},

		"no signature at all":  {v3(func(r *Request) { r.Header.Del(headerHubSpotV3) }), 0},
		"two signatures":       {v3(func(r *Request) { r.Header.Add(headerHubSpotV3, "x") }), 0},
		"no base64":            {v3(func(r *Request) { r.Header.Set(headerHubSpotV3, "x") }), 0},
		"too short":            {v3(func(r *Request) { r.Header.Set(headerHubSpotV3, "eA==") }), 0},
		"no time":              {v3(func(r *Request) { r.Header.Del(headerHubSpotTimestamp) }), 0},
		"a time that is over":  {v3(func(r *Request) { r.Header.Set(headerHubSpotTimestamp, "1700000000000") }), 0},
		"an address of nobody": {v3(func(r *Request) { r.URI = "http://evil.example" + r.URI }), 0},
		"no hex": {func() Request {
			r := signedOld("x", "v2", "POST", action, body)
			r.Header.Set(headerHubSpotSignature, "x")
			return r
		}(), 0},
		"a version of nobody":   {signedOld(contractSecret, "v4", "POST", action, body), 0},
		"a feed's without one":  {feedOf(func(r *Request) { r.Header.Del(HeaderWebhookSignature) }), 0},
		"a feed's of no kind":   {feedOf(func(r *Request) { r.Header.Set(HeaderWebhookSignature, "v9,abc") }), 0},
		"a feed's that is over": {feedOf(func(r *Request) { r.Header.Set(HeaderWebhookTimestamp, "1700000000") }), 0},
	} {
		t.Run(name, func(t *testing.T) {
			b := newHubBench(t, func(o *Options, _ *contactBook) {
				o.Feeds = []FeedOptions{{Name: "vendor", Keys: []SigningKey{{Value: secretOf(t, "whsec_"+strings.Repeat("QUFB", 8))}}}}
			})
			got := b.send(row.req)
			if got.Code != 401 || got.Body.String() != b.send(readCase(t, "D20").req).Body.String() {
				t.Errorf("%d %s", got.Code, got.Body)
			}
			kept, err := b.store.Refused(t.Context(), "")
			if err != nil || len(kept) != row.kept+1 { // D20 is kept
				t.Errorf("%d kept, %v", len(kept)-1, err)
			}
		})
	}
}

// A filter asks the ledger for each status once, however often it is written.
func TestFilterNamesAStatusOnce(t *testing.T) {
	var f deliveryFilter
	for range 40_000 {
		f.Status = append(f.Status, "done", "parked")
	}
	got, err := new(operatorDesk).filter(f, "")
	if err != nil || len(got.Statuses) != 2 {
		t.Errorf("%d statuses, %v", len(got.Statuses), err)
	}
}

// The id is found in the absolute form of a request's target too.
func TestOperatorTakesAbsoluteTargets(t *testing.T) {
	o := newOffice(t)
	id := o.toReview("r1")
	path := "/operator/deliveries/" + strings.ReplaceAll(id, "/", "%2F")
	for _, target := range []string{path, "https://hooks.example.com" + path} {
		r := httptest.NewRequest(http.MethodGet, "https://hooks.example.com"+path, nil)
		r.RequestURI = target
		r.Header.Set("Authorization", "Bearer "+annToken)
		if got := sendTo(o.server, r); got.Code != 200 {
			t.Errorf("%s: %d %s", target, got.Code, got.Body)
		}
	}
}

// The deadline counts from the request's arrival: time in the waiting room is time
// that the sender has waited.
func TestAD05WaitingForAPlaceCountsToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		b := newFlowBench(t, stuck(gate), func(b *flowBench) { b.opt.Limits = Limits{InFlight: 1, Wait: 2 * time.Second} })
		b.Server.room.enter(t.Context())
		time.AfterFunc(1500*time.Millisecond, b.Server.room.leave)
		began := time.Now()
		got := b.answered(b.post(routePath, body1("r1", annLee)))
		if got["status"] != "accepted" || time.Since(began) != 2*time.Second {
			t.Errorf("%v after %s", got, time.Since(began))
		}
		close(gate)
		synctest.Wait()
	})
}

// slowDepth counts how often it is asked, and answers when it is let go.
type slowDepth struct {
	routing.Ledger
	asked atomic.Int64
	gate  chan struct{}
}

func (l *slowDepth) Depth(ctx context.Context, now time.Time) (routing.Depth, error) {
	l.asked.Add(1)
	select {
	case <-l.gate:
	case <-ctx.Done():
	}
	return l.Ledger.Depth(ctx, now)
}

// Anybody may ask whether the service is ready; the database is asked once for all
// who ask at one time.
func TestReadinessIsLookedUpOnceForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ledger := &slowDepth{gate: make(chan struct{})}
		b := newFlowBench(t, func(b *flowBench) { ledger.Ledger = b.opt.Ledger; b.opt.Ledger = ledger })
		var ready atomic.Int64
		for range 50 {
			go func() {
				if sendTo(b.Server, httptest.NewRequest(http.MethodGet, "/readyz", nil)).Code == 200 {
					ready.Add(1)
				}
			}()
		}
		synctest.Wait()
		if n := ledger.asked.Load(); n != 1 {
			t.Errorf("asked %d times", n)
		}
		close(ledger.gate)
		synctest.Wait()
		if n := ready.Load(); n != 50 {
			t.Errorf("%d of 50 ready", n)
		}
	})
}

// HubSpot chooses the size of its batches, up to 100: the limit for lists of our own
// must not turn them away.
func TestHubSpotBatchesAreNotOursToLimit(t *testing.T) {
	b := newHubBench(t, func(o *Options, _ *contactBook) { o.Limits.Items = 10 })
	items := make([]string, 100)
	for i := range items {
		items[i] = fmt.Sprintf(`{"eventId":%d,"portalId":62515,"appId":54321,"occurredAt":1783999990000,"subscriptionType":"contact.propertyChange","objectId":%d,"propertyName":"jobtitle","propertyValue":"VP"}`, i, i+1)
	}
	got := b.send(signedV3(contractSecret, "POST", pathWebhooks, "["+strings.Join(items, ",")+"]", contractClock))
	if got.Code != 200 || len(b.records(t)) != 100 {
		t.Errorf("%d %s, %d stored", got.Code, got.Body, len(b.records(t)))
	}
}

// A value that is too long for us says all the same that the contact has changed.
func TestHubSpotLongValueIsStillNews(t *testing.T) {
	b := newHubBench(t, nil)
	item := `[{"eventId":1,"portalId":62515,"appId":54321,"occurredAt":1783999990000,"subscriptionType":"contact.propertyChange","objectId":1,"propertyName":"company","propertyValue":"` +
		strings.Repeat("é", 5000) + `"}]`
	got := b.send(signedV3(contractSecret, "POST", pathWebhooks, item, contractClock))
	if got.Code != 200 || len(b.records(t)) != 1 {
		t.Errorf("%d %s, %d stored", got.Code, got.Body, len(b.records(t)))
	}
}

// A workflow that says nothing but which contact was enrolled says it again for the
// next move, and then the contact has changed. Sent again it is the same report.
func TestHubSpotEnrolledAgainIsNews(t *testing.T) {
	b := newHubBench(t, nil)
	const first = `{"vid":904,"portal-id":62515,"properties":{"lastmodifieddate":{"value":"1783000000000"}}}`
	for _, body := range []string{first, strings.Replace(first, "1783", "1784", 1), first} {
		if got := b.send(signedV3(contractSecret, "POST", pathWorkflow, body, contractClock)); got.Code != 200 {
			t.Fatalf("%d %s", got.Code, got.Body)
		}
	}
	if n := len(b.records(t)); n != 2 {
		t.Errorf("%d reports, want 2", n)
	}
}

// oneShelf refuses to list more than one source at a time.
type oneShelf struct {
	Store
	t *testing.T
}

func (s oneShelf) Refused(ctx context.Context, source string) ([]Refused, error) {
	if source == "" {
		s.t.Error("the kept requests of all sources were loaded at once")
	}
	return s.Store.Refused(ctx, source)
}

// What is kept may be 64 MiB for each source: it is verified again source by source.
func TestAD17SourceBySource(t *testing.T) {
	b := newHubBench(t, func(o *Options, _ *contactBook) {
		o.HubSpot.Secrets = []SigningKey{{Value: secretOf(t, "not the secret of this app at all")}}
		o.Store = oneShelf{o.Store, t}
	})
	for _, name := range []string{"D13", "D24", "D29"} {
		b.send(readCase(t, name).req)
	}
	b.opt.HubSpot = contractHubSpot(t)
	if got, err := b.Readmit(t.Context(), ""); err != nil || got.Admitted != 3 {
		t.Errorf("%+v, %v", got, err)
	}
}
