package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/onward-crm/onward/dri/digest"
)

// Alerts tells users of anything that is not a move: a rising number of missing
// champions, several people leaving one account. Directory, Sent and Courier are needed.
// Safe for concurrent use.
type Alerts struct {
	Directory Directory
	Sent      Sent
	Courier   *Courier
	// Logger gets one line for each alert. Default: nothing is logged.
	Logger *slog.Logger
}

// Send tells one user, once for a key that names what and when, such as
// "missing:2026-W48"; m is what digest.Alert makes. It is called again for what is
// StateDelayed. An empty message is not sent, nor one to nobody: both are StateFailed
// and not remembered. The error is the directory's or the store's trouble.
func (a Alerts) Send(ctx context.Context, now time.Time, key string, m digest.Message) (State, error) {
	if a.Directory == nil || a.Sent == nil || a.Courier == nil {
		return "", errors.New("notify: alerts: want Directory, Sent and Courier")
	}
	users, err := a.Directory.Users(ctx, []string{m.To.ID})
	if err != nil {
		return "", fmt.Errorf("notify: users: %w", err)
	}
	logger := a.Logger
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	key = "alert:" + m.To.ID + ":" + key
	if m.Empty() || len(users) == 0 || !users[0].Active || users[0].Queue {
		logger.Info("alert dropped", "message", key, "empty", m.Empty())
		return StateFailed, nil
	}
	m.To.Name = users[0].Name
	p := post{sent: a.Sent, lease: DefaultLease, logger: logger, now: func() time.Time { return now.UTC().Truncate(time.Microsecond) }}
	r, err := p.send(ctx, a.Courier.Round(), Claim{}, Message{
		Key: key, To: Recipient{UserID: users[0].ID, Name: users[0].Name, Email: users[0].Email}, Content: m,
	})
	return r.mark.State, err
}
