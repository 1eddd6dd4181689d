package sftest_test

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails when a server or a connection outlives the tests.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
