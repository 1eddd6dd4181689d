package main

import (
	"time"

	"github.com/onward-crm/onward/cmd/onward/show"
)

// sayHowFresh tells what the accounts that moves are compared with are like, where
// they are a copy of an org's.
func (p *program) sayHowFresh(w *world) {
	if w.mirror == nil {
		return
	}
	s, path := w.mirror.Stats(), w.settings.CRM.Salesforce.MirrorPath
	switch {
	case s.FromFile:
		p.Say("%s known from %s of %s, with all changes since", show.Count(s.Accounts, "account"), path, s.LoadedAt.UTC().Format(time.RFC3339))
	case s.Refused != nil:
		p.Say("%s read anew: %v", show.Count(s.Accounts, "account"), s.Refused)
	default:
		p.Say("%s read from the org", show.Count(s.Accounts, "account"))
	}
}
