package adapter

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
)

// The shortest secrets, in bytes: a signing secret is attacked without anybody
// noticing, a key has to be tried against the server.
const (
	minSecret = 16
	minKey    = 10
)

// Secret is a text that nobody is to see: it prints as ***, in every format and in
// logs and JSON too. The zero Secret is none.
type Secret struct{ value string }

// NewSecret makes a signing secret of at least 16 bytes. The error never shows it.
func NewSecret(s string) (Secret, error) { return newSecret(s, minSecret) }

// NewKey makes an API key or a token of at least 10 bytes. The error never shows it.
func NewKey(s string) (Secret, error) { return newSecret(s, minKey) }

func newSecret(s string, least int) (Secret, error) {
	switch {
	case s == "":
		return Secret{}, errors.New("adapter: a secret is empty")
	case len(s) < least:
		return Secret{}, fmt.Errorf("adapter: a secret has fewer than %d bytes", least)
	}
	return Secret{value: s}, nil
}

// IsZero reports whether there is no secret.
func (s Secret) IsZero() bool { return s.value == "" }

// Reveal is the secret itself, for whoever signs with it.
func (s Secret) Reveal() string { return s.value }

// Is reports whether text is the secret, in a time that tells neither its length
// nor where it differs. Nothing is the zero Secret.
func (s Secret) Is(text string) bool {
	a, b := sha256.Sum256([]byte(s.value)), sha256.Sum256([]byte(text))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1 && s.value != ""
}

// Format prints ***, whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.String()) }

// String is ***, or "" for none.
func (s Secret) String() string {
	if s.value == "" {
		return ""
	}
	return "***"
}

// LogValue is what String is.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText writes what String says.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
