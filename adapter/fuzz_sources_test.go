package adapter

import (
	"net/http"
	"testing"
	"time"

	"github.com/onward-crm/onward/routing"
)

// fuzzSource verifies and takes apart whatever comes. What it makes of it an engine
// must take, and every answer must be one.
func fuzzSource(t *testing.T, s Source, method, uri, id, stamp, signature string, body []byte) {
	r := Request{ID: "req_1", Method: method, URI: uri, Body: body, Received: time.UnixMilli(contractClock), Header: http.Header{
		"X-Hubspot-Signature": {signature}, "X-Hubspot-Signature-Version": {id}, "X-Hubspot-Signature-V3": {signature}, "X-Hubspot-Request-Timestamp": {stamp},
		HeaderWebhookID: {id}, HeaderWebhookTimestamp: {stamp}, HeaderWebhookSignature: {signature},
	}}
	if _, err := s.Verify(r, r.Received); err != nil {
		checkRefusal(t, s, r, err)
	}
	fuzzSplit(t, s, r)
}

// fuzzSplit takes a request apart as if it were verified.
func fuzzSplit(t *testing.T, s Source, r Request) {
	b, err := s.Split(r, Caller{KeyID: "current"})
	if err != nil {
		checkRefusal(t, s, r, err)
		return
	}
	if len(b.Events) != len(b.Index) || len(b.Events)+len(b.Rejected)+b.Ignored > max(b.Received, 0) {
		t.Fatalf("%d events at %d places, %d rejected, %d ignored of %d", len(b.Events), len(b.Index), len(b.Rejected), b.Ignored, b.Received)
	}
	results := make([]Result, len(b.Events))
	for i, ev := range b.Events {
		if ev.ID == "" || ev.Source == "" {
			t.Fatal("an event without a key")
		}
		if _, err := routing.Normalize(ev, r.Received); err != nil {
			t.Fatalf("no engine takes it: %v", err)
		}
		results[i] = Result{New: true, Record: routing.Record{Status: routing.StatusAccepted}}
	}
	if got := s.Answer(b, results); got.Status < 200 || got.Status > 299 || got.Body == nil {
		t.Fatalf("answer %+v", got)
	}
}

func checkRefusal(t *testing.T, s Source, r Request, err error) {
	why, ok := err.(*Refusal)
	if !ok || why.Status < 400 || why.Status > 499 {
		t.Fatalf("%v", err)
	}
	if got := s.Refuse(r, why); got.Status != why.Status {
		t.Fatalf("answered %d", got.Status)
	}
}

func seedCases(f *testing.F, method string, names ...string) {
	for _, name := range names {
		r := readCase(f, name).req
		f.Add(r.URI, "v2", "1784000000000", r.Header.Get(headerHubSpotV3)+r.Header.Get(headerHubSpotSignature), r.Body)
	}
	f.Add("/", "", "", "", []byte(`[{"portalId":"62515","objectId":9223372036854775808}]`))
	f.Add("/hubspot/workflow?a=%zz;&email=", "v1", "-1", "x", []byte("[[[[{\"a\":null,\"a\":1}]]]]"))
}

func FuzzHubSpotWebhooks(f *testing.F) {
	s := hubSpotForTest(f, func(o *HubSpotOptions) { o.Legacy = true }).webhooks
	seedCases(f, "POST", "D13", "D14", "D15", "D16", "D17", "D18", "D19", "D22")
	f.Fuzz(func(t *testing.T, uri, version, stamp, signature string, body []byte) {
		fuzzSource(t, s, "POST", uri, version, stamp, signature, body)
	})
}

func FuzzHubSpotAction(f *testing.F) {
	s := hubSpotForTest(f, nil).action
	seedCases(f, "POST", "D24", "D25", "D27", "D28")
	f.Fuzz(func(t *testing.T, uri, version, stamp, signature string, body []byte) {
		fuzzSource(t, s, "POST", uri, version, stamp, signature, body)
	})
}

func FuzzHubSpotWorkflow(f *testing.F) {
	s := hubSpotForTest(f, nil).workflow
	seedCases(f, "GET", "D29")
	f.Add("/hubspot/workflow", "v2", "1", "", []byte(`{"vid":1,"portal-id":62515,"properties":{"company":{"value":"A","versions":[{"value":"B","timestamp":"x"}]}}}`))
	f.Add("/hubspot/workflow", "v2", "1", "", []byte(`{"email":"a@b.com","company":{"value":{"value":1}},"started_on":1782864000000}`))
	f.Fuzz(func(t *testing.T, uri, version, stamp, signature string, body []byte) {
		fuzzSource(t, s, "GET", uri, version, stamp, signature, nil)
		fuzzSource(t, s, "POST", uri, version, stamp, signature, body)
	})
}

func FuzzFeed(f *testing.F) {
	s := feedForTest(f, vectorShared)
	f.Add("/feeds/vendor", vectorID, "1614265330", vectorV1, []byte(vectorBody))
	f.Add("/feeds/vendor/deliveries/a%23", "a#", "1614265330", vectorV1a, []byte(`{"events":[{"id":"x","person":{"full_name":"A B"},"to":{"company":"C","started_on":"2026-01-01"},"positions":[{"kind":"board"}]}]}`))
	f.Fuzz(func(t *testing.T, uri, id, stamp, signature string, body []byte) {
		fuzzSource(t, s, "POST", uri, id, stamp, signature, body)
	})
}

// FuzzFlow gives Salesforce's route any key, token and body.
func FuzzFlow(f *testing.F) {
	b := newFlowBench(f, func(b *flowBench) {
		k := rsaKey(f)
		b.opt.Flow.JWT = &JWTOptions{
			Issuer: "org", Audience: "onward", Subject: "flow", Keys: []JWTKey{{ID: "k1", PEM: publicPEM(f, k)}}, Scopes: Scopes(),
		}
	})
	routes, err := flowRoutes(b.Server)
	if err != nil {
		f.Fatal(err)
	}
	s := routes[0].Take
	for _, name := range []string{"D01", "D05", "D08", "D09", "D12"} {
		f.Add("sfk_current", "", readCase(f, name).req.Body)
	}
	f.Add("sfk_looks_only", "Bearer x.y.z", []byte(`{"requestId":"a","items":[{},{"newAccountId":"001"}],"email":"x"}`))
	f.Add("", "Bearer eyJhbGciOiJub25lIiwia2lkIjoiazEifQ.eyJpc3MiOiJvcmcifQ.", []byte(`{"requestId":"a#0","occurredAt":"2026-11-01T09:00:00.000+0000","leftOn":"9999-99-99"}`))
	f.Add("", "bearer eyJhbGciOiJIUzI1NiIsImtpZCI6ImsxIn0.eyJleHAiOjFlMzAwfQ.AAAA", []byte("{\"requestId\":\"\u202e\"}"))
	f.Fuzz(func(t *testing.T, key, authorization string, body []byte) {
		r := Request{ID: "req_1", Method: http.MethodPost, URI: routePath, Body: body, Received: b.now(), Header: http.Header{}}
		if key != "" {
			r.Header[headerKey] = []string{key}
		}
		if authorization != "" {
			r.Header["Authorization"] = []string{authorization}
		}
		c, err := s.Verify(r, r.Received)
		if known := key == "sfk_current" || key == "sfk_previous"; known != (err == nil) {
			t.Fatalf("let in %v, %v", c, err)
		}
		if err != nil {
			checkRefusal(t, s, r, err)
		}
		fuzzSplit(t, s, r)
	})
}
