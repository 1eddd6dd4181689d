// Package archtest holds the rules of the house, as tests: who may import whom,
// what pure code may not touch, how long a function may grow, which acceptance
// scenarios have a test.
//
// There is nothing to import here. Each rule is a table or a short pass over
// the source (go/ast, go/types), and each message says how to mend what it
// found. Every pass is itself tested on small snippets that break its rule, so
// that a rule which finds nothing is known to be able to find something.
package archtest
