//go:build race

package matching_test

// raced tells that the race detector is on, under which everything takes several
// times as long.
const raced = true
