// Package notices is the part of the program that knows how messages are shown in a
// terminal or a file, and which channels the environment configures.
package notices
