package main

import "time"

// sayHowFresh tells what the accounts that moves are compared with are like, where
// they are a copy of an org's.
func (p *program) sayHowFresh(w *world) {
	if w.mirror == nil {
		return
	}
	s, path := w.mirror.Stats(), w.settings.CRM.Salesforce.MirrorPath
	switch {
	case s.FromFile:
		p.say("%s known from %s of %s, with all changes since", count(s.Accounts, "account"), path, s.LoadedAt.UTC().Format(time.RFC3339))
	case s.Refused != nil:
		p.say("%s read anew: %v", count(s.Accounts, "account"), s.Refused)
	default:
		p.say("%s read from the org", count(s.Accounts, "account"))
	}
}
