package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
	_ "time/tzdata" // the zones, where the machine has none

	"golang.org/x/term"

	"github.com/onward-crm/onward/cmd/onward/env"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second interruption ends the program at once
	p := &program{env.Env{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Environ: os.Environ(), Now: time.Now,
		Terminal: term.IsTerminal(int(os.Stderr.Fd())),
	}}
	code := p.execute(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}
