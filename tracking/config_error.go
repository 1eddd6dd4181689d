package tracking

import (
	"errors"
	"fmt"
)

// ErrConfig is the class of errors that say what is wrong with a setting or an
// argument. Ask with errors.Is; errors.As gives the *ConfigError.
var ErrConfig = errors.New("bad configuration")

// ConfigError names a setting that cannot be used, and says why and what to do.
type ConfigError struct {
	// Field is the setting, such as "relationships[2].cycle".
	Field string
	Text  string
}

// Error gives a text such as `tracking: relationships[2].cycle: "daily": want weekly or monthly`.
func (e *ConfigError) Error() string { return "tracking: " + e.Field + ": " + e.Text }

// Unwrap gives ErrConfig.
func (e *ConfigError) Unwrap() error { return ErrConfig }

func configError(field, format string, args ...any) error {
	return &ConfigError{Field: field, Text: fmt.Sprintf(format, args...)}
}
