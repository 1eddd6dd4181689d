// Package sources holds sources of tracked contacts: what an automatic import reads
// from the CRM, and tables of any other system, such as reports and lists.
package sources
