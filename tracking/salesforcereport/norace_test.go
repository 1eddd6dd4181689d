//go:build !race

package salesforcereport_test

const raced = false
