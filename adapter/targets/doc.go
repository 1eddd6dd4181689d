// Package targets adds the watched accounts to the operator's part of an adapter: which
// accounts and reports there are, who was found, which personas take a title, and a round
// on demand. Its types are what people and programs are shown, also by the commands.
package targets
