package hubspot

import (
	"fmt"
	"log/slog"
)

// hiddenToken stands for a token wherever one is printed.
const hiddenToken = "***"

// Token is the access token of a private app. It prints as "***" however it is
// printed, logged or written.
type Token string

// Format writes "***" for every verb.
func (t Token) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(hiddenToken)) }

// LogValue is "***".
func (t Token) LogValue() slog.Value { return slog.StringValue(hiddenToken) }

// MarshalText writes "***".
func (t Token) MarshalText() ([]byte, error) { return []byte(hiddenToken), nil }
