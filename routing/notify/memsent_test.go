package notify_test

import (
	"testing"

	"github.com/onward-crm/onward/routing/notify"
	"github.com/onward-crm/onward/routing/notify/notifytest"
)

func TestMemSent(t *testing.T) {
	notifytest.RunSent(t, func(*testing.T) notify.Sent { return notify.NewMemSent() })
}
