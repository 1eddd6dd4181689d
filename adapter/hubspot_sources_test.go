package adapter

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/routing"
)

// signedV3 signs a request as HubSpot does, in a second implementation: the escapes
// are undone one by one.
func signedV3(secret, method, uri, body string, ms int64) Request {
	decoded := contractBase + uri
	for _, c := range ":/?@!$'()*,;" {
		decoded = strings.ReplaceAll(decoded, fmt.Sprintf("%%%02X", c), string(c))
	}
	stamp := strconv.FormatInt(ms, 10)
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprint(mac, method, decoded, body, stamp)
	return Request{
		Method: method, URI: uri, Body: []byte(body), Received: time.UnixMilli(contractClock), Header: http.Header{
			"Content-Type":                {"application/json"},
			"X-Hubspot-Request-Timestamp": {stamp},
			"X-Hubspot-Signature-V3":      {base64.StdEncoding.EncodeToString(mac.Sum(nil))},
		},
	}
}

// signedOld signs a request with version 1 or 2.
func signedOld(secret, version, method, uri, body string) Request {
	text := secret + body
	if version == "v2" {
		text = secret + method + contractBase + uri + body
	}
	sum := sha256.Sum256([]byte(text))
	return Request{
		Method: method, URI: uri, Body: []byte(body), Received: time.UnixMilli(contractClock), Header: http.Header{
			"Content-Type":                {"application/json"},
			"X-Hubspot-Signature-Version": {version},
			"X-Hubspot-Signature":         {hex.EncodeToString(sum[:])},
		},
	}
}

func hubSpotForTest(t testing.TB, change func(*HubSpotOptions)) hubSpotSources {
	t.Helper()
	o := contractHubSpot(t)
	if change != nil {
		change(o)
	}
	hs, err := newHubSpotSources(*o, contractBase, Limits{}.withDefaults(), actionStrategies{configured: routing.StrategyContactOrLead})
	if err != nil {
		t.Fatal(err)
	}
	return hs
}

// A workflow's POST is taken with a right signature, and with no other.
func TestAD01WorkflowPost(t *testing.T) {
	const body = `{"email":"ann@newco.com","company":"NewCo","firstname":"Ann","lastname":"Lee"}`
	at := time.Now().UnixMilli()
	for name, row := range map[string]struct {
		sent   int64
		body   string
		status int
	}{
		"AD01 valid":                 {at, body, 200},
		"AD01 body changed":          {at, strings.Replace(body, "ann@", "eve@", 1), 401},
		"AD01 timestamp 6 min old":   {at - 6*60_000, body, 401},
		"AD01 timestamp 6 min hasty": {at + 6*60_000, body, 401},
	} {
		t.Run(name, func(t *testing.T) {
			b := newHubBench(t, nil)
			b.now.Store(at)
			r := signedV3(contractSecret, "POST", "/hubspot/workflow", body, row.sent)
			r.Body = []byte(row.body)
			got := b.send(r)
			if got.Code != row.status || len(b.records(t)) != map[int]int{200: 1}[row.status] {
				t.Errorf("%d %s, %d stored", got.Code, got.Body, len(b.records(t)))
			}
		})
	}
}

// HubSpot comes again for three days. Each time it is told the same, signed anew or
// not, and nothing is done twice.
func TestAD02RepeatedForThreeDays(t *testing.T) {
	b, c := newHubBench(t, nil), readCase(t, "D24")
	answer := b.send(c.req).Body.String()
	for hours := int64(12); hours <= 72; hours += 12 {
		b.now.Store(contractClock + hours*3600_000)
		r := signedV3(contractSecret, "POST", c.req.URI, string(c.req.Body), b.now.Load())
		if got := b.send(r); got.Code != 200 || got.Body.String() != answer {
			t.Errorf("after %d h: %d %s", hours, got.Code, got.Body)
		}
	}
	if leads := b.crm.Records(crm.ObjectLead); len(leads) != 1 || b.book.calls.Load() != 1 {
		t.Errorf("%d leads, fetched %d times", len(leads), b.book.calls.Load())
	}
}

// HubSpot counts the Retry-After of a 429 in milliseconds, everybody else in seconds.
func TestAD04RetryAfterUnits(t *testing.T) {
	hs := hubSpotForTest(t, nil)
	limited := &Refusal{Status: 429, Code: codeLimited, RetryAfter: 1500 * time.Millisecond}
	for _, row := range []struct {
		source Source
		why    *Refusal
		want   string
	}{
		{hs.workflow, limited, "1500"},
		{hs.action, limited, "1500"},
		{hs.webhooks, limited, "1500"},
		{&feed{name: "f"}, limited, "2"},
		{hs.workflow, unavailable(), "30"},
		{&feed{name: "f"}, unavailable(), "30"},
	} {
		if got := row.source.Refuse(Request{}, row.why).Header["Retry-After"]; got != row.want {
			t.Errorf("%s, %d: Retry-After %q, want %q", row.source.Name(), row.why.Status, got, row.want)
		}
	}
}

func TestAD04LimitedOverHTTP(t *testing.T) {
	b := newHubBench(t, func(o *Options, _ *contactBook) { o.Limits.Rate, o.Limits.Burst = 0.5, 1 })
	c := readCase(t, "D29")
	if got := b.send(c.req); got.Code != 200 {
		t.Fatal(got.Code)
	}
	if got := b.send(c.req); got.Code != 429 || got.Header().Get("Retry-After") != "2000" {
		t.Errorf("%d, Retry-After %q", got.Code, got.Header().Get("Retry-After"))
	}
}

// What HubSpot sends that is no JSON, and what it may add whenever it likes.
func TestAD07FromHubSpot(t *testing.T) {
	b := newHubBench(t, nil)
	for name, row := range map[string]struct {
		body   string
		status int
		answer string
	}{
		"AD07 broken":                {`[{"eventId":`, 400, `"bad_json"`},
		"AD07 behind the end":        {`[] []`, 400, `"bad_json"`},
		"AD07 duplicate keys":        {`[{"portalId":62515,"portalId":62515}]`, 400, `"bad_json"`},
		"AD07 invalid UTF-8":         {"[{\"propertyValue\":\"\xff\"}]", 400, `"bad_json"`},
		"AD07 nested":                {strings.Repeat("[", 40) + strings.Repeat("]", 40), 400, `"bad_json"`},
		"AD07 no list":               {`{"eventId":1}`, 422, `"invalid_field"`},
		"AD07 too many":              {"[" + strings.Repeat("{},", 200) + "{}]", 422, `"invalid_field"`},
		"AD07 1 MB":                  {"[" + strings.Repeat(" ", 1<<20) + "]", 413, `"too_large"`},
		"AD07 null":                  {`null`, 200, `"received":0`},
		"AD07 unreadable items":      {`[1,null,"x",{"portalId":"many"},{"portalId":1.5}]`, 200, `"ignored":5`},
		"AD07 unknown fields":        {`[{"portalId":62515,"appId":54321,"subscriptionType":"contact.creation","objectId":1,"news":{"a":[1]}}]`, 200, `"accepted":1`},
		"AD07 ids beyond 2^53, text": {`[{"portalId":"62515","appId":54321,"subscriptionType":"contact.creation","objectId":9007199254740993}]`, 200, `"accepted":1`},
	} {
		t.Run(name, func(t *testing.T) {
			got := b.send(signedV3(contractSecret, "POST", "/hubspot/webhooks", row.body, contractClock))
			if got.Code != row.status || !strings.Contains(got.Body.String(), row.answer) {
				t.Errorf("%d %s", got.Code, got.Body)
			}
		})
	}
	var big bool
	for _, r := range b.records(t) {
		big = big || r.Event.Pointer.ID == "9007199254740993"
	}
	if !big {
		t.Error("a large id was not kept exactly")
	}
}

// One person, once as HubSpot writes values and once as Salesforce does.
func TestAD10OneEventInTwoForms(t *testing.T) {
	want := routing.Event{
		Source: "hubspot", OccurredAt: time.UnixMilli(1783999990000).UTC(),
		Person: routing.Person{FirstName: "Ann", LastName: "Lee", CRMID: "003RM0000068xV6YAI"},
		To: &routing.Place{
			Company: "NewCo", Domain: "newco.com", Email: "ann@newco.com", Title: "VP Sales",
			StartedOn: routing.Date{Time: time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)},
		},
	}
	for name, text := range map[string]string{
		"AD10 HubSpot: text, null, epoch milliseconds": `{"properties":{"firstname":{"value":"Ann"},"lastname":{"value":"Lee"},"email":{"value":"ann@newco.com"},
			"company":{"value":"NewCo"},"domain":"newco.com","jobtitle":{"value":"VP Sales"},"phone":{"value":null},"city":null,"hs_linkedin_url":"",
			"crm_id":"003RM0000068xV6YAI","occurred_at":{"value":"1783999990000"},"started_on":{"value":"1782864000000"}}}`,
		"AD10 HubSpot: numbers": `{"properties":{"firstname":"Ann","lastname":"Lee","email":"ann@newco.com","company":"NewCo","website":"https://www.newco.com/",
			"jobtitle":"VP Sales","crm_id":"003RM0000068xV6YAI","occurred_at":1783999990000,"started_on":1782864000000}}`,
		"AD10 Salesforce: ISO dates, 15 characters": `{"first_name":"Ann","last_name":"Lee","email":"ann@newco.com","company":"NewCo","domain":"newco.com","title":"VP Sales",
			"phone":null,"crm_id":"003RM0000068xV6","occurred_at":"2026-07-14T03:33:10.000+0000","started_on":"2026-07-01"}`,
	} {
		t.Run(name, func(t *testing.T) {
			b, err := hubSpotForTest(t, nil).workflow.Split(Request{Method: "POST", Body: []byte(text), Received: time.UnixMilli(contractClock)}, Caller{})
			if err != nil {
				t.Fatal(err)
			}
			got := b.Events[0]
			got.ID = ""
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error("event (-want +got):\n" + diff)
			}
		})
	}
}

// The same from a Flow, whose source and key alone differ.
func TestAD10AsAFlowSendsIt(t *testing.T) {
	received := time.UnixMilli(contractClock)
	flow, err := flowEvent(flowMove{
		FirstName: "Ann", LastName: "Lee", NewEmail: "ann@newco.com", NewCompany: "NewCo", NewDomain: "newco.com", NewTitle: "VP Sales",
		PastContactID: "003RM0000068xV6", OccurredAt: "2026-07-14T03:33:10.000+0000", StartedOn: "2026-07-01",
	}, "r1", received)
	if err != nil {
		t.Fatal(err)
	}
	b, err := hubSpotForTest(t, nil).workflow.Split(Request{Method: "POST", Received: received, Body: []byte(
		`{"properties":{"firstname":"Ann","lastname":"Lee","email":"ann@newco.com","company":"NewCo","domain":"newco.com","jobtitle":"VP Sales",
		"crm_id":"003RM0000068xV6YAI","occurred_at":"1783999990000","started_on":"1782864000000","left_on":null}}`)}, Caller{})
	if err != nil {
		t.Fatal(err)
	}
	flow.ID, flow.Source = b.Events[0].ID, "hubspot"
	if diff := cmp.Diff(flow, b.Events[0]); diff != "" {
		t.Error("events (-Flow +HubSpot):\n" + diff)
	}
}

// The history of an enrolled contact tells where it was before.
func TestWorkflowHistoryGivesThePast(t *testing.T) {
	const body = `{"vid":904,"portal-id":62515,"properties":{"firstname":{"value":"Ann"},"lastname":{"value":"Lee"},"email":{"value":"ann@oldco.com"},
		"domain":{"value":"newco.com"},"jobtitle":{"value":"CTO"},"hs_lead_status":{"value":"OPEN"},
		"company":{"value":"NewCo","versions":[{"value":"NewCo","timestamp":3},{"value":"","timestamp":2},{"value":"OldCo","timestamp":1},{"value":"First","timestamp":0}]}}}`
	b, err := hubSpotForTest(t, nil).workflow.Split(Request{Method: "POST", Body: []byte(body), Received: time.UnixMilli(contractClock)}, Caller{})
	if err != nil {
		t.Fatal(err)
	}
	want := routing.Event{
		ID: b.Events[0].ID, Source: "hubspot", OccurredAt: time.UnixMilli(contractClock).UTC(),
		Person: routing.Person{FirstName: "Ann", LastName: "Lee", Email: "ann@oldco.com", Emails: []string{"ann@oldco.com"}, HubSpotID: "62515-904"},
		From:   &routing.Place{Company: "OldCo"}, To: &routing.Place{Company: "NewCo", Domain: "newco.com", Title: "CTO"},
	}
	if diff := cmp.Diff(want, b.Events[0]); diff != "" {
		t.Error("event (-want +got):\n" + diff)
	}
}

// An error is final for a workflow, so it only gets one for what can never work, in
// its own words.
func TestWorkflowRefusals(t *testing.T) {
	for uri, field := range map[string]string{
		"/hubspot/workflow?email=no-address&company=X":     "email",
		"/hubspot/workflow?company=X":                      "person",
		"/hubspot/workflow?email=a@b.com&email=c@d.com":    "email",
		"/hubspot/workflow?title=a&new_title=b":            "title",
		"/hubspot/workflow?occurred_at=soon&email=a@b.com": "occurred_at",
		"/hubspot/workflow?a=%zz":                          "",
	} {
		_, err := hubSpotForTest(t, nil).workflow.Split(Request{Method: "GET", URI: uri, Received: time.UnixMilli(contractClock)}, Caller{})
		why, ok := err.(*Refusal)
		if !ok || why.Status != 422 && why.Status != 400 || why.Field != field {
			t.Errorf("%s: %v", uri, err)
		}
	}
}

func TestActionRejects(t *testing.T) {
	call := func(portal int64, object, strategy, properties string) string {
		return fmt.Sprintf(`{"callbackId":"c","origin":{"portalId":%d},"object":{"objectId":904,"objectType":%q,"properties":%s},"inputFields":{"strategy":%q}}`,
			portal, object, properties, strategy)
	}
	const known = `{"email":"ann@newco.com","company":"NewCo"}`
	for name, row := range map[string]struct {
		body, code string
	}{
		"fine":                     {call(62515, "CONTACT", "", known), ""},
		"the configured strategy":  {call(62515, "CONTACT", "contact-or-lead", known), ""},
		"a strategy not allowed":   {call(62515, "CONTACT", "always-lead", known), "STRATEGY_NOT_ALLOWED"},
		"an unknown strategy":      {call(62515, "CONTACT", "nope", known), "UNKNOWN_STRATEGY"},
		"somebody else's portal":   {call(1, "CONTACT", "", known), "UNKNOWN_PORTAL"},
		"a company":                {call(62515, "COMPANY", "", known), "UNSUPPORTED_OBJECT"},
		"an address that is none":  {call(62515, "CONTACT", "", `{"email":"ann","company":"NewCo"}`), "INVALID_INPUT"},
		"nothing, without a fetch": {call(62515, "CONTACT", "", `{}`), "INVALID_INPUT"},
	} {
		t.Run(name, func(t *testing.T) {
			src := hubSpotForTest(t, func(o *HubSpotOptions) { o.Fetch = false }).action
			b, err := src.Split(Request{Method: "POST", Body: []byte(row.body), Received: time.UnixMilli(contractClock)}, Caller{})
			if err != nil {
				t.Fatal(err)
			}
			var got string
			if len(b.Rejected) > 0 {
				got = src.Answer(b, nil).Body.(actionAnswer).OutputFields["errorCode"]
			}
			if got != row.code || (got == "") != (len(b.Events) == 1) {
				t.Errorf("code %q, %d events", got, len(b.Events))
			}
		})
	}
}

func TestActionOptionsListTheStrategies(t *testing.T) {
	b := newHubBench(t, nil)
	r := signedV3(contractSecret, "POST", "/hubspot/actions/options", `{"origin":{"portalId":62515},"inputFieldName":"strategy","fetchOptions":{"q":"","after":null}}`, contractClock)
	var page actionOptions
	if got := b.send(r); got.Code != 200 || json.Unmarshal(got.Body.Bytes(), &page) != nil || len(page.Options) != 1 {
		t.Errorf("%d %s", got.Code, got.Body)
	}
	if got := len((actionStrategies{override: true}).list()); got != 4 {
		t.Errorf("%d strategies to choose from", got)
	}
}

func TestActionOutputOfOutcomes(t *testing.T) {
	for name, row := range map[string]struct {
		record routing.Record
		want   map[string]string
	}{
		"a contact": {
			routing.Record{Status: routing.StatusDone, Outcome: routing.Outcome{What: routing.WhatContact, ContactID: "003"}},
			map[string]string{"hs_execution_state": "SUCCESS", "outcome": "contact_created", "salesforceContactId": "003"},
		},
		"for a person to decide": {
			routing.Record{Status: routing.StatusReview, Outcome: routing.Outcome{What: routing.WhatHeld, Reason: routing.ReasonAccountReview}},
			map[string]string{"hs_execution_state": "SUCCESS", "outcome": "ambiguous_account"},
		},
		"filtered": {
			routing.Record{Status: routing.StatusFiltered, Outcome: routing.Outcome{What: routing.WhatNothing, Reason: routing.ReasonPersona}},
			map[string]string{"hs_execution_state": "SUCCESS", "outcome": "persona"},
		},
		"parked": {
			routing.Record{Status: routing.StatusParked, Outcome: routing.Outcome{What: routing.WhatRefused, Reason: routing.ReasonRefusedByCRM}},
			map[string]string{"hs_execution_state": "FAIL_CONTINUE", "outcome": "refused", "errorCode": "REFUSED"},
		},
	} {
		if diff := cmp.Diff(row.want, ActionOutput(row.record)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// Subscriptions: what is news and what is not.
func TestWhichNoticesAreNews(t *testing.T) {
	const common = `"portalId":62515,"appId":54321,"occurredAt":1783999990000,"eventId":1,`
	for name, row := range map[string]struct {
		fields string
		want   int
	}{
		"a title":              {`"subscriptionType":"contact.propertyChange","objectId":1,"propertyName":"jobtitle"`, 1},
		"a phone number":       {`"subscriptionType":"contact.propertyChange","objectId":1,"propertyName":"phone"`, 0},
		"no contact":           {`"subscriptionType":"contact.propertyChange","propertyName":"jobtitle"`, 0},
		"a company's name":     {`"subscriptionType":"company.propertyChange","objectId":1,"propertyName":"jobtitle"`, 0},
		"a company, generic":   {`"subscriptionType":"object.propertyChange","objectTypeId":"0-2","objectId":1,"propertyName":"jobtitle"`, 0},
		"some object":          {`"subscriptionType":"object.creation","objectId":1`, 0},
		"a deletion":           {`"subscriptionType":"contact.deletion","objectId":1`, 0},
		"a deal":               {`"subscriptionType":"contact.associationChange","associationType":"CONTACT_TO_DEAL","fromObjectId":1,"toObjectId":2`, 0},
		"a company taken away": {`"subscriptionType":"contact.associationChange","associationType":"CONTACT_TO_COMPANY","fromObjectId":1,"toObjectId":2,"associationRemoved":true`, 0},
		"a second company":     {`"subscriptionType":"contact.associationChange","associationType":"CONTACT_TO_COMPANY","fromObjectId":1,"toObjectId":2,"isPrimaryAssociation":false`, 0},
		"an association":       {`"subscriptionType":"object.associationChange","objectTypeId":"0-1","associationType":"CONTACT_TO_COMPANY","fromObjectId":1,"toObjectId":2`, 1},
		"a time far off":       {`"subscriptionType":"contact.creation","objectId":1,"occurredAt":9223372036854775807`, 1},
	} {
		t.Run(name, func(t *testing.T) {
			text := "{" + common + row.fields + "}"
			if strings.Count(text, "occurredAt") == 2 {
				text = strings.Replace(text, `"occurredAt":1783999990000,`, "", 1)
			}
			b, err := hubSpotForTest(t, nil).webhooks.Split(Request{Body: []byte("[" + text + "]"), Received: time.UnixMilli(contractClock)}, Caller{})
			if err != nil || len(b.Events) != row.want || b.Ignored != 1-row.want {
				t.Errorf("%d events, %d ignored, %v", len(b.Events), b.Ignored, err)
			}
		})
	}
}

// An event's key leaves nothing out that tells two events apart, and nothing in that
// differs between two deliveries of one.
func TestNoticeKeys(t *testing.T) {
	base := notice{EventID: 1, PortalID: 2, OccurredAt: 3, SubscriptionType: "contact.propertyChange", ObjectID: 4, PropertyName: "jobtitle"}
	for name, change := range map[string]func(*notice){
		"eventId":          func(n *notice) { n.EventID++ },
		"portalId":         func(n *notice) { n.PortalID++ },
		"occurredAt":       func(n *notice) { n.OccurredAt++ },
		"subscriptionType": func(n *notice) { n.SubscriptionType = "contact.creation" },
		"objectId":         func(n *notice) { n.ObjectID++ },
		"propertyName":     func(n *notice) { n.PropertyName = "company" },
		"fromObjectId":     func(n *notice) { n.FromObjectID++ },
		"toObjectId":       func(n *notice) { n.ToObjectID++ },
	} {
		n := base
		change(&n)
		if n.key() == base.key() {
			t.Errorf("%s is not part of the key", name)
		}
	}
	n := base
	n.SubscriptionType, n.EventType, n.PropertyValue = "", base.SubscriptionType, "other"
	if n.key() != base.key() {
		t.Error("the key depends on how the same event is written")
	}
}

// TestContactsOfTwoPortalsAreTwoPeople: one number means two people in two portals, so
// that with several portals it bears the portal's.
func TestContactsOfTwoPortalsAreTwoPeople(t *testing.T) {
	one, two := hubSpotTenant{portals: []int64{62515}}, hubSpotTenant{portals: []int64{62515, 7}}
	for _, row := range []struct {
		tenant     hubSpotTenant
		portal, id string
		want       string
	}{{one, "62515", "123", "123"}, {two, "62515", "123", "62515-123"}, {two, "7", "123", "7-123"}, {two, "", "123", "123"}} {
		got := row.tenant.person(row.portal, row.id)
		ev, err := routing.Normalize(routing.Event{Person: routing.Person{HubSpotID: got, FullName: "Ann Lee"}, To: &routing.Place{Company: "NewCo"}}, time.Now())
		if got != row.want || err != nil || ev.Person.HubSpotID != row.want {
			t.Errorf("%s in %s: %q, %v", row.id, row.portal, got, err)
		}
	}
}
