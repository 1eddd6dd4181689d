package adapter_test

import (
	"testing"

	"github.com/onward-crm/onward/adapter"
	"github.com/onward-crm/onward/adapter/storetest"
)

func TestMemoryStore(t *testing.T) {
	storetest.Run(t, func(_ *testing.T, limits adapter.SideLimits) adapter.Store {
		return adapter.NewMemoryStore(limits)
	})
}
