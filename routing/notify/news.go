package notify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/onward-crm/onward/dri/digest"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/sponsor"
)

// News tells the owners of sponsors of updates, each user once. An update that is a
// move too is one piece of news with the notice of the move, whichever comes first:
// both are claimed by the keys that name user, person and company (SP15). Directory,
// Sent and Courier are needed. Safe for concurrent use.
type News struct {
	Directory Directory
	Sent      Sent
	Courier   *Courier
	// BaseURL is the org's address, to which record ids are added; "" for no links.
	BaseURL string
	// Now is the clock. Default: time.Now.
	Now func() time.Time
	// Logger gets one line for each message. Default: nothing is logged.
	Logger *slog.Logger
}

// Tell sends one notice. The error means that it is to be told again later: no channel
// took it yet, or somebody else is telling the same news. Whoever was told already, or
// never can be, is no error.
func (n News) Tell(ctx context.Context, notice sponsor.Notice) error {
	if n.Directory == nil || n.Sent == nil || n.Courier == nil {
		return errors.New("notify: news: want Directory, Sent and Courier")
	}
	base, err := cleanBase(n.BaseURL)
	if err != nil {
		return err
	}
	users, err := n.Directory.Users(ctx, idsOf(notice.UserID))
	if err != nil {
		return fmt.Errorf("notify: users: %w", err)
	}
	p := post{sent: n.Sent, lease: DefaultLease, logger: n.Logger, now: n.clock}
	if p.logger == nil {
		p.logger = slog.New(slog.DiscardHandler)
	}
	if len(notice.Keys) == 0 || len(notice.Changes) == 0 || len(users) == 0 || !users[0].Active || users[0].Queue {
		p.logger.Info("news dropped", "user", notice.UserID, "known", len(users) > 0)
		return nil
	}
	u := users[0]
	m := Message{
		Key: newsMessage + notice.Keys[0], To: Recipient{UserID: u.ID, Name: u.Name, Email: u.Email},
		Content: updateMessage(notice, digest.Party{ID: u.ID, Name: u.Name}, base),
	}
	r, err := p.sendOnce(ctx, n.Courier.Round(), m, notice.Keys)
	if err == nil && !r.again.IsZero() {
		return errLater
	}
	return err
}

func (n News) clock() time.Time {
	now := n.Now
	if now == nil {
		now = time.Now
	}
	return now().UTC().Truncate(time.Microsecond)
}

// The keys of marks: newsMessage of the messages themselves, newsKey of what they tell.
const (
	newsMessage = "update:"
	newsKey     = "news:"
)

// newsWindow is how long the same news is no news: people come back to a company, later.
const newsWindow = 90 * 24 * time.Hour

// sendOnce is send of a message that tells news under some keys. Who was told under one
// of them by another message is not told again.
func (p post) sendOnce(ctx context.Context, round *Round, m Message, keys []string) (result, error) {
	claims, told, again, err := p.claimNews(ctx, keys)
	switch {
	case err != nil:
		return result{}, err
	case told:
		p.logger.Info("message", "message", m.Key, "state", "told_before")
		return result{}, nil
	case !again.IsZero():
		return result{again: again}, nil
	}
	r, err := p.send(ctx, round, Claim{}, m)
	if err != nil {
		return r, err // the claims end by themselves
	}
	state := r.mark.State
	if !r.again.IsZero() {
		state = StateDelayed
	}
	return r, p.settleNews(ctx, claims, state, r.again)
}

// claimNews takes all keys, or none: told says that somebody else has told the news,
// again that somebody else is at it until then.
func (p post) claimNews(ctx context.Context, keys []string) (claims []Mark, told bool, again time.Time, err error) {
	for _, key := range slices.Sorted(slices.Values(keys)) {
		mark, taken, err := p.sent.Claim(ctx, Claim{Key: newsKey + key, Now: p.now(), Lease: p.lease})
		if err != nil {
			return nil, false, time.Time{}, fmt.Errorf("notify: sent: %w", err)
		}
		switch {
		case taken:
			claims = append(claims, mark)
		case mark.State == StateSent:
			told = told || p.now().Sub(mark.ClaimedAt) < newsWindow
		case mark.State == StateFailed: // nobody was told, and whoever gave up was not us
		case again.IsZero() || mark.Due.Before(again):
			again = mark.Due
		}
	}
	switch {
	case told: // the other ways to name the news are told with it
		return nil, true, time.Time{}, p.settleNews(ctx, claims, StateSent, time.Time{})
	case !again.IsZero():
		return nil, false, again, p.settleNews(ctx, claims, StateDelayed, p.now())
	}
	return claims, false, time.Time{}, nil
}

// settleNews says of all keys what became of the message.
func (p post) settleNews(ctx context.Context, claims []Mark, state State, due time.Time) error {
	for _, c := range claims {
		s := Settlement{Key: c.Key, Attempt: c.Attempt, State: state, Due: due}
		if err := p.sent.Settle(context.WithoutCancel(ctx), s); err != nil && !errors.Is(err, ErrOvertaken) {
			return fmt.Errorf("notify: sent: %w", err)
		}
	}
	return nil
}

// newsOf are the keys of the news that a notice of a move tells its user: that the
// person is at a company now. None for a departure to nowhere, and for a new role where
// the person was.
func newsOf(rec routing.Record, user string) []string {
	to := rec.Event.To
	if user == "" || to == nil || rec.Plan != nil && stays(rec.Plan.Kind) {
		return nil
	}
	place := matching.Company{
		Name: to.Company, Domain: to.Domain, LinkedIn: to.CompanyLinkedInURL,
		AccountID: cmp.Or(rec.Outcome.AccountID, to.AccountID),
	}
	var keys []string
	for _, who := range moverOf(rec) {
		keys = append(keys, sponsor.NoticeKeys(user, who, place)...)
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// moverOf is the mover as reported, and by each record that came of it.
func moverOf(rec routing.Record) []tracking.Person {
	p := rec.Event.Person
	who := tracking.Person{
		RecordID: p.CRMID, HubSpotID: p.HubSpotID, LinkedIn: p.LinkedInURL, FirstName: p.FirstName, LastName: p.LastName,
		Emails: idsOf(append([]string{p.Email}, p.Emails...)...),
	}
	if from := rec.Event.From; from != nil {
		who.Company.Name = from.Company
	}
	out := []tracking.Person{who}
	for _, id := range idsOf(rec.Outcome.PastID, rec.Outcome.ContactID, rec.Outcome.LeadID) {
		out = append(out, tracking.Person{RecordID: id})
	}
	return out
}

// newsOf are the keys of the news that a notice tells, none when nobody else can tell
// it: the mover is no sponsor.
func (n *Notices) newsOf(ctx context.Context, one offer) ([]string, error) {
	keys := newsOf(one.record, one.UserID)
	if len(keys) == 0 || n.opt.Sponsors == nil {
		return keys, nil
	}
	var who []string
	for _, p := range moverOf(one.record) {
		who = append(who, p.Keys()...)
	}
	known, err := n.opt.Sponsors(ctx, who)
	if err != nil {
		return nil, fmt.Errorf("notify: sponsors: %w", err)
	}
	if !known {
		return nil, nil
	}
	return keys, nil
}

// updateMessage says what changed of a sponsor.
func updateMessage(n sponsor.Notice, to digest.Party, base string) digest.Message {
	who := digest.Party{ID: n.Person.RecordID, Name: strings.TrimSpace(n.Person.FirstName + " " + n.Person.LastName)}
	if base != "" && who.ID != "" {
		who.URL = base + "/" + who.ID
	}
	row := digest.Row{Person: who}
	var what []string
	for _, c := range n.Changes {
		row.Events = append(row.Events, digest.Event{Verb: string(c.Attribute), About: digest.Party{ID: c.Company.AccountID, Name: c.New}, Was: c.Old})
		what = append(what, string(c.Attribute))
	}
	title := cmp.Or(who.Name, "A sponsor") + ": new " + strings.Join(what, " and ")
	return digest.Alert(to, title, "You own what this sponsor stands for.", []digest.Row{row})
}
