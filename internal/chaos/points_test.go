package chaos

import (
	"context"
	"fmt"
	"net/http/httptrace"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/routing"
)

// point is a place at which a process can be killed.
type point string

// The points, in the order in which a delivery passes them.
const (
	pointRead      point = "01-request-read"
	pointAccept    point = "02-accept-before-commit"
	pointAnswer    point = "03-accept-before-answer"
	pointClaimed   point = "04-claimed"
	pointGathered  point = "05-facts-gathered"
	pointDecided   point = "06-decided"
	pointStored    point = "07-plan-stored"
	pointSent      point = "08-batch-sent"
	pointAnswered  point = "09-batch-answered"
	pointBetween   point = "10-between-batches"
	pointUnended   point = "11-before-finish"
	pointFinish    point = "12-finish-before-commit"
	pointUntold    point = "13-finished-before-notify"
	pointUnmarked  point = "14-notice-sent-before-mark"
	pointDRI       point = "15-dri-before-apply"
	pointReplaying point = "16-replay"
)

func points() []point {
	return []point{
		pointRead, pointAccept, pointAnswer, pointClaimed, pointGathered, pointDecided, pointStored, pointSent, pointAnswered,
		pointBetween, pointUnended, pointFinish, pointUntold, pointUnmarked, pointDRI, pointReplaying,
	}
}

// mortality kills this process at the n-th time that it passes a point. Nothing of
// it is in the product: it sits in what is wrapped around the product's ports.
type mortality struct {
	at   point
	left atomic.Int64
	// inDRI and inFinish tell what this process is doing just now.
	inDRI, inFinish atomic.Bool
}

// parseMortality reads "point:n"; "" is a long life.
func parseMortality(text string) (*mortality, error) {
	m := &mortality{}
	name, n, ok := strings.Cut(text, ":")
	if !ok {
		return m, nil
	}
	left, err := strconv.ParseInt(n, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("chaos: kill %q: %w", text, err)
	}
	m.at = point(name)
	m.left.Store(left)
	return m, nil
}

// pass is called at a point. It does not return when the time has come: the
// process ends as by kill -9, with nothing flushed or closed.
func (m *mortality) pass(p point) {
	if p != m.at || m.left.Add(-1) != 0 {
		return
	}
	_ = syscall.Kill(syscall.Getpid(), syscall.SIGKILL)
	select {}
}

// mortalLedger is a ledger around whose calls the process may die.
type mortalLedger struct {
	routing.Ledger
	m *mortality
}

func (l *mortalLedger) Accept(ctx context.Context, ds []routing.Delivery) ([]routing.Accepted, error) {
	out, err := l.Ledger.Accept(ctx, ds)
	l.m.pass(pointAnswer)
	return out, err
}

func (l *mortalLedger) Claim(ctx context.Context, c routing.ClaimOrder) ([]routing.Claim, error) {
	out, err := l.Ledger.Claim(ctx, c)
	if len(out) > 0 {
		l.m.pass(pointClaimed)
	}
	return out, err
}

func (l *mortalLedger) Decided(ctx context.Context, ds []routing.Decision) ([]error, error) {
	l.m.pass(pointDecided)
	out, err := l.Ledger.Decided(ctx, ds)
	l.m.pass(pointStored)
	return out, err
}

func (l *mortalLedger) Finish(ctx context.Context, fs []routing.Finish) ([]error, error) {
	l.m.pass(pointUnended)
	l.m.inFinish.Store(true)
	out, err := l.Ledger.Finish(ctx, fs)
	l.m.inFinish.Store(false)
	l.m.pass(pointUntold)
	return out, err
}

func (l *mortalLedger) Reopen(ctx context.Context, r routing.Reopen) ([]error, error) {
	out, err := l.Ledger.Reopen(ctx, r)
	l.m.pass(pointReplaying)
	return out, err
}

// mortalDriver is a driver around whose calls the process may die.
type mortalDriver struct {
	crm.Driver
	m *mortality
}

func (d *mortalDriver) Find(ctx context.Context, qs []crm.Query) ([]crm.Page, error) {
	pages, err := d.Driver.Find(ctx, qs)
	d.m.pass(pointGathered)
	return pages, err
}

func (d *mortalDriver) Write(ctx context.Context, batch []crm.Write) ([]crm.Result, error) {
	if d.m.inDRI.Load() {
		d.m.pass(pointDRI)
	}
	if len(batch) > 0 && batch[0].Object == crm.ObjectJobChange {
		d.m.pass(pointBetween) // event records are the second batch of every plan
	}
	sent := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteRequest: func(httptrace.WroteRequestInfo) { d.m.pass(pointSent) },
	})
	out, err := d.Driver.Write(sent, batch)
	d.m.pass(pointAnswered)
	return out, err
}

// mortalNotifier is a notifier after whose calls the process may die.
type mortalNotifier struct {
	routing.Notifier
	m *mortality
}

func (n mortalNotifier) Notify(ctx context.Context, ns []routing.Notice) ([]error, error) {
	out, err := n.Notifier.Notify(ctx, ns)
	n.m.pass(pointUnmarked)
	return out, err
}
