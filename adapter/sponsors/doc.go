// Package sponsors adds the sponsors to the operator's part of the adapter: everything
// that onward sponsors does in a terminal, over HTTP, with the operator's name in the
// history.
package sponsors
