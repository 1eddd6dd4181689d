package adapter

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"time"
)

// The headers by which HubSpot signs.
const (
	headerHubSpotSignature = "X-Hubspot-Signature"
	headerHubSpotVersion   = "X-Hubspot-Signature-Version"
	headerHubSpotV3        = "X-Hubspot-Signature-V3"
	headerHubSpotTimestamp = "X-Hubspot-Request-Timestamp"
)

// signedURI undoes, once and from left to right, the escapes that HubSpot undoes
// before it signs version 3, and no other: not %20, not %26, no lower-case hex.
var signedURI = strings.NewReplacer(
	"%3A", ":", "%2F", "/", "%3F", "?", "%40", "@", "%21", "!", "%24", "$", "%27", "'",
	"%28", "(", "%29", ")", "%2A", "*", "%2C", ",", "%3B", ";",
)

// hubSpotVersions are the signatures that a route takes beside version 3.
type hubSpotVersions struct{ v1, v2 bool }

// hubSpotVerifier proves that a request comes from HubSpot.
type hubSpotVerifier struct {
	// base is the public URL of the adapter: HubSpot signs what it has called, and
	// Host and X-Forwarded-* are the sender's to choose.
	base string
	// paths are those of its routes.
	paths []string
	keys  []hubSpotKey
	allow hubSpotVersions
}

// hubSpotKey is one client secret of an app.
type hubSpotKey struct {
	id    string
	value []byte
	// until is when it ends; zero for the current one.
	until time.Time
}

// verify tells which secret signed a request. A version 3 signature decides alone
// where there is one: a weaker one beside it rescues nothing. Ages are judged
// against the time of receipt.
func (v hubSpotVerifier) verify(r Request, now time.Time) (Caller, error) {
	if !v.plain(r) {
		return Caller{}, unsigned()
	}
	if len(r.Header.Values(headerHubSpotV3)) > 0 {
		return v.verifyV3(r, now)
	}
	version, ok := single(r.Header, headerHubSpotVersion)
	signature, signed := single(r.Header, headerHubSpotSignature)
	if raw, err := hex.DecodeString(signature); !ok || !signed || err != nil || len(raw) != sha256.Size {
		return Caller{}, unsigned()
	}
	var text []byte
	switch {
	case version == "v1" && v.allow.v1:
		text = r.Body
	case version == "v2" && v.allow.v2:
		text = append([]byte(r.Method+v.base+r.URI), r.Body...)
	case version == "v1", version == "v2":
		return Caller{}, badSignature() // another configuration might take it
	default:
		return Caller{}, unsigned()
	}
	return v.match(now, signature, func(secret []byte) string {
		h := sha256.New()
		h.Write(secret)
		h.Write(text)
		return hex.EncodeToString(h.Sum(nil))
	})
}

func (v hubSpotVerifier) verifyV3(r Request, now time.Time) (Caller, error) {
	signature, signed := single(r.Header, headerHubSpotV3)
	timestamp, timed := single(r.Header, headerHubSpotTimestamp)
	sent, ok := unixDigits(timestamp, time.Millisecond)
	raw, err := base64.StdEncoding.DecodeString(signature)
	if !signed || !timed || !ok || err != nil || len(raw) != sha256.Size {
		return Caller{}, unsigned()
	}
	uri := signedURI.Replace(v.base + r.URI)
	c, err := v.match(now, signature, func(secret []byte) string {
		h := hmac.New(sha256.New, secret)
		for _, part := range [][]byte{[]byte(r.Method), []byte(uri), r.Body, []byte(timestamp)} {
			h.Write(part)
		}
		return base64.StdEncoding.EncodeToString(h.Sum(nil))
	})
	switch late := !inWindow(sent, r.Received); {
	case err == nil && late:
		return Caller{}, staleRequest()
	case late:
		return Caller{}, unsigned()
	}
	return c, err
}

// match compares a signature, as text and in constant time, with that of every
// secret that is still valid.
func (v hubSpotVerifier) match(now time.Time, signature string, sign func(secret []byte) string) (Caller, error) {
	var c Caller
	found := false
	for i, k := range v.keys {
		if !k.until.IsZero() && !now.Before(k.until) {
			continue
		}
		if hmac.Equal([]byte(signature), []byte(sign(k.value))) && !found {
			c, found = Caller{KeyID: k.id, Previous: i > 0}, true
		}
	}
	if !found {
		return Caller{}, badSignature()
	}
	return c, nil
}

// single returns the value of a header that must be there exactly once.
func single(h http.Header, name string) (string, bool) {
	values := h.Values(name)
	if len(values) != 1 || values[0] == "" {
		return "", false
	}
	return values[0], true
}

// unsigned is badSignature for what no secret can ever prove, and which therefore
// takes nobody's room in the side store.
func unsigned() *Refusal {
	why := badSignature()
	why.Keep = false
	return why
}

// badSignature is the one answer to every signature that does not fit: whatever is
// wrong with it, nothing more is said.
func badSignature() *Refusal {
	return &Refusal{Status: http.StatusUnauthorized, Code: codeBadSignature, Message: "signature does not match", Keep: true}
}

func staleRequest() *Refusal {
	return &Refusal{Status: http.StatusUnauthorized, Code: codeStale, Message: "timestamp outside the window", Keep: true}
}

// plain tells that a request can be read in one way only. The parts of a signed text
// stand side by side without a mark between them: what ends the URL of one request
// could begin the body of another, and SHA-256 without HMAC can be continued after
// padding bytes. So a URL has printable bytes alone and a path of ours, a GET has no
// body, and with a query a body begins with a bracket, of which the URL has none.
func (v hubSpotVerifier) plain(r Request) bool {
	path, query, hasQuery := strings.Cut(r.URI, "?")
	switch {
	case strings.ContainsFunc(r.URI, func(c rune) bool { return c <= ' ' || c > '~' }), !slices.Contains(v.paths, path):
		return false
	case r.Method == http.MethodGet:
		return len(r.Body) == 0
	case !hasQuery:
		return true
	}
	return !strings.ContainsAny(query, "{[") && len(r.Body) > 0 && (r.Body[0] == '{' || r.Body[0] == '[')
}
