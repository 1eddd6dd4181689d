package memledger_test

import (
	"testing"

	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/ledgertest"
	"github.com/onward-crm/onward/routing/memledger"
)

func TestLedger(t *testing.T) {
	ledgertest.Run(t, func(*testing.T) routing.Ledger { return memledger.New() })
}
