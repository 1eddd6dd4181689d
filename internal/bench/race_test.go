//go:build race

package bench

// raced tells that the race detector is on, under which everything takes several
// times as long.
const raced = true
