package sponsors

import (
	"context"
	"fmt"

	"github.com/onward-crm/onward/adapter"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/sponsor"
)

// most bounds the lists of one request.
const most = 200

// enrolment makes a person a sponsor.
type enrolment struct {
	Person   tracking.Person  `json:"person"`
	Location string           `json:"location,omitempty"`
	Entities []sponsor.Entity `json:"entities"`
}

func (d desk) enrol(ctx context.Context, c *adapter.OperatorCall, in enrolment) (sponsor.Sponsor, error) {
	s, err := d.Enrol(ctx, sponsor.Enrolment{Person: in.Person, Location: in.Location, Entities: in.Entities, By: c.By})
	c.About = s.ID
	return s, err
}

// membership names an entity of a sponsor.
type membership struct {
	sponsorID
	Kind   string `json:"kind" description:"kind of the entity, such as account"`
	Entity string `json:"entity" description:"its id"`
}

func (d desk) detach(ctx context.Context, c *adapter.OperatorCall, in membership) (sponsor.Sponsor, error) {
	c.About = in.ID
	return d.Detach(ctx, in.ID, sponsor.EntityRef{Kind: in.Kind, ID: in.Entity}, c.By)
}

// startOrder starts one sponsor.
type startOrder struct {
	sponsorID
	LinkedIn string `json:"linkedin,omitempty" description:"the person's public page, when you know it"`
}

func (d desk) start(ctx context.Context, c *adapter.OperatorCall, in startOrder) (sponsor.Sponsor, error) {
	c.About = in.ID
	return d.Start(ctx, sponsor.StartOrder{Sponsor: in.ID, LinkedIn: in.LinkedIn, By: c.By})
}

// sponsorList names several sponsors.
type sponsorList struct {
	Sponsors []string `json:"sponsors" description:"ids, up to 200"`
}

func (d desk) startMany(ctx context.Context, c *adapter.OperatorCall, in sponsorList) (sponsor.Bulk, error) {
	if err := few("sponsors", len(in.Sponsors)); err != nil {
		return sponsor.Bulk{}, err
	}
	b, err := d.StartAll(ctx, in.Sponsors, c.By)
	return counted(c, b), err
}

func (d desk) stop(ctx context.Context, c *adapter.OperatorCall, in sponsorID) (sponsor.Sponsor, error) {
	c.About = in.ID
	return d.Stop(ctx, in.ID, c.By)
}

// profileChoice names a suggested profile.
type profileChoice struct {
	sponsorID
	Profile string `json:"profile,omitempty" description:"key of the profile, such as in:/in/jane-doe"`
}

func (d desk) track(ctx context.Context, c *adapter.OperatorCall, in profileChoice) (sponsor.Sponsor, error) {
	c.About = in.ID
	return d.Track(ctx, sponsor.Choice{Sponsor: in.ID, Profile: in.Profile}, c.By)
}

// choiceList names profiles of several sponsors.
type choiceList struct {
	Choices []choice `json:"choices" description:"up to 200"`
}

type choice struct {
	Sponsor string `json:"sponsor"`
	Profile string `json:"profile,omitempty" description:"key of the profile; none is the only one that is suggested"`
}

func (d desk) trackSome(ctx context.Context, c *adapter.OperatorCall, in choiceList) (sponsor.Bulk, error) {
	return in.take(ctx, c, d.TrackBulk)
}

func (d desk) trackAll(ctx context.Context, c *adapter.OperatorCall, in choiceList) (sponsor.Bulk, error) {
	return in.take(ctx, c, d.TrackAll)
}

// take chooses for several in one of the two ways.
func (l choiceList) take(ctx context.Context, c *adapter.OperatorCall, do func(context.Context, []sponsor.Choice, string) (sponsor.Bulk, error)) (sponsor.Bulk, error) {
	if err := few("choices", len(l.Choices)); err != nil {
		return sponsor.Bulk{}, err
	}
	list := make([]sponsor.Choice, len(l.Choices))
	for i, one := range l.Choices {
		list[i] = sponsor.Choice{Sponsor: one.Sponsor, Profile: one.Profile}
	}
	b, err := do(ctx, list, c.By)
	return counted(c, b), err
}

func (d desk) remove(ctx context.Context, c *adapter.OperatorCall, in profileChoice) (sponsor.Sponsor, error) {
	c.About = in.ID
	return d.Remove(ctx, sponsor.Choice{Sponsor: in.ID, Profile: in.Profile}, c.By)
}

func (d desk) findMatch(ctx context.Context, c *adapter.OperatorCall, in sponsorID) (sponsor.Sponsor, error) {
	c.About = in.ID
	return d.FindNewMatch(ctx, in.ID, c.By)
}

// verdict is what somebody says of an update.
type verdict struct {
	sponsorID
	Update    string `json:"update" description:"the update's id"`
	Overwrite bool   `json:"overwrite,omitempty" description:"accept although somebody changed the record since"`
}

// accepted is what became of an update.
type accepted struct {
	// Accepted is false when there are conflicts: nothing was done then.
	Accepted  bool               `json:"accepted"`
	Conflicts []sponsor.Conflict `json:"conflicts"`
	Sponsor   sponsor.Sponsor    `json:"sponsor"`
}

func (d desk) accept(ctx context.Context, c *adapter.OperatorCall, in verdict) (accepted, error) {
	c.About = in.ID + " " + in.Update
	s, conflicts, err := d.Accept(ctx, sponsor.Verdict{Sponsor: in.ID, Update: in.Update, By: c.By, Overwrite: in.Overwrite})
	if len(conflicts) > 0 {
		c.About += " conflict"
	}
	return accepted{len(conflicts) == 0, orNone(conflicts), s}, err
}

// acceptOrder selects sponsors whose updates are accepted.
type acceptOrder struct {
	Sponsors []string `json:"sponsors,omitempty" description:"ids, up to 200; none means all that the rest selects"`
	Kind     string   `json:"kind,omitempty" description:"kind of entity, such as account"`
	Entity   string   `json:"entity,omitempty" description:"id of the entity"`
	Role     string   `json:"role,omitempty"`
}

func (d desk) acceptMany(ctx context.Context, c *adapter.OperatorCall, in acceptOrder) (sponsor.Acceptance, error) {
	if err := few("sponsors", max(len(in.Sponsors), 1)); err != nil {
		return sponsor.Acceptance{}, err
	}
	a, err := d.AcceptAll(ctx, sponsor.Filter{IDs: in.Sponsors, Kind: in.Kind, Entity: in.Entity, Role: in.Role}, c.By)
	c.About = fmt.Sprintf("%d updates, %d in conflict", len(a.Accepted), len(a.Conflicts))
	a.Accepted = orNone(a.Accepted)
	return a, err
}

// rejection names an update.
type rejection struct {
	sponsorID
	Update string `json:"update" description:"the update's id"`
}

func (d desk) reject(ctx context.Context, c *adapter.OperatorCall, in rejection) (sponsor.Sponsor, error) {
	c.About = in.ID + " " + in.Update
	return d.Reject(ctx, sponsor.Verdict{Sponsor: in.ID, Update: in.Update, By: c.By})
}

// few refuses lists that are empty or too long.
func few(field string, n int) error {
	if n < 1 || n > most {
		return adapter.InvalidField(field, fmt.Sprintf("from 1 to %d", most))
	}
	return nil
}

// counted says in the log of acts how many there were.
func counted(c *adapter.OperatorCall, b sponsor.Bulk) sponsor.Bulk {
	c.About = fmt.Sprintf("%d done, %d left out", len(b.Done), len(b.Skipped))
	b.Done = orNone(b.Done)
	return b
}
