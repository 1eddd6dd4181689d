// Package storetest is the definition of an [adapter.Store]: whatever passes
// [Run] is one.
package storetest
