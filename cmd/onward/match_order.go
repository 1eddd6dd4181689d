package main

import (
	"context"
	"iter"
	"runtime"
)

// chunkSize is how many queries a worker takes at a time: enough that handing
// them over costs nothing, few enough that no worker waits for the last one.
const chunkSize = 256

// inOrder works on all processors and gives the results in the order of what
// came in. Only a few chunks are in memory at a time. An error of in or of give
// ends it, and so does the context; what is being read or worked on then is not
// waited for.
func inOrder[In, Out any](ctx context.Context, in iter.Seq2[In, error], work func([]In) []Out, give func([]Out) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	workers := runtime.GOMAXPROCS(0)
	todo := make(chan task[In, Out])
	queue := make(chan task[In, Out], 2*workers) // the same tasks, for whoever gives the results on
	for range workers {
		go func() {
			for t := range todo {
				t.out <- work(t.in)
			}
		}()
	}
	var failed error // written before queue is closed, read after
	go func() {
		defer close(queue)
		defer close(todo)
		failed = feed(ctx, in, func(chunk []In) bool {
			t := task[In, Out]{chunk, make(chan []Out, 1)} // a worker never waits to hand over
			return send(ctx, queue, t) && send(ctx, todo, t)
		})
	}()
	for {
		t, ok := receive(ctx, queue)
		if !ok {
			break
		}
		out, ok := receive(ctx, t.out)
		if !ok {
			break
		}
		if err := give(out); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return failed
}

// task is one chunk on its way.
type task[In, Out any] struct {
	in  []In
	out chan []Out
}

// feed cuts what comes in into chunks, until done does not take any more.
func feed[In any](ctx context.Context, in iter.Seq2[In, error], take func([]In) bool) error {
	var chunk []In
	for item, err := range in {
		if err != nil {
			return err
		}
		if chunk = append(chunk, item); len(chunk) < chunkSize {
			continue
		}
		if !take(chunk) {
			return ctx.Err()
		}
		chunk = nil
	}
	if len(chunk) > 0 {
		take(chunk)
	}
	return nil
}

// send and receive give up when the context ends.
func send[T any](ctx context.Context, to chan<- T, v T) bool {
	select {
	case to <- v:
		return true
	case <-ctx.Done():
		return false
	}
}

func receive[T any](ctx context.Context, from <-chan T) (v T, ok bool) {
	if ctx.Err() != nil { // an interruption goes before work that is ready
		return v, false
	}
	select {
	case v, ok = <-from:
		return v, ok
	case <-ctx.Done():
		return v, false
	}
}
