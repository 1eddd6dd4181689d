package sponsor

import (
	"strings"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
)

// Effect is something that a change has to do outside: exactly one of Task, Move,
// Notice and Write is set. It is stored with the change, once for its Key.
type Effect struct {
	// Key is the same however often the effect is decided or sent: 40 characters at
	// most, so that it fits an external id.
	Key     crm.Key    `json:"key"`
	Sponsor string     `json:"sponsor"`
	Update  string     `json:"update"`
	At      time.Time  `json:"at"`
	Task    *Task      `json:"task,omitempty"`
	Move    *Move      `json:"move,omitempty"`
	Notice  *Notice    `json:"notice,omitempty"`
	Write   *crm.Write `json:"write,omitempty"`
	// Due is when it is to be sent (next), Attempts how often that failed, Error the
	// last failure without values. Ended is when it was sent or given up; zero while it
	// is owed.
	Due      time.Time `json:"due"`
	Attempts int       `json:"attempts,omitempty"`
	Error    string    `json:"error,omitempty"`
	Ended    time.Time `json:"ended,omitzero"`
	GivenUp  bool      `json:"given_up,omitempty"`
}

// Task is a call to action: what somebody should do about an update of a sponsor of
// an entity. There is one for each update and entity at most.
type Task struct {
	Rule   string `json:"rule"`
	Entity Entity `json:"entity"`
	// OwnerID is the user who is to do it; "" leaves it to the CRM.
	OwnerID  string `json:"owner_id,omitempty"`
	Type     string `json:"type,omitempty"`
	Priority string `json:"priority,omitempty"`
	Reason   string `json:"reason"`
	Playbook string `json:"playbook,omitempty"`
	// DueOn is the last day for it.
	DueOn   time.Time       `json:"due_on"`
	Person  tracking.Person `json:"person"`
	Changes []Change        `json:"changes"`
	Set     crm.Fields      `json:"set,omitempty"`
}

// subjectLength is the length of a task's subject.
// Source: Salesforce, Object Reference, Task, Subject.
const subjectLength = 255

// leadPrefix begins the ids of leads. Source: Salesforce, Object Reference, key
// prefixes.
const leadPrefix = "00Q"

// WriteAs is the task as a record of Salesforce's object Task under the effect's
// key. A task about a lead relates to nothing else: Salesforce refuses WhatId beside
// a lead (Object Reference, Task, WhatId); the entity then stands in the text alone.
func (t Task) WriteAs(key crm.Key) crm.Write {
	set := crm.Fields{
		"Subject": clip(t.Reason+": "+t.who(), subjectLength), "Description": t.text(),
		"ActivityDate": t.DueOn.Format(time.DateOnly), "Status": "Not Started",
	}
	for field, value := range map[string]string{"OwnerId": t.OwnerID, "Type": t.Type, "Priority": t.Priority, "WhoId": recordID(t.Person.RecordID)} {
		if value != "" {
			set[field] = value
		}
	}
	if what := recordID(t.Entity.ID); what != "" && !strings.HasPrefix(set["WhoId"], leadPrefix) {
		set["WhatId"] = what
	}
	for field, value := range t.Set {
		set[field] = value
	}
	return crm.Write{Key: key, Verb: crm.VerbCreate, Object: "Task", Set: set}
}

func (t Task) who() string {
	return strings.TrimSpace(t.Person.FirstName + " " + t.Person.LastName)
}

// text says what changed, where, and what is to be done.
func (t Task) text() string {
	lines := make([]string, 0, len(t.Changes)+2)
	for _, c := range t.Changes {
		lines = append(lines, string(c.Attribute)+": "+c.Old+" → "+c.New)
	}
	place := t.Entity.Name
	if place == "" {
		place = t.Entity.ID
	}
	if t.Entity.Role != "" {
		place += " (" + t.Entity.Role + ")"
	}
	lines = append(lines, t.Entity.Kind+": "+place)
	if t.Playbook != "" {
		lines = append(lines, "playbook: "+t.Playbook)
	}
	return strings.Join(lines, "\n")
}

// recordID is an id of the CRM, "" for ids of anything else.
func recordID(id string) string {
	long, err := crm.WidenID(id)
	if err != nil {
		return ""
	}
	return long
}

// clip cuts a text to so many characters.
func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// Notice tells one user of an update, whatever number of entities the user owns. It
// is told once: whoever was told under one of the Keys is not told again.
type Notice struct {
	Keys    []string        `json:"keys"`
	UserID  string          `json:"user_id"`
	Person  tracking.Person `json:"person"`
	Changes []Change        `json:"changes"`
	// Move is the id of the move that the update also is, "" for none.
	Move string `json:"move,omitempty"`
}

// Move is a company change as a value, to become an event of the other world: the
// caller reports it under ID, so that it is accepted once, with all of Person's
// identifiers, so that it is the same move as one that another source reports. The
// notices of both worlds have keys of NoticeKeys in common.
type Move struct {
	ID     string          `json:"id"`
	Person tracking.Person `json:"person"`
	// Kind is what the move is, seen from here; the receiver may know more.
	Kind      tracking.Kind     `json:"kind"`
	From      tracking.Position `json:"from"`
	To        tracking.Position `json:"to"`
	At        time.Time         `json:"at"`
	Uncertain bool              `json:"uncertain,omitempty"`
	// Tell are the users who are told of it as owners of entities.
	Tell []string `json:"tell,omitempty"`
}

// NoticeKeys name the news for one user that a person is at a company now: one key
// for each way to name the person and each way to name the company, sorted. Two
// reports of one move share at least one where they share an identifier of each. The
// name at the old company counts only for a person who has no other identifier.
func NoticeKeys(userID string, p tracking.Person, to matching.Company) []string {
	who := strong(p.Keys())
	if len(who) == 0 {
		who = p.Keys()
	}
	var out []string
	for _, w := range who {
		for _, where := range placeKeys(to) {
			out = append(out, hashOf("notice", userID, w, where))
		}
	}
	return add(out)
}

// placeKeys are the ways to name a company.
func placeKeys(c matching.Company) []string {
	var out []string
	if c.AccountID != "" {
		out = append(out, "id:"+c.AccountID)
	}
	if d, ok := matching.ParseDomain(c.Domain); ok && d.Usable() {
		out = append(out, "domain:"+d.Registrable)
	}
	if slug, ok := matching.LinkedInCompany(c.LinkedIn); ok {
		out = append(out, "in:"+slug)
	}
	if key := matching.ParseCompany(c.Name).Key; key != "" {
		out = append(out, "name:"+key)
	}
	return out
}
