package adapter

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/routing"
)

// What must never be seen: a person who does not exist, and what the CRM and the
// ledger say about them when they fail.
const (
	canaryName  = "Zyxquw"
	canaryMail  = "zyxquw.canary@private.example"
	canarySlug  = "zyxquw-canary-slug"
	canaryPhone = "+49 555 0190199"
	canaryFault = "zyxquw-canary-fault"
)

// gossip is a driver that fails now and then, and tells people's data when it does.
type gossip struct {
	crm.Driver
	calls atomic.Int64
}

func (g *gossip) fault(op string) error {
	if g.calls.Add(1)%5 != 0 {
		return nil
	}
	err := &crm.Error{Op: op, Class: crm.ErrUnavailable, Code: "DOWN", Err: errors.New(canaryFault + " " + canaryMail)}
	if g.calls.Load()%10 == 0 {
		return fmt.Errorf("%s: %w", canaryName, err)
	}
	return err
}

func (g *gossip) Find(ctx context.Context, qs []crm.Query) ([]crm.Page, error) {
	if err := g.fault("find"); err != nil {
		return nil, err
	}
	return g.Driver.Find(ctx, qs)
}

func (g *gossip) Write(ctx context.Context, batch []crm.Write) ([]crm.Result, error) {
	if err := g.fault("write"); err != nil {
		return nil, err
	}
	return g.Driver.Write(ctx, batch)
}

// gossipLedger does the same for what is stored.
type gossipLedger struct {
	routing.Ledger
	calls atomic.Int64
}

func (g *gossipLedger) Accept(ctx context.Context, ds []routing.Delivery) ([]routing.Accepted, error) {
	if g.calls.Add(1)%4 == 0 {
		return nil, errors.New("ledger: " + canaryFault + " " + canaryMail)
	}
	return g.Ledger.Accept(ctx, ds)
}

// TestAD13P21NothingLeaks sends people and secrets through every door, good and bad,
// while CRM and ledger fail and tell them in their errors. Nothing of them is in the
// log at info and above, in the body of a refusal, in a figure, in a span or in a
// document.
func TestAD13P21NothingLeaks(t *testing.T) {
	p := &tape{}
	driver, ledger := &gossip{}, &gossipLedger{}
	o := newOffice(t, withEverySource, func(o *office) {
		driver.Driver, ledger.Ledger = o.driver, o.ledger
		o.driver, o.ledger, o.figures.TracerProvider = driver, ledger, p
		every := o.options
		o.options = func(opt *Options) {
			every(opt)
			opt.Flow.Deadline, opt.HubSpot.Deadline = 50*time.Millisecond, 50*time.Millisecond
		}
	})
	var refusals []string
	send := func(r *http.Request) {
		w := httptest.NewRecorder()
		o.server.Handler().ServeHTTP(w, r)
		if w.Code >= 400 {
			refusals = append(refusals, fmt.Sprintf("%d %v %s", w.Code, w.Header(), w.Body))
		}
	}
	for i := range 6 {
		for _, r := range canaryRequests(t, o.now, i) {
			send(r)
		}
	}
	if err := o.server.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(refusals) < 100 || driver.calls.Load() < 20 || ledger.calls.Load() < 20 {
		t.Errorf("%d refusals, %d calls, %d accepts: too few faults", len(refusals), driver.calls.Load(), ledger.calls.Load())
	}
	flow, admin, err := documents(nil)
	if err != nil {
		t.Fatal(err)
	}
	var spans strings.Builder
	for _, s := range p.spans {
		for _, a := range s.attributes {
			if a.Key != "url.path" { // a caller's own words
				fmt.Fprintln(&spans, a.Key, a.Value.Emit())
			}
		}
		fmt.Fprintln(&spans, s.name, s.text)
	}
	for place, text := range map[string]string{
		"log": o.logs.String(), "refusals": strings.Join(refusals, "\n"), "figures": scrape(t, o.tel),
		"spans": spans.String(), "documents": string(flow) + string(admin),
	} {
		lower := strings.ToLower(text)
		for _, canary := range []string{
			canaryName, canaryMail, "zyxquw.canary%40", canarySlug, canaryPhone, canaryFault,
			annToken, bobToken, testFlowKey, testFeedSecret, testHubSpotKey, "wrong-token-canary",
		} {
			if i := strings.Index(lower, strings.ToLower(canary)); i >= 0 {
				t.Errorf("%q is in the %s: …%s…", canary, place, text[max(0, i-160):min(len(text), i+80)])
			}
		}
	}
}

// canaryRequests are requests of one round to every door.
func canaryRequests(t testing.TB, now time.Time, i int) []*http.Request {
	person := fmt.Sprintf(`"first_name":%q,"last_name":"%s%d","email":%q,"linkedin_url":"https://linkedin.com/in/%s"`, canaryName, canaryName, i, canaryMail, canarySlug)
	event := fmt.Sprintf(`{"id":"c%d","person":{%s},"to":{"company":"Acme Inc","email":"%d.%s","phone":%q}}`, i, person, i, canaryMail, canaryPhone)
	move := fmt.Sprintf(`"fullName":"%s %s%d","email":%q,"newCompany":"Acme Inc","newPhone":%q`, canaryName, canaryName, i, canaryMail, canaryPhone)
	out := []*http.Request{
		feedPost(t, now, fmt.Sprintf("m%d", i), event),
		feedPost(t, now, fmt.Sprintf("n%d", i), strings.Replace(event, `"id"`, `"colour":1,"id"`, 1)),
		feedPost(t, now, fmt.Sprintf("o%d", i), `{"person":{"email":"`+canaryMail+`"}`),
		hubSpotSigned(now, "POST", "/hubspot/workflow", `{"objectId":1,"properties":{"email":{"value":"`+canaryMail+`"},"company":"Acme Inc","lastname":"`+canaryName+`"}}`),
		hubSpotSigned(now, "GET", "/hubspot/workflow?email="+strings.Replace(canaryMail, "@", "%40", 1)+"&full_name="+canaryName+"%20Doe&company=Acme", ""),
		hubSpotSigned(now, "POST", "/hubspot/webhooks", `[{"portalId":62515,"eventId":1,"objectId":2,"occurredAt":1,"subscriptionType":"contact.propertyChange","propertyName":"email","propertyValue":"`+canaryMail+`"}]`),
		hubSpotSigned(now, "POST", "/hubspot/actions/route", `{"callbackId":"cb`+fmt.Sprint(i)+`","origin":{"portalId":62515},"object":{"objectId":1,"properties":{"email":"`+canaryMail+`","company":"Acme Inc","lastname":"`+canaryName+`"}},"inputFields":{}}`),
	}
	for _, r := range out[:len(out):len(out)] { // the same, forged
		forged := r.Clone(context.Background())
		forged.Header.Set("Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString([]byte(canaryName)))
		forged.Header.Set("X-Hubspot-Signature-V3", canaryName)
		forged.Body = http.NoBody
		out = append(out, forged)
	}
	for _, path := range []string{"/route", "/match-account", "/find-duplicates", "/resolve-dri", "/decide"} {
		out = append(out,
			withFlowKey(unsignedRequest("POST", flowPath+path, `{"requestId":"q`+fmt.Sprint(i)+`",`+move+`}`)),
			withFlowKey(unsignedRequest("POST", flowPath+path, `{"requestId":"r`+fmt.Sprint(i)+`",`+move+`,"colour":"`+canaryMail+`"}`)),
			withFlowKey(unsignedRequest("POST", flowPath+path, `{"requestId":"s`+fmt.Sprint(i)+`",`+move+`,"recordId":"`+canaryMail+`"}`)))
	}
	out = append(out, withFlowKey(unsignedRequest("POST", flowPath+"/complete", `{"requestId":"q`+fmt.Sprint(i)+`","leadId":"`+canaryName+`","error":"`+canaryFault+`"}`)))
	for _, target := range []string{
		"GET /operator/deliveries?email=" + canaryMail, "GET /operator/deliveries?email=" + canaryName, "GET /operator/deliveries?" + canaryName + "=1",
		"GET /operator/deliveries/" + canaryMail, "POST /operator/search", "POST /operator/replay", "POST /operator/deliveries/" + canaryMail + "/approve",
		"GET /operator/export?what=" + canaryName, "GET /" + canaryMail, "POST /operator/refused/readmit",
	} {
		method, path, _ := strings.Cut(target, " ")
		r := unsignedRequest(method, path, `{"email":"`+canaryMail+`","colour":[`)
		r.Header.Set("Authorization", "Bearer "+annToken)
		stranger := r.Clone(context.Background())
		stranger.Header.Set("Authorization", "Bearer wrong-token-canary")
		out = append(out, r, stranger)
	}
	return out
}

func unsignedRequest(method, target, body string) *http.Request {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	return r
}

// withFlowKey adds the Flow's key.
func withFlowKey(r *http.Request) *http.Request {
	r.Header.Set(headerKey, testFlowKey)
	return r
}

func feedPost(t testing.TB, now time.Time, id, body string) *http.Request {
	t.Helper()
	signature, err := Sign(testFeedSecret, id, now, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	r := unsignedRequest("POST", "/feeds/"+testFeed, body)
	r.Header.Set(HeaderWebhookID, id)
	r.Header.Set(HeaderWebhookTimestamp, fmt.Sprint(now.Unix()))
	r.Header.Set(HeaderWebhookSignature, signature)
	return r
}

// hubSpotSigned signs as HubSpot's version 3 does.
func hubSpotSigned(now time.Time, method, target, body string) *http.Request {
	r, at := unsignedRequest(method, target, body), fmt.Sprint(now.UnixMilli())
	uri := "https://hooks.example.com" + strings.ReplaceAll(target, "%40", "@")
	mac := hmac.New(sha256.New, []byte(testHubSpotKey))
	mac.Write([]byte(method + uri + body + at))
	r.Header.Set("X-HubSpot-Signature-v3", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	r.Header.Set("X-HubSpot-Request-Timestamp", at)
	return r
}
