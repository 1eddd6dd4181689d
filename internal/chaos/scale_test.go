package chaos

import "os"

// full tells that the figures of the promises are asked for, and not the part of
// them that fits a commit.
func full() bool { return os.Getenv("ONWARD_KILLS") == "full" }

// scaled is how much of something is done.
func scaled(commit, nightly int) int {
	if full() {
		return nightly
	}
	return commit
}
