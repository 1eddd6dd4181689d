// Package dispatch carries out what the changes of sponsors owe: tasks and values go to
// the CRM, moves to the engine as events, notices to people. It is where the world of
// sponsors and that of moves meet; neither knows the other.
package dispatch
