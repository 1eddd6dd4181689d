package sponsor

import "slices"

// Status says how far the following of a person has come.
type Status string

// The statuses of a sponsor.
const (
	// Untracked: nobody asked for anything yet, or somebody stopped it.
	Untracked Status = "untracked"
	// InProgress: started together with others; not shown in reports.
	InProgress Status = "in-progress"
	// Pending: profiles are being looked for.
	Pending Status = "pending"
	// MatchFound: profiles are suggested, and somebody has to choose.
	MatchFound Status = "match-found"
	// NoMatchFound: no profile was found in time.
	NoMatchFound Status = "no-match-found"
	// TrackingInProgress: chosen together with others.
	TrackingInProgress Status = "tracking-in-progress"
	// Tracked: changes of the profile become updates.
	Tracked Status = "tracked"
	// Disabled: the profile is gone.
	Disabled Status = "disabled"
)

// Event is something that moves a sponsor from one status to another.
type Event string

// The events in the life of a sponsor.
const (
	// EventStart and EventStartBulk ask for a profile, of one person or of many.
	EventStart     Event = "start"
	EventStartBulk Event = "start-bulk"
	// EventQueued: the search of a bulk has begun.
	EventQueued Event = "queued"
	// EventFound and EventNoneFound end a search.
	EventFound     Event = "found"
	EventNoneFound Event = "none-found"
	// EventFindNewMatch passes over what was suggested and searches again.
	EventFindNewMatch Event = "find-new-match"
	// EventTrack, EventTrackBulk and EventTrackAll choose a profile: of one sponsor,
	// of several, or whatever is suggested.
	EventTrack     Event = "track"
	EventTrackBulk Event = "track-bulk"
	EventTrackAll  Event = "track-all"
	// EventSettled ends a choice that was made for many.
	EventSettled Event = "settled"
	// EventRemove rejects the last suggested profile.
	EventRemove Event = "remove"
	// EventGone: the profile was twice in a row not there.
	EventGone Event = "gone"
	// EventStop ends the following.
	EventStop Event = "stop"
)

// transition is one arrow.
type transition struct {
	from Status
	on   Event
	to   Status
}

// table holds every arrow there is; what is not in it is refused. In-Progress has
// no stop: the search of a bulk is under way.
var table = []transition{
	{Untracked, EventStart, Pending},
	{Untracked, EventStartBulk, InProgress},
	{InProgress, EventQueued, Pending},
	{Pending, EventFound, MatchFound},
	{Pending, EventNoneFound, NoMatchFound},
	{MatchFound, EventFindNewMatch, Pending},
	{MatchFound, EventTrack, Tracked},
	{MatchFound, EventTrackBulk, TrackingInProgress},
	{MatchFound, EventTrackAll, TrackingInProgress},
	{MatchFound, EventRemove, Untracked},
	{TrackingInProgress, EventSettled, Tracked},
	{Tracked, EventGone, Disabled},
	{Untracked, EventStop, Untracked},
	{Pending, EventStop, Untracked},
	{MatchFound, EventStop, Untracked},
	{NoMatchFound, EventStop, Untracked},
	{TrackingInProgress, EventStop, Untracked},
	{Tracked, EventStop, Untracked},
	{Disabled, EventStop, Untracked},
}

// Next is the status after an event. The error is ErrRefused when the table has no
// such arrow.
func (s Status) Next(on Event) (Status, error) {
	i := slices.IndexFunc(table, func(t transition) bool { return t.from == s && t.on == on })
	if i < 0 {
		return s, &Error{Op: string(on), Class: ErrRefused, Detail: "the status is " + string(s)}
	}
	return table[i].to, nil
}

// Statuses lists all statuses, in the order of a life.
func Statuses() []Status {
	return []Status{Untracked, InProgress, Pending, MatchFound, NoMatchFound, TrackingInProgress, Tracked, Disabled}
}

// Reported tells whether a sponsor of this status is shown in reports: only
// InProgress is not.
func (s Status) Reported() bool { return s != InProgress }
