// Package trackingtest is the definition of a [contacts.Store]: whatever passes [Run]
// is one.
package trackingtest
