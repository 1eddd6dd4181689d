package chaos

import "os"

// full tells that the figures of the promises are asked for, and not the part of
// them that fits a commit.
func full() bool { return os.Getenv("ONWARD_KILLS") == "full" }

// scaled is how much of something is done: less with the race detector, for a run
// without it does the rest.
func scaled(commit, nightly int) int {
	switch {
	case full():
		return nightly
	case raced:
		return commit / 2
	}
	return commit
}
