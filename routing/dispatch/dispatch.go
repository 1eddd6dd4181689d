package dispatch

import (
	"context"
	"errors"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/sighting"
	"github.com/onward-crm/onward/tracking/sponsor"
)

// Acceptor takes events durably; a routing.Engine is one.
type Acceptor interface {
	Accept(ctx context.Context, evs []routing.Event) ([]routing.Accepted, error)
}

// Teller tells one user of an update, once; notify.News is one. Its error means that it
// is to be told again later.
type Teller interface {
	Tell(ctx context.Context, n sponsor.Notice) error
}

// Options are the parts of a Sender. Engine and CRM are needed.
type Options struct {
	// Engine accepts moves.
	Engine Acceptor
	// CRM takes tasks and values; a sponsor.CRMSender is one.
	CRM sponsor.Sender
	// News tells people; nil tells nobody, and the notices end unsent.
	News Teller
	// Mode is the configuration's. Moves are accepted in every mode, for the engine
	// heeds it; tasks, values and notices leave in live mode alone, and are switched off
	// (sponsor.ErrOff) otherwise.
	Mode routing.Mode
	// Accepted is called when moves were accepted, to wake whoever works on them.
	Accepted func()
}

// Sender is a sponsor.Sender that knows where everything belongs. Make one with New.
// Safe for concurrent use when its parts are.
type Sender struct{ opt Options }

var _ sponsor.Sender = (*Sender)(nil)

// New makes a Sender. The error names the part that is missing.
func New(o Options) (*Sender, error) {
	switch {
	case o.Engine == nil:
		return nil, errors.New("dispatch: want an Engine")
	case o.CRM == nil:
		return nil, errors.New("dispatch: want a CRM")
	}
	if o.Accepted == nil {
		o.Accepted = func() {}
	}
	return &Sender{opt: o}, nil
}

// Send carries effects out, positionally: moves first, then what goes to the CRM, then
// notices. A CRM that is away keeps neither moves nor notices waiting: what goes there
// fails one by one. The error is that of the ledger's, before anything was sent.
func (s *Sender) Send(ctx context.Context, es []sponsor.Effect) ([]error, error) {
	errs := make([]error, len(es))
	if err := s.moves(ctx, es, errs); err != nil {
		return nil, err
	}
	s.records(ctx, es, errs)
	for i, e := range es {
		switch {
		case e.Notice == nil:
		case s.opt.Mode != routing.ModeLive || s.opt.News == nil:
			errs[i] = sponsor.ErrOff
		default:
			errs[i] = s.opt.News.Tell(ctx, *e.Notice)
		}
	}
	return errs, ctx.Err()
}

// moves are accepted together. When one of them is no event, which stops them all, each
// is offered alone: the one is given up, and the others go on.
func (s *Sender) moves(ctx context.Context, es []sponsor.Effect, errs []error) error {
	var evs []routing.Event
	var at []int
	for i, e := range es {
		if e.Move != nil {
			evs, at = append(evs, sighting.Sponsor(*e.Move)), append(at, i)
		}
	}
	if len(evs) == 0 {
		return nil
	}
	_, err := s.opt.Engine.Accept(ctx, evs)
	if errors.Is(err, routing.ErrEvent) {
		err = nil
		for j, ev := range evs {
			_, one := s.opt.Engine.Accept(ctx, []routing.Event{ev})
			if errors.Is(one, routing.ErrEvent) {
				errs[at[j]] = &crm.Error{Op: "accept", Class: crm.ErrInvalid, Code: one.Error()}
			} else if one != nil {
				err = one
			}
		}
	}
	if err == nil {
		s.opt.Accepted()
	}
	return err
}

// records brings tasks and values to the CRM.
func (s *Sender) records(ctx context.Context, es []sponsor.Effect, errs []error) {
	var some []sponsor.Effect
	var at []int
	for i, e := range es {
		if e.Task == nil && e.Write == nil {
			continue
		}
		if s.opt.Mode != routing.ModeLive {
			errs[i] = sponsor.ErrOff
			continue
		}
		some, at = append(some, e), append(at, i)
	}
	if len(some) == 0 {
		return
	}
	answers, err := s.opt.CRM.Send(ctx, some)
	if refused(err) && len(some) > 1 { // about one of them: it must not end the others
		for j, i := range at {
			one, err := s.opt.CRM.Send(ctx, some[j:j+1])
			if errs[i] = err; err == nil && len(one) == 1 {
				errs[i] = one[0]
			}
		}
		return
	}
	if err == nil && len(answers) != len(some) {
		err = errors.New("dispatch: the CRM's answer has another length")
	}
	for j, i := range at {
		if errs[i] = err; err == nil {
			errs[i] = answers[j]
		}
	}
}

// refused tells an error that comes again however often one tries, as long as the login
// is good.
func refused(err error) bool {
	return err != nil && crm.ClassOf(err) != nil && !crm.Retryable(err) && !errors.Is(err, crm.ErrAuth)
}
