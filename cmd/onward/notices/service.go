package notices

import (
	"context"
	"log/slog"
	"time"

	"github.com/onward-crm/onward/dri/digest"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/notify"
)

// SendEvery is how often a service looks whether digests are due, or due again. A week
// that is done costs it one look-up.
const SendEvery = 15 * time.Minute

// noticeTimeout bounds the sending of one notice, for which the work waits.
const noticeTimeout = 10 * time.Second

// ServiceOptions say what a service tells people of.
type ServiceOptions struct {
	// Environ names the channels, as os.Environ gives it.
	Environ []string
	// Records is the ledger, Directory the CRM's users, Sent what was sent.
	Records   notify.Records
	Directory notify.Directory
	Sent      notify.Sent
	// Updates gives news of sponsors; nil for none.
	Updates func(ctx context.Context, since, until time.Time) ([]digest.Update, error)
	// Sponsors tells whether keys name a sponsor; see notify.NoticesOptions.
	Sponsors func(ctx context.Context, keys []string) (bool, error)
	// Schedule says when digests are due, Rules who is told of what at once.
	Schedule digest.Schedule
	Rules    []digest.Rule
	// BaseURL is the org's address.
	BaseURL string
	Logger  *slog.Logger
	Now     func() time.Time
}

// keepMarks is how long it is remembered what was sent.
const keepMarks = 180 * 24 * time.Hour

// Service is the telling part of a running service.
type Service struct {
	// Notifier tells of moves at once: it is routing.Deps.Notifier.
	Notifier routing.Notifier
	// Alerts tells of what is no move.
	Alerts notify.Alerts
	// News tells the owners of sponsors of updates.
	News notify.News

	digests *notify.Digests
	sent    notify.Sent
	now     func() time.Time
}

// NewService makes one. The error names what is wrong; ErrNoChannel means that the
// environment names no channel, so that nobody is to be told anything.
func NewService(o ServiceOptions) (*Service, error) {
	letters, err := Courier(o.Environ, &notify.CourierOptions{Logger: o.Logger})
	if err != nil {
		return nil, err
	}
	quick, err := Courier(o.Environ, &notify.CourierOptions{Logger: o.Logger, Tries: 1, Timeout: noticeTimeout})
	if err != nil {
		return nil, err
	}
	s := &Service{sent: o.Sent, now: o.Now}
	s.News = notify.News{Directory: o.Directory, Sent: o.Sent, Courier: letters, BaseURL: o.BaseURL, Logger: o.Logger, Now: o.Now}
	s.Alerts = notify.Alerts{Directory: o.Directory, Sent: o.Sent, Courier: letters, Logger: o.Logger}
	s.digests, err = notify.NewDigests(notify.DigestsOptions{
		Records: o.Records, Directory: o.Directory, Sent: o.Sent, Courier: letters, Updates: o.Updates,
		Schedule: o.Schedule, BaseURL: o.BaseURL, Logger: o.Logger,
	})
	if err != nil {
		return nil, err
	}
	s.Notifier, err = notify.NewNotices(notify.NoticesOptions{
		Records: o.Records, Directory: o.Directory, Sent: o.Sent, Courier: quick, Rules: o.Rules, Sponsors: o.Sponsors, BaseURL: o.BaseURL,
		Now: o.Now, Logger: o.Logger,
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Send sends the digests that are due, and forgets what was sent long ago: the job of a
// schedule, every SendEvery.
func (s *Service) Send(ctx context.Context) error {
	now := s.now()
	r, err := s.digests.Run(ctx, now)
	if err != nil || r.Done || r.Waiting {
		return err
	}
	return s.sent.Prune(ctx, now.Add(-keepMarks))
}
