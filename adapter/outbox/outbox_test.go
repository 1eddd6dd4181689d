package outbox

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"github.com/onward-crm/onward/adapter"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/routing"
)

// TestAD14SignedMessage: a consumer checks the message by the words of the
// specification, while a secret is changed.
func TestAD14SignedMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPost(t, map[string]func(*http.Request) (*http.Response, error){"crm.example.com": answers(nil, 204)}, func(o *Options) {
			private, err := adapter.NewSecret("whsk_" + base64.StdEncoding.EncodeToString(signingKey.Seed()))
			if err != nil {
				t.Fatal(err)
			}
			o.Endpoints[0].Secrets = append(o.Endpoints[0].Secrets, whsec(t, olderKey), private)
		})
		p.owe(t, "flow:1")
		if n := p.send(t); n != 1 {
			t.Fatalf("%d sent", n)
		}
		got := p.net.of("crm.example.com")[0]
		id, at := got.header.Get("webhook-id"), got.header.Get("webhook-timestamp")
		if id != p.story(t, "flow:1")[0].ID || at != strconv.FormatInt(time.Now().Unix(), 10) || got.header.Get("Content-Type") != "application/json" {
			t.Errorf("headers %v", got.header)
		}
		signed := []byte(id + "." + at + "." + string(got.body))
		var want []string
		for _, key := range [][]byte{sharedKey, olderKey} {
			mac := hmac.New(sha256.New, key)
			mac.Write(signed)
			want = append(want, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
		}
		signatures := strings.Fields(got.header.Get("webhook-signature"))
		if len(signatures) != 3 || !slices.Equal(signatures[:2], want) {
			t.Fatalf("signatures %v, want %v and another", signatures, want)
		}
		raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(signatures[2], "v1a,"))
		if err != nil || !ed25519.Verify(signingKey.Public().(ed25519.PublicKey), signed, raw) {
			t.Errorf("ed25519 signature %q, %v", signatures[2], err)
		}
	})
}

func TestAD14BodyHoldsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPost(t, map[string]func(*http.Request) (*http.Response, error){"crm.example.com": answers(nil, 200)}, nil)
		p.owe(t, "flow:1")
		p.send(t)
		const want = `{"type":"decision.finished","timestamp":"2026-07-13T09:01:00Z","data":{"deliveryId":"flow:1","source":"flow",` +
			`"status":"done","outcome":"lead_created","reason":"no_account","occurredAt":"2026-07-13T09:00:00Z",` +
			`"leadId":"00QRM00000AbcDe2AJ","ownerId":"005RM00000UsrAbYAJ","credits":1}}`
		if got := string(p.net.of("crm.example.com")[0].body); got != want {
			t.Errorf("body %s\nwant %s", got, want)
		}
	})
}

// TestAD14Retries: ten attempts within four days, under one id.
func TestAD14Retries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPost(t, map[string]func(*http.Request) (*http.Response, error){"crm.example.com": answers(nil, 500)}, nil)
		p.owe(t, "flow:1")
		start := time.Now()
		for time.Since(start) < 100*time.Hour {
			p.send(t)
			if owed := p.story(t, "flow:1")[0]; owed.Ended.IsZero() {
				pass(time.Until(owed.Due))
				continue
			}
			break
		}
		calls := p.net.of("crm.example.com")
		if len(calls) != 10 {
			t.Fatalf("%d attempts, want 10", len(calls))
		}
		for i, pause := range attemptPauses() {
			if got := calls[i+1].at.Sub(calls[i].at); got < pause || got > pause+pause/5 {
				t.Errorf("pause %d: %v, want %v and at most a fifth more", i+1, got, pause)
			}
			if calls[i].header.Get("webhook-id") != calls[i+1].header.Get("webhook-id") || !bytes.Equal(calls[i].body, calls[i+1].body) {
				t.Errorf("attempt %d differs from the one before", i+2)
			}
		}
		if got := p.story(t, "flow:1")[0]; got.Sent || got.Ended.IsZero() || got.Attempts != 10 || got.Error != "500 Internal Server Error" {
			t.Errorf("story %+v", got)
		}
	})
}

func TestAD14ReplayByID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPost(t, map[string]func(*http.Request) (*http.Response, error){"crm.example.com": answers(nil, 200)}, nil)
		p.owe(t, "flow:1")
		p.send(t)
		pass(time.Hour)
		if n := p.send(t); n != 0 {
			t.Errorf("sent again by itself: %d", n)
		}
		id := p.story(t, "flow:1")[0].ID
		if err := p.Replay(t.Context(), id); err != nil || p.send(t) != 1 {
			t.Errorf("replay: %v", err)
		}
		calls := p.net.of("crm.example.com")
		if len(calls) != 2 || calls[1].header.Get("webhook-id") != id || !bytes.Equal(calls[0].body, calls[1].body) ||
			calls[0].header.Get("webhook-timestamp") == calls[1].header.Get("webhook-timestamp") {
			t.Errorf("%d calls: %+v", len(calls), calls)
		}
		if err := p.Replay(t.Context(), "msg_unknown"); !errors.Is(err, adapter.ErrNoPromise) {
			t.Errorf("unknown id: %v", err)
		}
	})
}

func TestPromisesAreTheSameEachTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPost(t, map[string]func(*http.Request) (*http.Response, error){"a.example.com": answers(nil, 200), "b.example.com": answers(nil, 200)}, nil)
		for range 3 {
			p.owe(t, "flow:1", "flow:2")
			pass(time.Second)
		}
		if n := p.send(t); n != 4 {
			t.Errorf("%d sent, want 4", n)
		}
	})
}

// TestADeadEndpointDelaysNobody: one hangs, one refuses connections; the third gets
// all its messages at once.
func TestADeadEndpointDelaysNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPost(t, map[string]func(*http.Request) (*http.Response, error){
			"dead.example.com": hangs, "alive.example.com": answers(nil, 200),
			"closed.example.com": func(*http.Request) (*http.Response, error) { return nil, errors.New("refused") },
		}, nil)
		start := time.Now()
		for n := range 500 {
			p.owe(t, fmt.Sprint("flow:", n))
		}
		for range 3 {
			p.send(t)
		}
		if n := len(p.net.of("alive.example.com")); n != 500 || time.Since(start) > 30*time.Second {
			t.Errorf("%d messages after %v", n, time.Since(start))
		}
		if n := len(p.net.of("dead.example.com")); n > 2*laneWidth {
			t.Errorf("the dead one was tried %d times", n)
		}
		pass(time.Minute)
		if err := p.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// TestASlowEndpointIsServedAllTheSame: it answers after the Send, and its context,
// have ended.
func TestASlowEndpointIsServedAllTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPost(t, map[string]func(*http.Request) (*http.Response, error){"slow.example.com": func(r *http.Request) (*http.Response, error) {
			select {
			case <-r.Context().Done():
				return nil, r.Context().Err()
			case <-time.After(15 * time.Second):
				return answers(nil, 200)(r)
			}
		}}, nil)
		p.owe(t, "flow:1")
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		if _, err := p.Send(ctx); err != nil {
			t.Error(err)
		}
		cancel()
		if err := p.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if got := p.story(t, "flow:1")[0]; !got.Sent || len(p.net.of("slow.example.com")) != 1 {
			t.Errorf("%+v", got)
		}
	})
}

// TestATroubledEndpointGetsEverythingLater: nothing is lost, and nobody is hammered.
func TestATroubledEndpointGetsEverythingLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		well := time.Now().Add(time.Hour)
		seen := map[string]bool{}
		early := 0
		p := newPost(t, map[string]func(*http.Request) (*http.Response, error){"crm.example.com": func(r *http.Request) (*http.Response, error) {
			mu.Lock()
			defer mu.Unlock()
			if time.Now().Before(well) {
				early++
				return answers(nil, 503)(r)
			}
			seen[r.Header.Get("webhook-id")] = true
			return answers(nil, 200)(r)
		}}, nil)
		for n := range 200 {
			p.owe(t, fmt.Sprint("flow:", n))
		}
		sent := 0
		for start := time.Now(); sent < 200 && time.Since(start) < 2*time.Hour; pass(5 * time.Second) {
			sent += p.send(t)
		}
		if sent != 200 || len(seen) != 200 || early > 40 {
			t.Errorf("%d sent, %d seen, %d attempts while it was unwell", sent, len(seen), early)
		}
	})
}

func TestRetryAfterIsFollowed(t *testing.T) {
	for status, wait := range map[int]string{429: "600", 503: "Thu, 01 Jan 2099 00:00:00 GMT"} {
		t.Run(wait, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPost(t, map[string]func(*http.Request) (*http.Response, error){
					"crm.example.com": answers(http.Header{"Retry-After": {wait}}, status, 200)}, nil)
				p.owe(t, "flow:1")
				start := time.Now()
				p.send(t)
				p.owe(t, "flow:2")
				for p.story(t, "flow:1")[0].Ended.IsZero() {
					pass(time.Until(p.story(t, "flow:1")[0].Due))
					p.send(t)
				}
				want := 10 * time.Minute
				if status == 503 {
					want = longestWish
				}
				calls := p.net.of("crm.example.com")
				if got := calls[1].at.Sub(start); got < want || got > want+time.Minute {
					t.Errorf("second call after %v, want %v", got, want)
				}
			})
		})
	}
}

func TestAnswersOfEndpoints(t *testing.T) {
	rows := []struct {
		name   string
		status int
		sent   bool
		ended  bool
		error  string
	}{
		{"200", 200, true, true, ""},
		{"299", 299, true, true, ""},
		{"a redirect is not followed", 302, false, false, "302 Found"},
		{"400 may be mended", 400, false, false, "400 Bad Request"},
		{"410 wants nothing more", 410, false, true, "410 gone"},
		{"502", 502, false, false, "502 Bad Gateway"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPost(t, map[string]func(*http.Request) (*http.Response, error){
					"crm.example.com": answers(http.Header{"Location": {"https://crm.example.com/other"}}, row.status)}, nil)
				p.owe(t, "flow:1")
				p.send(t)
				got := p.story(t, "flow:1")[0]
				if got.Sent != row.sent || got.Ended.IsZero() == row.ended || got.Error != row.error || len(p.net.of("crm.example.com")) != 1 {
					t.Errorf("%+v", got)
				}
			})
		})
	}
}

func TestGoneEndpointIsToldNothingMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPost(t, map[string]func(*http.Request) (*http.Response, error){"crm.example.com": answers(nil, 410)}, nil)
		p.owe(t, "flow:1")
		p.send(t)
		p.owe(t, "flow:2")
		p.send(t)
		if got := p.story(t, "flow:2")[0]; got.Ended.IsZero() || got.Sent || len(p.net.of("crm.example.com")) != 1 {
			t.Errorf("%+v after %d calls", got, len(p.net.of("crm.example.com")))
		}
		if diff := cmp.Diff([]string{"crm"}, p.Gone()); diff != "" {
			t.Error(diff)
		}
	})
}

// TestPromisesWaitForTheEnd: what has not ended is looked at again and counts as no
// attempt; what is not wanted or not there any more is given up.
func TestPromisesWaitForTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPost(t, map[string]func(*http.Request) (*http.Response, error){"crm.example.com": answers(nil, 200)}, func(o *Options) {
			o.Endpoints[0].Statuses = []routing.Status{routing.StatusDone}
		})
		p.owe(t, "open", "later", "filtered", "lost")
		change := func(key string, status routing.Status) {
			rec := leadCreated(key)
			rec.Status = status
			p.ledger.put(rec)
		}
		change("open", routing.StatusAccepted)
		change("later", routing.StatusWaiting)
		change("filtered", routing.StatusFiltered)
		delete(p.ledger.recs, "lost")
		for range 98 {
			p.send(t)
			pass(time.Hour)
		}
		for key, want := range map[string]string{"open": "", "later": "", "filtered": sayUnwanted, "lost": sayNoDelivery} {
			if got := p.story(t, key)[0]; got.Error != want || got.Ended.IsZero() != (want == "") || got.Attempts > 1 {
				t.Errorf("%s: %+v", key, got)
			}
		}
		if n := len(p.net.of("crm.example.com")); n != 0 {
			t.Errorf("%d calls", n)
		}
		change("open", routing.StatusDone)
		change("later", routing.StatusDone)
		pass(waitMost)
		if n := p.send(t); n != 2 {
			t.Errorf("%d sent, want 2", n)
		}
	})
}

func TestBrokenOffMessagesCountAsNoAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPost(t, map[string]func(*http.Request) (*http.Response, error){"crm.example.com": hangs}, nil)
		p.owe(t, "flow:1")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := p.Send(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
		if err := p.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("close: %v", err)
		}
		if got := p.story(t, "flow:1")[0]; got.Attempts != 0 || !got.Ended.IsZero() {
			t.Errorf("%+v", got)
		}
		if _, err := p.Send(t.Context()); !errors.Is(err, ErrClosed) {
			t.Errorf("send after close: %v", err)
		}
	})
}
