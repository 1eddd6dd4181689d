package hubspot

import (
	"fmt"
	"log/slog"
	"strings"
)

// hiddenToken stands for a token wherever one is printed.
const hiddenToken = "***"

// Token is a secret: the access token of a private app, or a refresh token or client
// secret of OAuth. It prints as "***" however it is printed, logged or written.
type Token string

// Format writes "***" for every verb.
func (t Token) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(hiddenToken)) }

// LogValue is "***".
func (t Token) LogValue() slog.Value { return slog.StringValue(hiddenToken) }

// MarshalText writes "***".
func (t Token) MarshalText() ([]byte, error) { return []byte(hiddenToken), nil }

// usable reports whether a token can be one, and stand in a header.
func (t Token) usable() bool {
	return len(strings.TrimSpace(string(t))) >= 8 && !strings.ContainsAny(string(t), "\r\n\x00")
}
