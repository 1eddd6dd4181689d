package sponsor_test

import (
	"testing"

	"github.com/onward-crm/onward/tracking/sponsor"
	"github.com/onward-crm/onward/tracking/sponsor/sponsortest"
)

func TestMemoryStore(t *testing.T) {
	sponsortest.Run(t, func(*testing.T) sponsor.Store { return sponsor.NewMemoryStore() })
}
