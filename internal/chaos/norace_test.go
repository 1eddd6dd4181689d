//go:build !race

package chaos

// raced tells that the race detector is on.
const raced = false
