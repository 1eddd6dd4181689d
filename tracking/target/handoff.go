package target

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/dri"
)

// Handoff is what a rep gets of a delivery. The zero Handoff changes nothing and
// does nothing.
type Handoff struct {
	// Owner says who owns the new record, in place of the general rule.
	Owner dri.Chain `json:"owner,omitempty" yaml:"owner"`
	// Router leaves the owner to the org's own router: nothing is set, and a lead goes
	// through the assignment rules.
	Router bool `json:"router,omitempty" yaml:"router"`
	// Task, Notice and Campaign are not there when they are zero.
	Task     Task           `json:"task,omitzero" yaml:"task"`
	Notice   Recipient      `json:"notice,omitempty" yaml:"notice"`
	Campaign CampaignMember `json:"campaign,omitzero" yaml:"campaign"`
	// Sequence is the name of an outbound webhook, by which an engagement tool is told
	// to begin.
	Sequence string `json:"sequence,omitempty" yaml:"sequence"`
}

// Task is a Salesforce Task on the person's record.
type Task struct {
	Subject string `json:"subject" yaml:"subject"`
	// Priority and Status are values of the org's picklists; empty leaves them to it.
	Priority string `json:"priority,omitempty" yaml:"priority"`
	Status   string `json:"status,omitempty" yaml:"status"`
	// DueDays is the number of days from the decision to the due date.
	DueDays int       `json:"due_days,omitempty" yaml:"due_days"`
	To      Recipient `json:"to,omitempty" yaml:"to"`
}

// CampaignMember puts the person into a campaign.
type CampaignMember struct {
	ID     string `json:"id" yaml:"id"`
	Status string `json:"status,omitempty" yaml:"status"`
}

// Recipient is whom a task or a notice is for: "owner", "dri", or a user's id.
type Recipient string

// The recipients that are found for each delivery.
const (
	// ToOwner is the owner of the person's record, else the DRI.
	ToOwner Recipient = "owner"
	// ToDRI is the directly responsible individual, else the owner.
	ToDRI Recipient = "dri"
)

// problem says what is wrong with a recipient, "" for nothing.
func (r Recipient) problem() string {
	if r == ToOwner || r == ToDRI {
		return ""
	}
	if id, err := crm.WidenID(string(r)); err != nil || !strings.HasPrefix(id, "005") {
		return fmt.Sprintf("%q is not one of owner, dri, or the id of a user", clip(string(r)))
	}
	return ""
}

// ActionKind is one kind of thing that a handoff does beside the owner.
type ActionKind string

// The kinds of actions, in the order in which they are taken.
const (
	ActionTask     ActionKind = "task"
	ActionCampaign ActionKind = "campaign"
	ActionSequence ActionKind = "sequence"
	ActionNotice   ActionKind = "notice"
)

// Kinds lists what the handoff does, in order.
func (h Handoff) Kinds() []ActionKind {
	var out []ActionKind
	for _, k := range []struct {
		kind ActionKind
		on   bool
	}{{ActionTask, h.Task != Task{}}, {ActionCampaign, h.Campaign != CampaignMember{}}, {ActionSequence, h.Sequence != ""}, {ActionNotice, h.Notice != ""}} {
		if k.on {
			out = append(out, k.kind)
		}
	}
	return out
}

// Validate checks the handoff. The error names every field that is wrong.
func (h Handoff) Validate() error {
	var errs []error
	fail := func(field, message string) { errs = append(errs, fmt.Errorf("handoff.%s: %s", field, message)) }
	if h.Router && len(h.Owner) > 0 {
		fail("owner", "leave it out, or switch router off: the router sets the owner")
	}
	if t := h.Task; t != (Task{}) {
		if strings.TrimSpace(t.Subject) == "" {
			fail("task.subject", "is missing")
		}
		if len([]rune(t.Subject)) > maxSubject {
			fail("task.subject", fmt.Sprintf("is longer than %d characters", maxSubject))
		}
		if t.DueDays < 0 {
			fail("task.due_days", "want 0 (today) or more")
		}
		if why := t.To.problem(); t.To != "" && why != "" {
			fail("task.to", why)
		}
	}
	if why := h.Notice.problem(); h.Notice != "" && why != "" {
		fail("notice", why)
	}
	if c := h.Campaign; c != (CampaignMember{}) {
		if id, err := crm.WidenID(c.ID); err != nil || !strings.HasPrefix(id, "701") {
			fail("campaign.id", fmt.Sprintf("%q is not the id of a campaign; those begin with 701", clip(c.ID)))
		}
	}
	if s := h.Sequence; s != "" && (len(s) > maxName || slices.ContainsFunc([]rune(s), notInName)) {
		fail("sequence", fmt.Sprintf("want the name of an endpoint: lower-case letters, digits and dashes, at most %d", maxName))
	}
	return errors.Join(errs...)
}

const (
	// maxSubject is the length of Task.Subject in Salesforce.
	maxSubject = 255
	// maxName is the length of an endpoint's name.
	maxName = 40
)

func notInName(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-') }
