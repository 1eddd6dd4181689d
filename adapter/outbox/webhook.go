package outbox

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/onward-crm/onward/adapter"
	"github.com/onward-crm/onward/internal/publicnet"
	"github.com/onward-crm/onward/routing"
)

const (
	// webhookTimeout bounds one attempt.
	webhookTimeout = 20 * time.Second
	// maxWebhookAnswer is how much of an answer is read before it is dropped.
	maxWebhookAnswer = 16 << 10
	// maxEndpointSecrets are those that a message is signed with while one is changed.
	maxEndpointSecrets = 3
)

// endpointName is the form of an endpoint's name.
var endpointName = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$`)

// Endpoint is told of decisions by webhooks.
type Endpoint struct {
	// Name is unique and stays: promises hold it. Lower-case letters, digits and
	// dashes, at most 40.
	Name string
	// URL is where messages are posted; https, but for hosts of this machine that
	// Options.AllowNetworks names.
	URL string
	// Secrets sign: "whsec_…" or "whsk_…", the current one first. Every message bears a
	// signature of each of them, so that the receiver can change over.
	Secrets []adapter.Secret
	// Statuses are those that are told; empty means all.
	Statuses []routing.Status
}

// check says what is wrong with an endpoint.
func (e Endpoint) check(o Options) error {
	if !endpointName.MatchString(e.Name) {
		return errors.New("adapter: endpoint: name: want lower-case letters, digits and dashes, at most 40")
	}
	u, err := url.Parse(e.URL)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Fragment != "" || u.Opaque != "" {
		return fmt.Errorf("adapter: endpoint %s: url: want a URL such as https://example.com/hook", e.Name)
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !localAllowed(u.Hostname(), o.AllowNetworks)) {
		return fmt.Errorf("adapter: endpoint %s: url: want https", e.Name)
	}
	if len(o.AllowHosts) > 0 && !slices.ContainsFunc(o.AllowHosts, func(allowed string) bool { return hostIs(u.Hostname(), allowed) }) {
		return fmt.Errorf("adapter: endpoint %s: url: the host is not among the allowed ones", e.Name)
	}
	if len(e.Secrets) == 0 || len(e.Secrets) > maxEndpointSecrets {
		return fmt.Errorf("adapter: endpoint %s: secrets: want 1 to %d", e.Name, maxEndpointSecrets)
	}
	for i, s := range e.Secrets {
		if _, err := adapter.Sign(s.Reveal(), "msg_0", time.Unix(0, 0), nil); err != nil {
			return fmt.Errorf("adapter: endpoint %s: secrets[%d]: %w", e.Name, i, err)
		}
	}
	return nil
}

// localAllowed reports whether a host is of this machine and may be called.
func localAllowed(host string, allowed []netip.Prefix) bool {
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback() && publicnet.Within(addr, allowed)
}

// hostIs compares a host with a name, or with a suffix that begins with "*.".
func hostIs(host, allowed string) bool {
	host, allowed = strings.ToLower(strings.TrimSuffix(host, ".")), strings.ToLower(allowed)
	if suffix, ok := strings.CutPrefix(allowed, "*"); ok {
		return strings.HasPrefix(suffix, ".") && strings.HasSuffix(host, suffix)
	}
	return host == allowed
}

func (e Endpoint) wants(rec routing.Record) bool {
	return len(e.Statuses) == 0 || slices.Contains(e.Statuses, rec.Status)
}

// messageID is the id of the message to an endpoint about a delivery, after so many
// acts on it: what it comes to after each of them is another message.
func messageID(endpoint, delivery string, acts int) string {
	text := endpoint + "\x00" + delivery
	if acts > 0 {
		text += "\x00" + strconv.Itoa(acts)
	}
	sum := sha256.Sum256([]byte(text))
	return "msg_" + hex.EncodeToString(sum[:16])
}

// decisionMessage is the body of a webhook about a decision. It holds ids and words of
// ours, and nothing of the person.
type decisionMessage struct {
	Type      string       `json:"type"`
	Timestamp time.Time    `json:"timestamp"`
	Data      decisionData `json:"data"`
}

type decisionData struct {
	DeliveryID     string    `json:"deliveryId"`
	Source         string    `json:"source"`
	Status         string    `json:"status"`
	Outcome        string    `json:"outcome"`
	Reason         string    `json:"reason"`
	OccurredAt     time.Time `json:"occurredAt,omitzero"`
	ContactID      string    `json:"contactId,omitempty"`
	LeadID         string    `json:"leadId,omitempty"`
	AccountID      string    `json:"accountId,omitempty"`
	AccountCreated bool      `json:"accountCreated,omitempty"`
	PastRecordID   string    `json:"pastRecordId,omitempty"`
	JobChangeID    string    `json:"jobChangeId,omitempty"`
	OwnerID        string    `json:"ownerId,omitempty"`
	Credits        int       `json:"credits"`
}

// typeDecision is the type of messages about decisions.
const typeDecision = "decision.finished"

// decisionOf is the message about a delivery: the same bytes each time, as long as the
// outcome is the same.
func decisionOf(rec routing.Record) decisionMessage {
	o := rec.Outcome
	return decisionMessage{Type: typeDecision, Timestamp: rec.FinishedAt.UTC(), Data: decisionData{
		DeliveryID: rec.Key, Source: rec.Event.Source, Status: string(rec.Status), Outcome: string(o.What), Reason: string(o.Reason),
		OccurredAt: rec.OccurredAt.UTC(), ContactID: o.ContactID, LeadID: o.LeadID, AccountID: o.AccountID,
		AccountCreated: o.AccountCreated, PastRecordID: o.PastID, JobChangeID: o.EventRecordID, OwnerID: o.OwnerID, Credits: o.Credits,
	}}
}

// webhookSayer posts messages to one endpoint.
type webhookSayer struct {
	endpoint Endpoint
	client   *http.Client
	now      func() time.Time
	// message is what is told of a delivery; false when there is nothing to tell any
	// more.
	message func(p adapter.Promise, rec routing.Record) (any, bool)
}

// sayNothing: what was to be told is not there any more, as after an erasure.
const sayNothing = "there is nothing to tell any more"

func decisionMessageOf(_ adapter.Promise, rec routing.Record) (any, bool) {
	return decisionOf(rec), true
}

// say posts the message about a delivery, signed as of now.
func (s webhookSayer) say(ctx context.Context, p adapter.Promise, rec routing.Record) *failure {
	ctx, cancel := context.WithTimeout(ctx, webhookTimeout)
	defer cancel()
	r, err := s.request(ctx, p, rec)
	if err != nil {
		return &failure{text: err.Error(), final: true}
	}
	resp, err := s.client.Do(r)
	if err != nil {
		return &failure{text: sendingFailed(err), trouble: true}
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxWebhookAnswer))
	return s.judge(resp)
}

func (s webhookSayer) request(ctx context.Context, p adapter.Promise, rec routing.Record) (*http.Request, error) {
	message, ok := s.message(p, rec)
	if !ok {
		return nil, errors.New(sayNothing)
	}
	body, err := json.Marshal(message)
	if err != nil {
		return nil, errors.New("the message cannot be written")
	}
	at := s.now()
	var signatures []string
	for _, secret := range s.endpoint.Secrets {
		signature, err := adapter.Sign(secret.Reveal(), p.ID, at, body)
		if err != nil {
			return nil, err
		}
		signatures = append(signatures, signature)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.endpoint.URL, bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("the endpoint cannot be called")
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "onward")
	r.Header.Set(adapter.HeaderWebhookID, p.ID)
	r.Header.Set(adapter.HeaderWebhookTimestamp, strconv.FormatInt(at.Unix(), 10))
	r.Header.Set(adapter.HeaderWebhookSignature, strings.Join(signatures, " "))
	return r, nil
}

// judge reads an answer: only 2xx is success, 410 wants nothing more, and a receiver
// that says it is busy is left alone for a while.
func (s webhookSayer) judge(resp *http.Response) *failure {
	if resp.StatusCode >= 200 && resp.StatusCode < 300 {
		return nil
	}
	f := &failure{text: strings.TrimSpace(fmt.Sprint(resp.StatusCode, " ", http.StatusText(resp.StatusCode)))}
	switch resp.StatusCode {
	case http.StatusGone:
		f.text, f.gone = sayGone, true
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		f.trouble = true
	}
	f.after = wishOf(resp.Header.Get("Retry-After"), s.now())
	return f
}

// wishOf reads a Retry-After of seconds or a date, 0 for none.
func wishOf(value string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(at.Sub(now), 0)
	}
	return 0
}

var plainCode = regexp.MustCompile(`^[a-z ]+$`)

// sendingFailed names what went wrong on the way, without address or content.
func sendingFailed(err error) string {
	var refused *publicnet.Refused
	switch {
	case errors.As(err, &refused) && plainCode.MatchString(refused.Kind):
		return "the address is not public: " + refused.Kind
	case isTimeout(err), errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	}
	return "no connection"
}
