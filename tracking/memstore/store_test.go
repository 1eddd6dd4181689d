package memstore_test

import (
	"testing"

	"github.com/onward-crm/onward/tracking/contacts"
	"github.com/onward-crm/onward/tracking/memstore"
	"github.com/onward-crm/onward/tracking/trackingtest"
)

func TestStore(t *testing.T) {
	trackingtest.Run(t, func(*testing.T) contacts.Store { return new(memstore.Store) })
}
