package adapter

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The headers of a message that is signed per Standard Webhooks.
const (
	HeaderWebhookID        = "Webhook-Id"
	HeaderWebhookTimestamp = "Webhook-Timestamp"
	HeaderWebhookSignature = "Webhook-Signature"
)

// The prefixes of keys in Standard Webhooks: a shared secret, the public and the
// private half of an Ed25519 pair.
const (
	prefixShared  = "whsec_"
	prefixPublic  = "whpk_"
	prefixPrivate = "whsk_"
)

// A shared secret has 24 to 64 bytes, as the specification says.
const (
	minShared = 24
	maxShared = 64
)

// signatureWindow is how far the time of a signed request may be from the time of
// its receipt, on both sides.
const signatureWindow = 5 * time.Minute

// Sign returns the value of the webhook-signature header of a message, as Standard
// Webhooks 1.0.0 defines it: "v1,…" with a shared secret ("whsec_" and base64, 24
// to 64 bytes), "v1a,…" with a private key ("whsk_" and base64 of an Ed25519 seed
// or key). Headers webhook-id and webhook-timestamp (Unix seconds) carry id and at;
// id must be free of dots and blanks. Several signatures stand side by side,
// separated by a blank, while a secret is changed. The error never shows the key.
func Sign(secret, id string, at time.Time, body []byte) (string, error) {
	if id == "" || strings.ContainsAny(id, " .\r\n") {
		return "", errors.New("adapter: a message's id must not be empty, nor hold dots or blanks")
	}
	text := webhookText(id, strconv.FormatInt(at.Unix(), 10), body)
	if rest, ok := strings.CutPrefix(secret, prefixPrivate); ok {
		key, err := parsePrivateKey(rest)
		if err != nil {
			return "", err
		}
		return "v1a," + base64.StdEncoding.EncodeToString(ed25519.Sign(key, text)), nil
	}
	key, err := parseWebhookKey(secret)
	if err != nil {
		return "", err
	}
	if key.shared == nil {
		return "", errors.New("adapter: a public key cannot sign")
	}
	return "v1," + key.mac(text), nil
}

// webhookText is what is signed: id, time and body, joined by dots.
func webhookText(id, timestamp string, body []byte) []byte {
	text := make([]byte, 0, len(id)+len(timestamp)+len(body)+2)
	text = append(text, id...)
	text = append(text, '.')
	text = append(text, timestamp...)
	text = append(text, '.')
	return append(text, body...)
}

// webhookKey proves signatures: one of the two is set. It is never printed.
type webhookKey struct {
	shared []byte
	public ed25519.PublicKey
}

// parseWebhookKey reads a shared secret or a public key. The error does not show it.
func parseWebhookKey(s string) (webhookKey, error) {
	if rest, ok := strings.CutPrefix(s, prefixPublic); ok {
		key, err := base64.StdEncoding.DecodeString(rest)
		if err != nil || len(key) != ed25519.PublicKeySize {
			return webhookKey{}, errors.New("adapter: a public key must be whpk_ and base64 of 32 bytes")
		}
		return webhookKey{public: key}, nil
	}
	rest, ok := strings.CutPrefix(s, prefixShared)
	if !ok {
		return webhookKey{}, errors.New("adapter: a webhook secret must begin with whsec_ or whpk_")
	}
	key, err := base64.StdEncoding.DecodeString(rest)
	if err != nil || len(key) < minShared || len(key) > maxShared {
		return webhookKey{}, fmt.Errorf("adapter: a webhook secret must be whsec_ and base64 of %d to %d bytes", minShared, maxShared)
	}
	return webhookKey{shared: key}, nil
}

func parsePrivateKey(text string) (ed25519.PrivateKey, error) {
	key, err := base64.StdEncoding.DecodeString(text)
	switch {
	case err == nil && len(key) == ed25519.SeedSize:
		return ed25519.NewKeyFromSeed(key), nil
	case err == nil && len(key) == ed25519.PrivateKeySize:
		return key, nil
	}
	return nil, errors.New("adapter: a private key must be whsk_ and base64 of 32 or 64 bytes")
}

// mac is the signature of a shared secret, in base64.
func (k webhookKey) mac(text []byte) string {
	h := hmac.New(sha256.New, k.shared)
	h.Write(text)
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// proves tells whether one of the signatures of a header is this key's. Texts are
// compared, not decoded bytes: base64 has several spellings of the same bytes.
func (k webhookKey) proves(text []byte, signatures []string) bool {
	found := false
	want := ""
	if k.shared != nil {
		want = "v1," + k.mac(text)
	}
	for _, s := range signatures {
		if k.shared != nil {
			found = hmac.Equal([]byte(s), []byte(want)) || found
			continue
		}
		found = k.signed(text, s) || found
	}
	return found
}

// signed checks one signature of the private key that belongs to ours.
func (k webhookKey) signed(text []byte, signature string) bool {
	rest, ok := strings.CutPrefix(signature, "v1a,")
	if !ok {
		return false
	}
	sig, err := base64.StdEncoding.DecodeString(rest)
	if err != nil || base64.StdEncoding.EncodeToString(sig) != rest {
		return false
	}
	return ed25519.Verify(k.public, text, sig)
}

// unixDigits reads a time of whole seconds or milliseconds since 1970: digits and
// nothing else, in their shortest form: what stands before a time in a signed text must
// not be able to end in its zeros. ok is false for any other text.
func unixDigits(s string, unit time.Duration) (t time.Time, ok bool) {
	if len(s) == 0 || len(s) > 15 || strings.Trim(s, "0123456789") != "" || len(s) > 1 && s[0] == '0' {
		return time.Time{}, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return time.Time{}, false
	}
	if unit == time.Second {
		return time.Unix(n, 0), true
	}
	return time.UnixMilli(n), true
}

// inWindow tells whether a request's own time is at most five minutes away from
// the time of its receipt; exactly five minutes pass.
func inWindow(sent, received time.Time) bool {
	age := received.Sub(sent)
	return age <= signatureWindow && age >= -signatureWindow
}
