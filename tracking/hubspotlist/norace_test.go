//go:build !race

package hubspotlist_test

const raced = false
