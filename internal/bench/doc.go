// Package bench measures whole paths; it holds benchmarks and counted runs only.
//
//	go test ./internal/bench -run '^$' -bench . -benchtime 1x
package bench
