package slack_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/dri/digest"
	"github.com/onward-crm/onward/routing/notify"
	"github.com/onward-crm/onward/routing/notify/slack"
)

const token = "xoxb-canary-4711"

// call is one request that a chat got.
type call struct {
	Path, Auth, Type string
	Body             string
}

// chat is a server that answers as it is told, in order; the last answer is repeated.
type chat struct {
	*httptest.Server
	mu      sync.Mutex
	calls   []call
	answers []answer
}

type answer struct {
	status int
	header map[string]string
	body   string
}

func serve(t *testing.T, answers ...answer) *chat {
	t.Helper()
	c := &chat{answers: answers}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		c.mu.Lock()
		defer c.mu.Unlock()
		a := c.answers[min(len(c.calls), len(c.answers)-1)]
		c.calls = append(c.calls, call{r.URL.Path, r.Header.Get("Authorization"), r.Header.Get("Content-Type"), string(body)})
		for name, v := range a.header {
			w.Header().Set(name, v)
		}
		w.WriteHeader(a.status)
		_, _ = io.WriteString(w, a.body)
	}))
	t.Cleanup(c.Close)
	return c
}

func (c *chat) options() *slack.Options {
	return &slack.Options{
		API: c.URL + "/api", AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		Now: func() time.Time { return time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC) },
	}
}

func message() notify.Message {
	return notify.Message{
		Key: "digest:005u1:2026-W48", To: notify.Recipient{UserID: "005u1", Name: "Una <Berg>", Email: "una.canary@example.com"},
		Content: digest.Message{Subject: "1 joined", Title: "Your accounts", Foot: "Because."},
	}
}

func ok(body string) answer { return answer{status: 200, body: body} }

// checkFailure checks class, reason and channel, and that the error gives nothing away.
func checkFailure(t *testing.T, err error, class error, channel, reason string) *notify.SendError {
	t.Helper()
	failure, known := errors.AsType[*notify.SendError](err)
	if !known || !errors.Is(err, class) || failure.Reason != reason || failure.Channel != channel {
		t.Fatalf("%v, want %v: %s: %s", err, class, channel, reason)
	}
	text := fmt.Sprintf("%s %+v %#v", err, failure, *failure)
	for _, secret := range []string{"canary", "Una", "example.com", "127.0.0.1", "T000/B000"} {
		if strings.Contains(text, secret) {
			t.Errorf("%q gives away %q", text, secret)
		}
	}
	return failure
}

func TestDirect(t *testing.T) {
	c := serve(t, ok(`{"ok":true,"user":{"id":"U42","name":"una"}}`), ok(`{"ok":true,"ts":"1"}`))
	s, err := slack.NewDirect(token, c.options())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Send(t.Context(), message()); err != nil {
		t.Fatal(err)
	}
	want := []call{
		{"/api/users.lookupByEmail", "Bearer " + token, "application/x-www-form-urlencoded", "email=una.canary%40example.com"},
		{"/api/chat.postMessage", "Bearer " + token, "application/json; charset=utf-8", ""},
	}
	if d := cmp.Diff(want, c.calls, cmp.FilterPath(func(p cmp.Path) bool { return p.String() == "Body" }, cmp.Comparer(func(a, b string) bool { return a == "" || b == "" || a == b }))); d != "" {
		t.Errorf("calls (-want +got):\n%s", d)
	}
	var posted map[string]any
	if err := json.Unmarshal([]byte(c.calls[1].Body), &posted); err != nil {
		t.Fatal(err)
	}
	wantPost := map[string]any{
		"channel": "U42", "text": "1 joined", "unfurl_links": false, "unfurl_media": false,
		"blocks": []any{
			map[string]any{"type": "header", "text": map[string]any{"type": "plain_text", "text": "Your accounts"}},
			map[string]any{"type": "context", "elements": []any{map[string]any{"type": "mrkdwn", "text": "Because."}}},
		},
	}
	if d := cmp.Diff(wantPost, posted); d != "" {
		t.Errorf("post (-want +got):\n%s", d)
	}
}

// TestDR17NoSlackUser: an owner whose address Slack does not know.
func TestDR17NoSlackUser(t *testing.T) {
	c := serve(t, ok(`{"ok":false,"error":"users_not_found"}`))
	s, err := slack.NewDirect(token, c.options())
	if err != nil {
		t.Fatal(err)
	}
	checkFailure(t, s.Send(t.Context(), message()), notify.ErrUnreachable, "slack", "users_not_found")
	if len(c.calls) != 1 {
		t.Errorf("%d calls", len(c.calls))
	}
	m := message()
	m.To.Email = ""
	checkFailure(t, s.Send(t.Context(), m), notify.ErrUnreachable, "slack", "no_address")
	c.answers = []answer{ok(`{"ok":true,"user":{}}`)}
	checkFailure(t, s.Send(t.Context(), message()), notify.ErrUnreachable, "slack", "users_not_found")
}

// TestChannelsNameTheReader: what others read too says whom it is for.
func TestChannelsNameTheReader(t *testing.T) {
	c := serve(t, ok(`{"ok":true}`))
	channel, err := slack.NewChannel(token, "C123", c.options())
	if err != nil {
		t.Fatal(err)
	}
	hook, err := slack.NewWebhook(notify.Secret(c.URL+"/services/T000/B000/canary"), c.options())
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range []notify.Sender{channel, hook} {
		if err := s.Send(t.Context(), message()); err != nil {
			t.Fatal(err)
		}
		var posted struct {
			Channel, Text string
			Blocks        []struct{ Text struct{ Text string } }
		}
		if err := json.Unmarshal([]byte(c.calls[i].Body), &posted); err != nil {
			t.Fatal(err)
		}
		if posted.Blocks[0].Text.Text != "Your accounts · for Una <Berg>" || posted.Text != "1 joined · for Una &lt;Berg&gt;" {
			t.Errorf("%s: %+v", s.Name(), posted)
		}
		if want := map[string]string{"slack_channel": "C123", "webhook": ""}[s.Name()]; posted.Channel != want {
			t.Errorf("%s posts to %q", s.Name(), posted.Channel)
		}
	}
	if c.calls[1].Path != "/services/T000/B000/canary" || c.calls[1].Auth != "" {
		t.Errorf("the webhook was called as %+v", c.calls[1])
	}
}

// TestStatuses is total: every status of HTTP has its class, at the webhook and at the
// API, and Retry-After is read.
func TestStatuses(t *testing.T) {
	for status := 200; status < 600; status++ {
		if status == 204 || status == 205 || status == 304 { // without a body
			continue
		}
		want := notify.ErrRefused
		switch {
		case status < 300:
			want = nil
		case status < 400, status == 401, status == 403, status == 404, status == 405, status == 410:
			want = notify.ErrDenied
		case status == 408, status == 425, status == 429, status >= 500:
			want = notify.ErrAway
		}
		c := serve(t, answer{status, map[string]string{"Retry-After": "7", "Location": "https://evil.example/"}, "<html>una.canary@example.com</html>"})
		hook, err := slack.NewWebhook(notify.Secret(c.URL+"/services/T000/B000/canary"), c.options())
		if err != nil {
			t.Fatal(err)
		}
		err = hook.Send(t.Context(), message())
		if want == nil {
			if err != nil {
				t.Errorf("%d: %v", status, err)
			}
		} else if f := checkFailure(t, err, want, "webhook", fmt.Sprint("http_", status)); f.After != 7*time.Second {
			t.Errorf("%d: after %s", status, f.After)
		}
		direct, err := slack.NewDirect(token, c.options())
		if err != nil {
			t.Fatal(err)
		}
		err = direct.Send(t.Context(), message())
		switch {
		case status < 300:
			checkFailure(t, err, notify.ErrAway, "slack", "bad_answer")
		default:
			checkFailure(t, err, want, "slack", fmt.Sprint("http_", status))
		}
		if len(c.calls) > 3 {
			t.Errorf("%d: %d calls; a redirect was followed", status, len(c.calls))
		}
		c.Close()
	}
}

// TestErrors: what Slack says in the body of a 200, and of others.
func TestErrors(t *testing.T) {
	for _, row := range []struct {
		status int
		body   string
		class  error
		reason string
	}{
		{200, `{"ok":false,"error":"invalid_auth"}`, notify.ErrDenied, "invalid_auth"},
		{401, `{"ok":false,"error":"invalid_auth"}`, notify.ErrDenied, "invalid_auth"},
		{200, `{"ok":false,"error":"missing_scope","needed":"chat:write"}`, notify.ErrDenied, "missing_scope"},
		{200, `{"ok":false,"error":"not_in_channel"}`, notify.ErrDenied, "not_in_channel"},
		{200, `{"ok":false,"error":"channel_not_found"}`, notify.ErrDenied, "channel_not_found"},
		{200, `{"ok":false,"error":"ratelimited"}`, notify.ErrAway, "ratelimited"},
		{429, `{"ok":false,"error":"ratelimited"}`, notify.ErrAway, "ratelimited"},
		{200, `{"ok":false,"error":"internal_error"}`, notify.ErrAway, "internal_error"},
		{200, `{"ok":false,"error":"invalid_blocks"}`, notify.ErrRefused, "invalid_blocks"},
		{200, `{"ok":false,"error":"something_new"}`, notify.ErrRefused, "something_new"},
		{200, `{"ok":false,"error":"una.canary@example.com is unknown"}`, notify.ErrRefused, "unknown_error"},
		{200, `{"ok":false}`, notify.ErrAway, "bad_answer"},
		{200, ``, notify.ErrAway, "bad_answer"},
		{503, `{"ok":false,"error":"service_unavailable"}`, notify.ErrAway, "service_unavailable"},
	} {
		c := serve(t, answer{row.status, map[string]string{"Retry-After": "30"}, row.body})
		s, err := slack.NewChannel(token, "C123", c.options())
		if err != nil {
			t.Fatal(err)
		}
		f := checkFailure(t, s.Send(t.Context(), message()), row.class, "slack_channel", row.reason)
		if row.status == 429 && f.After != 30*time.Second {
			t.Errorf("after %s", f.After)
		}
	}
	// A person's own channel that is not found is the person's matter.
	c := serve(t, ok(`{"ok":true,"user":{"id":"U42"}}`), ok(`{"ok":false,"error":"channel_not_found"}`))
	s, err := slack.NewDirect(token, c.options())
	if err != nil {
		t.Fatal(err)
	}
	checkFailure(t, s.Send(t.Context(), message()), notify.ErrUnreachable, "slack", "channel_not_found")
	// The words of a webhook's refusal are kept where they are Slack's.
	c = serve(t, answer{404, nil, "no_service\n"})
	hook, err := slack.NewWebhook(notify.Secret(c.URL), c.options())
	if err != nil {
		t.Fatal(err)
	}
	checkFailure(t, hook.Send(t.Context(), message()), notify.ErrDenied, "webhook", "http_404_no_service")
}

func TestRetryAfter(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"": 0, "0": 0, "120": 2 * time.Minute, "-1": 0, "1.5": 0, "soon": 0, "99999999": 24 * time.Hour, "99999999999999999999": 0,
		"Mon, 23 Nov 2026 07:05:00 GMT": 5 * time.Minute, "Mon, 23 Nov 2026 06:00:00 GMT": 0, "Mon, 23 Nov 2099 06:00:00 GMT": 24 * time.Hour,
	} {
		c := serve(t, answer{503, map[string]string{"Retry-After": value}, ""})
		s, err := slack.NewWebhook(notify.Secret(c.URL), c.options())
		if err != nil {
			t.Fatal(err)
		}
		if f := checkFailure(t, s.Send(t.Context(), message()), notify.ErrAway, "webhook", "http_503"); f.After != want {
			t.Errorf("Retry-After %q: %s, want %s", value, f.After, want)
		}
	}
}

func TestConnections(t *testing.T) {
	c := serve(t, ok("ok"))
	hook, err := slack.NewWebhook(notify.Secret(c.URL+"/services/T000/B000/canary"), c.options())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	checkFailure(t, hook.Send(ctx, message()), notify.ErrAway, "webhook", "timeout")
	c.Close()
	checkFailure(t, hook.Send(t.Context(), message()), notify.ErrAway, "webhook", "connection")
}

// TestPrivateNetworks: a name that leads into our own network is not called.
func TestPrivateNetworks(t *testing.T) {
	c := serve(t, ok("ok"))
	https := strings.Replace(c.URL, "http://127.0.0.1", "https://localhost", 1)
	hook, err := slack.NewWebhook(notify.Secret(https), nil)
	if err != nil {
		t.Fatal(err)
	}
	checkFailure(t, hook.Send(t.Context(), message()), notify.ErrDenied, "webhook", "address_loopback")
	if len(c.calls) > 0 {
		t.Error("it was called")
	}
}

func TestConstructors(t *testing.T) {
	for _, address := range []string{"", "hooks.slack.com/services/canary", "http://hooks.slack.com/services/canary", "http://127.0.0.1/canary", "https://user:canary@hooks.slack.com/", "https:///canary", "ftp://canary"} {
		if _, err := slack.NewWebhook(notify.Secret(address), nil); err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("webhook %q: %v", address, err)
		}
	}
	if _, err := slack.NewWebhook("https://hooks.slack.com/services/T000/B000/x", nil); err != nil {
		t.Error(err)
	}
	for _, bad := range []notify.Secret{"", "xoxb canary", "canary\n"} {
		if _, err := slack.NewDirect(bad, nil); err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("token %q: %v", bad.Reveal(), err)
		}
	}
	for _, bad := range []string{"", " ", "two words"} {
		if _, err := slack.NewChannel(token, bad, nil); err == nil {
			t.Errorf("channel %q is taken", bad)
		}
	}
	if _, err := slack.NewDirect(token, &slack.Options{API: "http://slack.example"}); err == nil {
		t.Error("an API without TLS is taken")
	}
}

// TestDR17FallsBackToTheChannel: Slack does not know the owner, so the team's channel
// is told, and whom it is for.
func TestDR17FallsBackToTheChannel(t *testing.T) {
	c := serve(t, ok(`{"ok":false,"error":"users_not_found"}`), ok(`{"ok":true}`))
	direct, err := slack.NewDirect(token, c.options())
	if err != nil {
		t.Fatal(err)
	}
	channel, err := slack.NewChannel(token, "C123", c.options())
	if err != nil {
		t.Fatal(err)
	}
	courier, err := notify.NewCourier([]notify.Sender{direct, channel}, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := courier.Round().Deliver(t.Context(), message(), true)
	want := notify.Delivery{State: notify.StateSent, Channel: "slack_channel", Reason: "slack: users_not_found"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if len(c.calls) != 2 || !strings.Contains(c.calls[1].Body, `"channel":"C123"`) || !strings.Contains(c.calls[1].Body, "for Una") {
		t.Errorf("calls %+v", c.calls)
	}
}
