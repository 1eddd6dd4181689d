// Package mutants shows that the tests work: it plants bugs that others have made
// in software like this, one at a time, and wants the tests of the promise that each
// of them breaks to fail.
//
// A bug is a patch of a few lines, *.patch. Comments before its first line that
// begins with "diff" say what it is:
//
//	# bug: what is wrong from now on
//	# promise: P3
//	# run: go test ./internal/sqldb -run TestP03 -count=1
//
// Every command must pass without the bug, and fail with it: in a test, not because
// the code does not compile. One bug may have several patches (B10-age.patch,
// B10-blocked.patch).
//
// Each run of the tests makes sure that all twenty bugs are there and that their
// patches fit the code. Planting them takes minutes and is asked for:
//
//	ONWARD_MUTANTS=all go test ./internal/mutants -run P24 -v -timeout 60m
//	ONWARD_MUTANTS=B1,B6 go test ./internal/mutants -run P24 -v
//
// The code is copied first; the files in hand are not touched.
package mutants
