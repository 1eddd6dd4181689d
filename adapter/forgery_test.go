package adapter

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The published vectors of Standard Webhooks: a shared secret, and an Ed25519 key.
const (
	vectorID        = "msg_p5jXN8AQM9LWM0D4loKWxJek"
	vectorSeconds   = 1614265330
	vectorBody      = `{"test": 2432232314}`
	vectorShared    = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	vectorV1        = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	vectorSeed      = "VEVTVFNJR05JTkdLRVlET05PVFVTRVRISVNGT1JBTlk="
	vectorV1a       = "v1a,tQ9V2XOqn7jL/DQenEFpqIugdBVtiMmER5mhSkXBNwM0mkATuDe6KYYUuxqtaiHeYGb7KaaBRdM5WqyeFiL8Ag=="
	vectorPrivate   = "whsk_" + vectorSeed
	forgeriesOnEdit = 50_000
)

func TestSignAgreesWithPublishedVectors(t *testing.T) {
	for secret, want := range map[string]string{vectorShared: vectorV1, vectorPrivate: vectorV1a} {
		got, err := Sign(secret, vectorID, time.Unix(vectorSeconds, 0), []byte(vectorBody))
		if err != nil || got != want {
			t.Errorf("%s, %v", got, err)
		}
	}
}

func TestSignRefusesBadKeysWithoutShowingThem(t *testing.T) {
	for _, secret := range []string{"", "whsec_", "whsec_c2hvcnQ=", "plain-text-of-some-length-which-is-no-key", "whsk_c2hvcnQ=", publicOf(t)} {
		_, err := Sign(secret, "m1", time.Now(), nil)
		if err == nil || len(secret) > 8 && strings.Contains(err.Error(), secret) {
			t.Errorf("%v", err)
		}
	}
	if _, err := Sign(vectorShared, "a.b", time.Now(), nil); err == nil {
		t.Error("an id with a dot was signed")
	}
}

func publicOf(t testing.TB) string {
	t.Helper()
	key, err := parsePrivateKey(vectorSeed)
	if err != nil {
		t.Fatal(err)
	}
	return prefixPublic + base64.StdEncoding.EncodeToString(key.Public().(ed25519.PublicKey))
}

func feedForTest(t testing.TB, keys ...string) *feed {
	t.Helper()
	o := FeedOptions{Name: "vendor"}
	for i, k := range keys {
		key := SigningKey{Value: secretOf(t, k)}
		if i > 0 {
			key.Until = time.UnixMilli(contractClock).Add(time.Hour)
		}
		o.Keys = append(o.Keys, key)
	}
	f, err := newFeed(o, contractBase, Limits{}.withDefaults())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// feedRequest is a message of a feed, received at once.
func feedRequest(method, uri, id, signature, body string, sec int64) Request {
	return Request{
		Method: method, URI: uri, Body: []byte(body), Received: time.Unix(sec, 0), Header: http.Header{
			"Content-Type": {"application/json"}, HeaderWebhookID: {id}, HeaderWebhookTimestamp: {strconv.FormatInt(sec, 10)}, HeaderWebhookSignature: {signature},
		},
	}
}

func signedFeed(t testing.TB, secret, id, body string, sec int64) Request {
	t.Helper()
	s, err := Sign(secret, id, time.Unix(sec, 0), []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return feedRequest("POST", "/feeds/vendor", id, s, body, sec)
}

// vector is a request that verifies; every altered one must not.
type vector struct {
	name   string
	source Source
	req    Request
	// signed are the headers that decide.
	signed []string
}

func (v vector) accepts(r Request) bool {
	_, err := v.source.Verify(r, r.Received)
	return err == nil
}

// vectors are all independent ones, and 200 made ones.
func vectors(t testing.TB) []vector {
	t.Helper()
	hs := hubSpotForTest(t, nil)
	legacy := hubSpotForTest(t, func(o *HubSpotOptions) { o.Legacy = true })
	var all []vector
	for n := 13; n <= 29; n++ {
		name := fmt.Sprintf("D%d", n)
		v := vector{name: name, req: readCase(t, name).req, source: hs.webhooks, signed: []string{headerHubSpotV3, headerHubSpotTimestamp}}
		switch {
		case n >= 24 && n < 28:
			v.source = hs.action // without the weaker signature beside
			v.req.Header.Del(headerHubSpotSignature)
		case n == 28:
			v.source, v.signed = hs.action, []string{headerHubSpotSignature, headerHubSpotVersion}
		case n == 29:
			v.source, v.signed = hs.workflow, []string{headerHubSpotSignature, headerHubSpotVersion}
		}
		if n != 20 { // D20 is a forgery itself
			all = append(all, v)
		}
	}
	standard := []string{HeaderWebhookID, HeaderWebhookTimestamp, HeaderWebhookSignature}
	all = append(all,
		vector{"Standard Webhooks v1", feedForTest(t, vectorShared), feedRequest("POST", "/feeds/vendor", vectorID, vectorV1, vectorBody, vectorSeconds), standard},
		vector{"Standard Webhooks v1a", feedForTest(t, publicOf(t)), feedRequest("POST", "/feeds/vendor", vectorID, vectorV1a, vectorBody, vectorSeconds), standard},
	)
	r := rand.New(rand.NewPCG(4, 2))
	for i := range 200 {
		v := vector{name: fmt.Sprintf("made %d", i), signed: []string{headerHubSpotV3, headerHubSpotTimestamp}}
		body := fmt.Sprintf(`[{"eventId":%d,"propertyValue":"%s é"}]`, r.Int64(), strings.Repeat("x", r.IntN(300)))
		uri := fmt.Sprintf("/hubspot/workflow?a=%%40%d&b=%%2F%%20%%c3%%a9&c=%d", r.Int32(), r.Int32())
		switch i % 5 {
		case 0:
			v.source, v.req = hs.webhooks, signedV3(contractSecret, "POST", "/hubspot/webhooks", body, contractClock-r.Int64N(300_000))
		case 1:
			v.source, v.req = hs.workflow, signedV3(contractSecret, "GET", uri, "", contractClock+r.Int64N(300_000))
		case 2:
			v.source, v.req, v.signed = hs.workflow, signedOld(contractSecret, "v2", "POST", uri, body), []string{headerHubSpotSignature, headerHubSpotVersion}
		case 3:
			v.source, v.req, v.signed = legacy.webhooks, signedOld(contractSecret, "v1", "POST", "/hubspot/webhooks", body), []string{headerHubSpotSignature, headerHubSpotVersion}
		case 4:
			v.source, v.req, v.signed = feedForTest(t, vectorShared), signedFeed(t, vectorShared, fmt.Sprintf("m%d", i), body, contractClock/1000), standard
		}
		all = append(all, v)
	}
	return all
}

// bodyHead is how many bytes at the head of a body are altered bit by bit.
const bodyHead = 256

// places lists what can be altered bit by bit: the signature's headers, the body's
// head, the method and the URL, unless it is version 1, which covers the body alone.
func (v vector) places() []place {
	var all []place
	for _, name := range v.signed {
		all = append(all, place{name, 8 * len(v.req.Header.Get(name))})
	}
	all = append(all, place{"body", 8 * min(bodyHead, len(v.req.Body))})
	if v.req.Header.Get(headerHubSpotVersion) != "v1" {
		all = append(all, place{"method", 8 * len(v.req.Method)}, place{"url", 8 * len(v.req.URI)})
	}
	return all
}

type place struct {
	name string
	bits int
}

func copied(r Request) Request {
	r.Header, r.Body = r.Header.Clone(), slices.Clone(r.Body)
	return r
}

// flipped is a request with one bit changed.
func flipped(r Request, p place, bit int) Request {
	r = copied(r)
	flip := func(s string) string {
		b := []byte(s)
		b[bit/8] ^= 1 << (bit % 8)
		return string(b)
	}
	switch p.name {
	case "body":
		r.Body = []byte(flip(string(r.Body)))
	case "method":
		r.Method = flip(r.Method)
	case "url":
		r.URI = flip(r.URI)
	default:
		r.Header.Set(p.name, flip(r.Header.Get(p.name)))
	}
	return r
}

// P16: of all altered requests none is accepted.
func TestP16Forgeries(t *testing.T) {
	want := forgeriesOnEdit
	if s := os.Getenv("ONWARD_FORGERIES"); s != "" {
		var err error
		if want, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	all := vectors(t)
	tried, accepted := 0, 0
	try := func(v vector, what string, r Request) {
		if tried++; v.accepts(r) {
			accepted++
			t.Errorf("%s: %s was accepted", v.name, what)
		}
	}
	for _, v := range all {
		if !v.accepts(v.req) {
			t.Fatalf("%s does not verify unaltered", v.name)
		}
		for what, r := range craft(v) {
			try(v, what, r)
		}
	}
	total := 0
	for _, v := range all {
		for _, p := range v.places() {
			total += p.bits
		}
	}
	// The commit's share takes every n-th bit. An odd n meets all eight bits of bytes.
	step := max(1, (total+want-1)/max(1, want-tried)) | 1
	at := 0
	for _, v := range all {
		for _, p := range v.places() {
			for bit := range p.bits {
				if at++; at%step == 0 {
					try(v, fmt.Sprintf("bit %d of the %s", bit, p.name), flipped(v.req, p, bit))
				}
			}
		}
	}
	r := rand.New(rand.NewPCG(16, 16))
	for tried < want { // what is left: several bits at once
		v := all[r.IntN(len(all))]
		req, what := v.req, ""
		done := map[string]bool{}
		for range 2 + r.IntN(3) {
			ps := v.places()
			p := ps[r.IntN(len(ps))]
			bit := 0
			if p.bits > 0 {
				bit = r.IntN(p.bits)
			}
			if key := fmt.Sprint(p.name, bit); p.bits > 0 && !done[key] {
				done[key], what = true, what+" "+key
				req = flipped(req, p, bit)
			}
		}
		if len(done) > 0 {
			try(v, "several bits:"+what, req)
		}
	}
	t.Logf("%d altered requests over %d vectors, %d bits, step %d: %d accepted", tried, len(all), total, step, accepted)
}

// craft makes the alterations that somebody would think of.
func craft(v vector) map[string]Request {
	out := map[string]Request{}
	with := func(what string, change func(*Request)) {
		r := copied(v.req)
		change(&r)
		out[what] = r
	}
	name := v.signed[0]
	if name == HeaderWebhookID {
		name = HeaderWebhookSignature
	}
	sig := v.req.Header.Get(name)
	for i := range len(sig) {
		with(fmt.Sprintf("the signature cut after %d", i), func(r *Request) { r.Header.Set(name, sig[:i]) })
	}
	for i := range min(64, len(v.req.Body)) {
		with(fmt.Sprintf("the body cut after %d", i), func(r *Request) { r.Body = r.Body[:i] })
	}
	for what, s := range map[string]string{
		"a blank before": " " + sig, "a newline behind": sig + "\n", "a NUL behind": sig + "\x00", "a quote": `"` + sig + `"`, "a prefix": "sha256=" + sig,
		"no padding": strings.TrimRight(sig, "="), "more padding": sig + "=", "another alphabet": strings.NewReplacer("+", "-", "/", "_").Replace(sig) + "?",
		"upper case": strings.ToUpper(sig) + " ", "the empty digest": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "a star": "*",
	} {
		if s == sig || what == "a blank before" && name == HeaderWebhookSignature {
			continue // hex has no padding, and a list of signatures may begin with an empty one
		}
		with("the signature with "+what, func(r *Request) { r.Header.Set(name, s) })
	}
	for _, h := range v.signed {
		with(h+" missing", func(r *Request) { r.Header.Del(h) })
		with(h+" empty", func(r *Request) { r.Header.Set(h, "") })
		with(h+" twice", func(r *Request) { r.Header.Add(h, r.Header.Get(h)) })
		with(h+" twice, the first wrong", func(r *Request) { r.Header[http.CanonicalHeaderKey(h)] = []string{"x", r.Header.Get(h)} })
	}
	with("a byte behind the body", func(r *Request) { r.Body = append(r.Body, ' ') })
	with("a byte before the body", func(r *Request) { r.Body = append([]byte{'\n'}, r.Body...) })
	with("the body repeated", func(r *Request) { r.Body = append(append(r.Body, r.Body...), ' ') })
	if v.req.Header.Get(headerHubSpotVersion) != "v1" || v.req.Header.Get(headerHubSpotV3) != "" {
		with("a query", func(r *Request) { r.URI += "&x=1" })
		with("another host", func(r *Request) { r.URI = "https://evil.example" + r.URI })
		with("a path with dots", func(r *Request) { r.URI = "/x/.." + r.URI })
		with("the URL's end in the body", func(r *Request) {
			r.Body = append([]byte(r.URI[len(r.URI)-3:]), r.Body...)
			r.URI = r.URI[:len(r.URI)-3]
			r.Header.Set("X-Forwarded-Host", "hooks.example.com")
		})
		for _, m := range []string{"PUT", "PATCH", "DELETE", "HEAD", "post", "get", ""} {
			with("method "+m, func(r *Request) { r.Method = m })
		}
	}
	maps.Copy(out, late(v))
	return out
}

// late moves a request in time, where its signature covers the time.
func late(v vector) map[string]Request {
	out := map[string]Request{}
	stamp, unit := headerHubSpotTimestamp, time.Millisecond
	if slices.Contains(v.signed, HeaderWebhookTimestamp) {
		stamp, unit = HeaderWebhookTimestamp, time.Second
	}
	if !slices.Contains(v.signed, stamp) {
		return out
	}
	sent, _ := unixDigits(v.req.Header.Get(stamp), unit)
	for _, by := range []time.Duration{300*time.Second + time.Millisecond, 301 * time.Second, time.Hour, 24 * 365 * time.Hour} {
		for _, at := range []time.Time{sent.Add(by), sent.Add(-by)} {
			r := copied(v.req)
			r.Received = at
			out["received at "+at.String()] = r
		}
	}
	return out
}

// Right signatures over what must not be signed so.
func TestP16WellSignedAndStillRefused(t *testing.T) {
	hs := hubSpotForTest(t, nil)
	legacy := hubSpotForTest(t, func(o *HubSpotOptions) { o.Legacy = true })
	only3 := hubSpotForTest(t, func(o *HubSpotOptions) { o.V3Only = true })
	const uri, action, body = pathWebhooks, pathAction, `[{"eventId":1}]`
	stamped := func(stamp string) Request {
		r := signedV3(contractSecret, "POST", uri, body+stamp, 0)
		// The text that is signed ends in body and stamp, and the 0 of signedV3.
		r.Body, r.Header["X-Hubspot-Request-Timestamp"] = []byte(body), []string{stamp + "0"}
		return r
	}
	wrongV3 := signedOld(contractSecret, "v2", "POST", action, body)
	wrongV3.Header.Set(headerHubSpotV3, "A5g8DhfTXDkGBsGT7MYAk+r9SncOwTVV3Q4TQ2ZyRkY=")
	wrongV3.Header.Set(headerHubSpotTimestamp, strconv.Itoa(contractClock))
	emptyV3 := signedOld(contractSecret, "v2", "POST", action, body)
	emptyV3.Header.Set(headerHubSpotV3, "")
	getBody := signedOld(contractSecret, "v2", "GET", "/hubspot/workflow?a=1", "")
	getBody.URI, getBody.Body = "/hubspot/workflow?a", []byte("=1")
	other := strings.Replace(contractSecret, "y", "z", 1)
	rows := map[string]struct {
		source Source
		req    Request
	}{
		"v1 where v3 is required":          {hs.webhooks, signedOld(contractSecret, "v1", "POST", uri, body)},
		"v2 where v3 is required":          {hs.webhooks, signedOld(contractSecret, "v2", "POST", uri, body)},
		"v2 on a route with v3 only":       {only3.action, signedOld(contractSecret, "v2", "POST", action, body)},
		"v1 on the action route":           {legacy.action, signedOld(contractSecret, "v1", "POST", action, body)},
		"a wrong v3 beside a right v2":     {hs.action, wrongV3},
		"an empty v3 beside a right v2":    {hs.action, emptyV3},
		"the end of a GET's URL as body":   {hs.workflow, getBody},
		"another secret, v3":               {hs.webhooks, signedV3(other, "POST", uri, body, contractClock)},
		"no secret, v3":                    {hs.webhooks, signedV3("", "POST", uri, body, contractClock)},
		"another secret, v2":               {hs.action, signedOld(other, "v2", "POST", action, body)},
		"no secret, v2":                    {hs.action, signedOld("", "v2", "POST", action, body)},
		"version in capitals":              {hs.action, signedOld(contractSecret, "V2", "POST", action, body)},
		"control bytes in the URL":         {hs.action, signedOld(contractSecret, "v2", "POST", action+"?\x80\x00", body)},
		"300.001 s old":                    {hs.webhooks, signedV3(contractSecret, "POST", uri, body, contractClock-300_001)},
		"300.001 s ahead":                  {hs.webhooks, signedV3(contractSecret, "POST", uri, body, contractClock+300_001)},
		"seconds in place of milliseconds": {hs.webhooks, signedV3(contractSecret, "POST", uri, body, contractClock/1000)},
		"negative":                         {hs.webhooks, signedV3(contractSecret, "POST", uri, body, -contractClock)},
		"another key of a feed":            {feedForTest(t, vectorShared), signedFeed(t, "whsec_"+strings.Repeat("QUFB", 8), "m", body, contractClock/1000)},
		"a bracket in the query":           {hs.workflow, signedOld(contractSecret, "v2", "POST", pathWorkflow+"?a={", body)},
		"a body without a bracket":         {hs.workflow, signedOld(contractSecret, "v2", "POST", pathWorkflow+"?a=", "x"+body)},
		"another route's path":             {hs.workflow, signedOld(contractSecret, "v2", "POST", action, body)},
		"a public key as shared secret":    {feedForTest(t, publicOf(t)), signedFeed(t, prefixShared+strings.TrimPrefix(publicOf(t), prefixPublic), "m", body, contractClock/1000)},
		"another feed's path":              {feedForTest(t, vectorShared), feedRequest("POST", "/feeds/other", vectorID, vectorV1, vectorBody, vectorSeconds)},
		"a status request for another":     {feedForTest(t, vectorShared), statusRequest(t, "m1", "m2")},
	}
	for _, stamp := range []string{"", " ", "NaN", "+", "-", "0x", "1e", "178400000100.", "17840000010\x00", "١٧٨٤"} {
		rows[fmt.Sprintf("timestamp %q", stamp)] = struct {
			source Source
			req    Request
		}{hs.webhooks, stamped(stamp)}
	}
	for name, row := range rows {
		if _, err := row.source.Verify(row.req, row.req.Received); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	for name, r := range map[string]Request{
		"v2": signedOld(contractSecret, "v2", "POST", action, body), "v3": signedV3(contractSecret, "POST", action, body, contractClock),
	} {
		if _, err := hs.action.Verify(r, r.Received); err != nil {
			t.Errorf("the rows about the action prove nothing: %s: %v", name, err)
		}
	}
	if _, err := hs.webhooks.Verify(stamped("178400000100"), time.UnixMilli(contractClock)); err != nil {
		t.Errorf("the rows about timestamps prove nothing: %v", err)
	}
}

// statusRequest asks for one delivery with the signature of another.
func statusRequest(t testing.TB, signed, asked string) Request {
	t.Helper()
	r := signedFeed(t, vectorShared, signed, "", contractClock/1000)
	r.Method, r.URI = "GET", "/feeds/vendor/deliveries/"+asked
	return r
}

// Whatever is wrong, and whatever the body holds, the answer is the same: nothing is
// read of it before its sender is known.
func TestP16BodyIsNotParsedBeforeVerification(t *testing.T) {
	b := newHubBench(t, func(o *Options, _ *contactBook) {
		o.Feeds = []FeedOptions{{Name: "vendor", Keys: []SigningKey{{Value: secretOf(t, vectorShared)}}}}
	})
	c := readCase(t, "D20")
	want := b.send(c.req).Body.String()
	for _, body := range []string{"", "{", "[]", "\xff\xfe", strings.Repeat("[", 100_000), `[{"portalId":1e999999}]`} {
		for _, uri := range []string{"/hubspot/webhooks", "/hubspot/workflow", "/hubspot/actions/route", "/hubspot/actions/options", "/feeds/vendor"} {
			r := copied(c.req)
			r.URI, r.Body = uri, []byte(body)
			r.Header.Set("Content-Type", "text/plain")
			if got := b.send(r); got.Code != 401 || got.Body.String() != want {
				t.Errorf("%s: %d %s", uri, got.Code, got.Body)
			}
		}
	}
}

// Two secrets are good while one replaces the other, and then one again.
func TestSecretsAreChangedWithoutAGap(t *testing.T) {
	const old = "an old secret of sixteen bytes"
	end := time.UnixMilli(contractClock).Add(time.Hour)
	hs := hubSpotForTest(t, func(o *HubSpotOptions) {
		o.Secrets = append(o.Secrets, SigningKey{ID: "spring", Value: secretOf(t, old), Until: end})
	})
	r := signedV3(old, "POST", "/hubspot/webhooks", "[]", contractClock)
	if c, err := hs.webhooks.Verify(r, end.Add(-time.Second)); err != nil || !c.Previous || c.KeyID != "spring" {
		t.Errorf("%+v, %v", c, err)
	}
	if _, err := hs.webhooks.Verify(r, end); err == nil {
		t.Error("a secret outlived its end")
	}
	current := signedV3(contractSecret, "POST", "/hubspot/webhooks", "[]", contractClock)
	if c, err := hs.webhooks.Verify(current, end); err != nil || c.Previous || c.KeyID != "current" {
		t.Errorf("%+v, %v", c, err)
	}
}

// Bad options are refused when the server is made, without a secret in the error.
func TestSourcesRefuseBadOptions(t *testing.T) {
	good := SigningKey{Value: secretOf(t, contractSecret)}
	for name, o := range map[string]HubSpotOptions{
		"no secret":               {Portals: []int64{1}},
		"the zero secret":         {Portals: []int64{1}, Secrets: []SigningKey{{}}},
		"three secrets":           {Portals: []int64{1}, Secrets: []SigningKey{good, good, good}},
		"the same twice":          {Portals: []int64{1}, Secrets: []SigningKey{good, {Value: good.Value, Until: time.Unix(1, 0)}}},
		"no end for the previous": {Portals: []int64{1}, Secrets: []SigningKey{good, {Value: secretOf(t, "another secret, long enough")}}},
		"no portal":               {Secrets: []SigningKey{good}},
		"a deadline too late":     {Portals: []int64{1}, Secrets: []SigningKey{good}, Deadline: time.Minute},
		"an odd expiry":           {Portals: []int64{1}, Secrets: []SigningKey{good}, Expiry: time.Second},
	} {
		if _, err := o.withDefaults(); err == nil || strings.Contains(err.Error(), contractSecret) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, o := range map[string]FeedOptions{
		"a bad name": {Name: "A/B", Keys: []SigningKey{{Value: secretOf(t, vectorShared)}}},
		"no key":     {Name: "a"},
		"no base64":  {Name: "a", Keys: []SigningKey{{Value: secretOf(t, "whsec_not base64 at all!")}}},
		"too short":  {Name: "a", Keys: []SigningKey{{Value: secretOf(t, "whsec_c2hvcnRlciB0aGFuIDI0")}}},
		"no prefix":  {Name: "a", Keys: []SigningKey{good}},
	} {
		if _, err := newFeed(o, contractBase, Limits{}); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}
