package sftest

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// assertionLife is how far in the future an assertion may expire.
const assertionLife = 5 * time.Minute

type claims struct {
	Issuer   string `json:"iss"`
	Subject  string `json:"sub"`
	Audience string `json:"aud"`
	// Expires is seconds since 1970, as a number or as text.
	Expires json.RawMessage `json:"exp"`
}

// badAssertion says what is wrong with a JWT bearer assertion; "" when nothing.
func (s *Server) badAssertion(token, base string) string {
	parts := strings.Split(token, ".")
	if len(parts) != 3 || s.options.PublicKey == nil {
		return "invalid assertion"
	}
	var head struct {
		Algorithm string `json:"alg"`
	}
	var c claims
	if !decodePart(parts[0], &head) || !decodePart(parts[1], &c) || head.Algorithm != "RS256" {
		return "invalid assertion"
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if err != nil || rsa.VerifyPKCS1v15(s.options.PublicKey, crypto.SHA256, sum[:], signature) != nil {
		return "invalid assertion"
	}
	return s.badClaims(c, base)
}

func (s *Server) badClaims(c claims, base string) string {
	seconds, err := strconv.ParseInt(string(bytes.Trim(c.Expires, `"`)), 10, 64)
	left := time.Unix(seconds, 0).Sub(s.options.Now())
	login := "https://login.salesforce.com"
	if s.options.Sandbox {
		login = "https://test.salesforce.com"
	}
	switch {
	case c.Issuer != s.options.ClientID:
		return "client identifier invalid"
	case c.Audience != base && c.Audience != login:
		return "audience is invalid"
	case err != nil || left <= 0 || left > assertionLife:
		return "assertion is not within validity period"
	case c.Subject != s.options.Username:
		return "user hasn't approved this consumer"
	}
	return ""
}

func decodePart(part string, v any) bool {
	text, err := base64.RawURLEncoding.DecodeString(part)
	return err == nil && json.Unmarshal(text, v) == nil
}
