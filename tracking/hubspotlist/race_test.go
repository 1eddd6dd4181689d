//go:build race

package hubspotlist_test

// raced tells that the race detector runs, which takes ten times as long and finds
// nothing in counting.
const raced = true
