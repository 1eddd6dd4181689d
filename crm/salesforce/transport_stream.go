package salesforce

import (
	"context"
	"io"
	"time"
)

// stream sends a call whose answer is read by the caller, who closes it.
// Options.Timeout bounds the wait for the answer and for each piece of it. Errors are
// those of do; a refusal is read and judged here.
func (g *Org) stream(ctx context.Context, k call) (*stream, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	watch := time.AfterFunc(g.opt.Timeout, func() { cancel(errTimeout) })
	t := &trip{call: k}
	err := g.travel(ctx, t)
	if err == nil && t.read {
		err = g.judge(k, &reply{status: t.resp.StatusCode, header: t.resp.Header, body: t.body})
		if err == nil {
			err = unexpected(k, t.resp.StatusCode)
		}
	}
	if err != nil {
		watch.Stop()
		cancel(nil)
		return nil, err
	}
	watch.Stop()
	return &stream{header: t.resp.Header, body: &flowing{
		call: k, body: t.resp.Body, watch: watch, patience: g.opt.Timeout, cancel: cancel,
		ended: func() error { return context.Cause(ctx) },
	}}, nil
}

// flowing is the body of a stream.
type flowing struct {
	call     call
	body     io.ReadCloser
	watch    *time.Timer
	patience time.Duration
	cancel   context.CancelCauseFunc
	ended    func() error // why, nil while it goes on
}

// Read implements io.Reader. Errors other than io.EOF are *crm.Error.
func (f *flowing) Read(p []byte) (int, error) {
	f.watch.Reset(f.patience)
	n, err := f.body.Read(p)
	f.watch.Stop() // the caller may take its time
	if err != nil && err != io.EOF {
		err = streamBroken(f.ended(), f.call, err)
	}
	return n, err
}

// Close implements io.Closer.
func (f *flowing) Close() error {
	f.watch.Stop()
	err := f.body.Close()
	f.cancel(nil)
	return err
}
