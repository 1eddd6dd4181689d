package adapter

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/routing"
)

func feedBench(t testing.TB) *hubBench {
	t.Helper()
	return newHubBench(t, func(o *Options, _ *contactBook) {
		o.Feeds = []FeedOptions{{Name: "vendor", Keys: []SigningKey{{Value: secretOf(t, vectorShared)}}}}
	})
}

const feedNow = contractClock / 1000

func TestFeedTakesEventsAndTellsTheirState(t *testing.T) {
	b := feedBench(t)
	one := `{"person":{"full_name":"Ann Lee"},"to":{"company":"Fabrikam","email":"ann@fabrikam.com"},"custom":{"batch":"7"}}`
	two := `{"events":[` + one + `,{"id":"mine","person":{"full_name":"Bo Lee"},"to":{"domain":"fabrikam.com"},"occurred_at":"2026-07-01"}]}`
	state := func(id, status string, duplicate bool) feedDelivery {
		return feedDelivery{ID: id, Status: status, Duplicate: duplicate, StatusURL: contractBase + "/feeds/vendor/deliveries/" + strings.ReplaceAll(id, "#", "%23")}
	}
	for _, row := range []struct {
		name, id, body string
		want           []feedDelivery
	}{
		{"one", "m1", one, []feedDelivery{state("m1", "accepted", false)}},
		{"the same again", "m1", one, []feedDelivery{state("m1", "accepted", true)}},
		{"a list", "m2", two, []feedDelivery{state("m2#0", "accepted", false), state("mine", "accepted", false)}},
	} {
		got := b.send(signedFeed(t, vectorShared, row.id, row.body, feedNow))
		var answer feedAnswer
		if got.Code != http.StatusAccepted || json.Unmarshal(got.Body.Bytes(), &answer) != nil {
			t.Fatalf("%s: %d %s", row.name, got.Code, got.Body)
		}
		if diff := cmp.Diff(feedAnswer{"accepted", row.want, row.want[0].StatusURL}, answer); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.name, diff)
		}
	}
	if _, err := b.opt.Engine.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]int{"m1": 200, "m2%230": 200, "mine": 200, "m3": 404} {
		plain := strings.ReplaceAll(id, "%23", "#")
		got := b.send(statusRequest(t, plain, id))
		var d feedDelivery
		if err := json.Unmarshal(got.Body.Bytes(), &d); got.Code != want || want == 200 && (err != nil || d.ID != plain || d.Outcome == "") {
			t.Errorf("%s: %d %s", id, got.Code, got.Body)
		}
	}
	if got := b.send(statusRequest(t, "m1", "mine")); got.Code != 401 {
		t.Errorf("one delivery's signature opened another: %d", got.Code)
	}
}

// A feed is one of our own endpoints: what it does not know it refuses, by its path,
// and then nothing of the message is accepted.
func TestAD07Feed(t *testing.T) {
	b := feedBench(t)
	const good = `{"person":{"full_name":"Ann Lee"},"to":{"company":"Fabrikam"}}`
	for name, row := range map[string]struct {
		body   string
		status int
		field  string
	}{
		"AD07 broken":              {`{"person"`, 400, ""},
		"AD07 duplicate keys":      {`{"id":"a","id":"b"}`, 400, ""},
		"AD07 invalid UTF-8":       {"{\"id\":\"\xff\"}", 400, ""},
		"AD07 a list":              {`[]`, 422, ""},
		"AD07 null":                {`null`, 422, ""},
		"AD07 unknown field":       {`{"persona":{}}`, 422, "persona"},
		"AD07 unknown, in a list":  {`{"events":[` + good + `,{"to":{"compny":"X"}}]}`, 422, "events[1].to.compny"},
		"AD07 beside the list":     {`{"events":[` + good + `],"more":1}`, 422, "more"},
		"AD07 null list":           {`{"events":null}`, 422, "events"},
		"AD07 no events":           {`{"events":[]}`, 422, "events"},
		"AD07 null positions":      {`{"person":{"full_name":"Ann Lee"},"positions":null}`, 422, "positions"},
		"AD07 broken id":           {`{"events":[{"person":{"crm_id":"003"},"to":{"company":"X"}}]}`, 422, "events[0].person.crm_id"},
		"AD07 a date that is none": {`{"person":{"full_name":"Ann Lee"},"to":{"company":"X","started_on":"soon"}}`, 422, "to.started_on"},
		"AD07 another's name":      {`{"source":"flow","person":{"full_name":"Ann Lee"},"to":{"company":"X"}}`, 422, "source"},
		"AD07 a pointer":           {`{"person":{"hubspot_id":"1"},"pointer":{"system":"hubspot","kind":"contact.privacyDeletion","id":"1"}}`, 422, "pointer"},
		"AD07 an event record":     {`{"record_id":"a01RM00000JcAbcYAF","person":{"full_name":"Ann Lee"},"to":{"company":"X"}}`, 422, "record_id"},
		"AD09 with nothing":        {`{"events":[` + good + `,{}]}`, 422, "events[1].person"},
		"AD07 201 events":          {`{"events":[` + good + strings.Repeat(","+good, 200) + `]}`, 422, "events"},
	} {
		t.Run(name, func(t *testing.T) {
			got := b.send(signedFeed(t, vectorShared, "m", row.body, feedNow))
			var p problem
			if err := json.Unmarshal(got.Body.Bytes(), &p); err != nil || got.Code != row.status || p.Error.Field != row.field {
				t.Errorf("%d %s", got.Code, got.Body)
			}
		})
	}
	if n := len(b.records(t)); n != 0 {
		t.Errorf("%d stored", n)
	}
	if got := b.send(signedFeed(t, vectorShared, "m", good, feedNow)); got.Code != 202 {
		t.Errorf("AD09 without an e-mail: %d %s", got.Code, got.Body)
	}
}

// One of several signatures is enough: the sender is changing its secret.
func TestFeedTakesOneOfSeveralSignatures(t *testing.T) {
	f := feedForTest(t, vectorShared)
	r := feedRequest("POST", "/feeds/vendor", vectorID, "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= v2,abc "+vectorV1+" "+vectorV1a, vectorBody, vectorSeconds)
	if c, err := f.Verify(r, r.Received); err != nil || c.KeyID != "current" {
		t.Errorf("%+v, %v", c, err)
	}
	two := feedForTest(t, "whsec_"+strings.Repeat("QUFB", 8), vectorShared)
	if c, err := two.Verify(r, r.Received); err != nil || !c.Previous {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestFeedKeepsLongMessageIDsApart(t *testing.T) {
	long := strings.Repeat("x", 200)
	if a, b := feedID(long+"a", "#1"), feedID(long+"b", "#1"); a == b || len(a) > 128 {
		t.Error(a, b)
	}
	if _, err := routing.Normalize(routing.Event{ID: feedID(long, "#199"), Person: routing.Person{FullName: "A B"}, To: &routing.Place{Company: "X"}}, time.Now()); err != nil {
		t.Error(err)
	}
}
