package sponsor

import (
	"cmp"
	"context"
	"errors"
	"iter"
)

// StartOrder asks for the profile of one sponsor.
type StartOrder struct {
	Sponsor string
	// LinkedIn is the public page, when somebody knows it; any form of its address.
	LinkedIn string
	By       string
}

// Start begins the search for the profile of one untracked sponsor and asks the
// provider at once: the status is MatchFound when it knows somebody, Pending
// otherwise, also when the provider fails: the search then goes on in Work.
func (d *Desk) Start(ctx context.Context, o StartOrder) (Sponsor, error) {
	s, err := d.one(ctx, o.Sponsor, o.By, func(e *edit) error {
		if err := e.start(EventStart, o.LinkedIn); err != nil {
			return err
		}
		e.due(e.now.Add(d.opt.Lease))
		return nil
	})
	if err != nil {
		return s, err
	}
	after, _, err := d.search(ctx, s)
	return after, err
}

// SkipReason says why a sponsor was left out of something that was asked for many.
type SkipReason string

// The reasons for skipping. Those of a status say that the sponsor is there already.
const (
	SkipInProgress         SkipReason = "in_progress"
	SkipPending            SkipReason = "pending"
	SkipMatchFound         SkipReason = "match_found"
	SkipNoMatchFound       SkipReason = "no_match_found"
	SkipTrackingInProgress SkipReason = "tracking_in_progress"
	SkipTracked            SkipReason = "tracked"
	SkipDisabled           SkipReason = "disabled"
	// SkipUntracked: the suggestion was removed, or the following stopped.
	SkipUntracked SkipReason = "untracked"
	// SkipNotSuggested: other profiles are suggested; SkipSeveral: several are, and none
	// was named; SkipTaken: the profile is followed as another sponsor.
	SkipNotSuggested SkipReason = "not_suggested"
	SkipSeveral      SkipReason = "several_suggested"
	SkipTaken        SkipReason = "taken"
	// SkipUnknown: there is no such sponsor. SkipBusy: others change it all the time.
	SkipUnknown SkipReason = "unknown"
	SkipBusy    SkipReason = "busy"
)

// skipOf names a status as a reason.
var skipOf = map[Status]SkipReason{
	Untracked: SkipUntracked, InProgress: SkipInProgress, Pending: SkipPending, MatchFound: SkipMatchFound,
	NoMatchFound: SkipNoMatchFound, TrackingInProgress: SkipTrackingInProgress, Tracked: SkipTracked, Disabled: SkipDisabled,
}

// Skip is a sponsor that was left out.
type Skip struct {
	Sponsor string     `json:"sponsor"`
	Status  Status     `json:"status,omitempty"`
	Reason  SkipReason `json:"reason"`
}

// Bulk says what became of something that was asked for many, in the order asked.
type Bulk struct {
	Done []string `json:"done"`
	// Already are those for which the same was done before.
	Already []string `json:"already,omitempty"`
	Skipped []Skip   `json:"skipped,omitempty"`
}

// bulkOf sorts outcomes into a Bulk.
func bulkOf(ids []string, out []outcome) Bulk {
	var b Bulk
	for i, o := range out {
		switch {
		case o.err != nil:
			b.Skipped = append(b.Skipped, Skip{Sponsor: ids[i], Status: o.s.Status, Reason: skipReason(o)})
		case o.changed:
			b.Done = append(b.Done, ids[i])
		default:
			b.Already = append(b.Already, ids[i])
		}
	}
	return b
}

func skipReason(o outcome) SkipReason {
	switch {
	case errors.Is(o.err, ErrUnknown):
		return SkipUnknown
	case errors.Is(o.err, ErrStale):
		return SkipBusy
	case errors.Is(o.err, ErrTaken):
		return SkipTaken
	case errors.Is(o.err, errSeveral):
		return SkipSeveral
	case errors.Is(o.err, errNotSuggested):
		return SkipNotSuggested
	}
	return skipOf[o.s.Status]
}

// StartAll begins the search for many: the untracked ones are in progress until Work
// takes them up, all others are left out and listed.
func (d *Desk) StartAll(ctx context.Context, ids []string, by string) (Bulk, error) {
	out, err := d.each(ctx, ids, by, func(e *edit) error { return e.start(EventStartBulk, "") })
	if err != nil {
		return Bulk{}, err
	}
	return bulkOf(ids, out), nil
}

// Stop ends the following of a sponsor, from any status but InProgress, which is
// ErrRefused. What is untracked already stays so.
func (d *Desk) Stop(ctx context.Context, id, by string) (Sponsor, error) {
	return d.one(ctx, id, by, (*edit).stop)
}

// FindNewMatch passes over all suggested profiles for good and searches again.
func (d *Desk) FindNewMatch(ctx context.Context, id, by string) (Sponsor, error) {
	return d.one(ctx, id, by, (*edit).findNewMatch)
}

// Suggested lists sponsors that have suggested profiles.
func (d *Desk) Suggested(ctx context.Context, f Filter) iter.Seq2[Sponsor, error] {
	f.Statuses = []Status{MatchFound}
	return d.List(ctx, f)
}

// Choice names a suggested profile of a sponsor by Profile.Key; an empty Profile is
// the only one that is suggested.
type Choice struct {
	Sponsor string
	Profile string
}

// Track takes a suggested profile for the sponsor's and compares it with the record:
// what differs is the first update. Tracking what is tracked is no error. The error
// is ErrTaken when the profile is followed as another sponsor, ErrRefused when it is
// not suggested.
func (d *Desk) Track(ctx context.Context, c Choice, by string) (Sponsor, error) {
	return d.one(ctx, c.Sponsor, by, func(e *edit) error { return e.track(EventTrack, c.Profile) })
}

// TrackBulk chooses profiles of several sponsors; Work takes them up.
func (d *Desk) TrackBulk(ctx context.Context, cs []Choice, by string) (Bulk, error) {
	return d.trackMany(ctx, EventTrackBulk, cs, by)
}

// TrackAll chooses what was suggested to whoever asks, as they saw it: what was
// removed meanwhile is left out and listed. Asking again does nothing twice.
func (d *Desk) TrackAll(ctx context.Context, cs []Choice, by string) (Bulk, error) {
	return d.trackMany(ctx, EventTrackAll, cs, by)
}

func (d *Desk) trackMany(ctx context.Context, on Event, cs []Choice, by string) (Bulk, error) {
	ids := make([]string, len(cs))
	chosen := map[string]string{}
	for i, c := range cs {
		ids[i] = c.Sponsor
		chosen[c.Sponsor] = cmp.Or(chosen[c.Sponsor], c.Profile)
	}
	out, err := d.each(ctx, ids, by, func(e *edit) error { return e.track(on, chosen[e.s.ID]) })
	if err != nil {
		return Bulk{}, err
	}
	return bulkOf(ids, out), nil
}

// Remove rejects a suggested profile; with the last one the sponsor is untracked. An
// empty Choice.Profile rejects all. Removing what is removed is no error.
func (d *Desk) Remove(ctx context.Context, c Choice, by string) (Sponsor, error) {
	return d.one(ctx, c.Sponsor, by, func(e *edit) error { return e.remove(c.Profile) })
}
