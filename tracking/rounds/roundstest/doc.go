// Package roundstest is the definition of a rounds.Store: whatever passes Run is one.
package roundstest
