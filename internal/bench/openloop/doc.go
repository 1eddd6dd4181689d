// Package openloop makes load as senders do: requests go out at their intended
// times whether or not earlier ones were answered, over a bounded number of
// connections, and latency counts from the intended time. A generator that waits
// for answers, or that opens connections without bound, measures itself.
package openloop
