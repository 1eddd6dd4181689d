// Package notifytest holds what implementations of the ports of package notify are
// tested with: the suite that is the definition of a [notify.Sent], and the table of
// failures that every [notify.Sender] must tell apart without giving away a secret.
package notifytest
