// Package sponsortest is the definition of a [sponsor.Store]: whatever passes [Run]
// is one.
package sponsortest
