package main

// newTokenSet makes the token-set ratio over all accounts, by name alone.
func newTokenSet() matcher {
	return &brute{name: "token set, all accounts", similarity: (*comparer).tokenSet}
}
