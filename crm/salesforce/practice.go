package salesforce

import "context"

// ForPractice reports whether the address of the org says that no business is
// done in it: a sandbox, a scratch org, a playground, or a server on this machine.
func (g *Org) ForPractice() bool {
	instance := g.session.pass().instance
	return isLoopback(instance) || isSandbox(instance.Hostname())
}

// UserID is the id of the integration user. It costs a call, the first time.
func (g *Org) UserID(ctx context.Context) (string, error) { return g.userID(ctx) }
