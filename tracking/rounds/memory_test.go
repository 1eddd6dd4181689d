package rounds_test

import (
	"testing"

	"github.com/onward-crm/onward/tracking/rounds"
	"github.com/onward-crm/onward/tracking/rounds/roundstest"
)

func TestMemory(t *testing.T) {
	roundstest.Run(t, func(*testing.T) rounds.Store { return new(rounds.Memory) })
}
