package digest

import (
	"strings"
	"time"
	"unicode"

	"github.com/onward-crm/onward/dri"
)

// Kind is a kind of message.
type Kind string

// The kinds of messages.
const (
	// KindDigest is the weekly digest of a responsible user, KindSummary that of a
	// manager.
	KindDigest  Kind = "digest"
	KindSummary Kind = "summary"
	// KindNotice tells of one move at once; KindAlert of anything else.
	KindNotice Kind = "notice"
	KindAlert  Kind = "alert"
)

// Message is what somebody is told, as a value. Its texts are plain: whoever
// renders it escapes them.
type Message struct {
	Kind Kind  `json:"kind"`
	To   Party `json:"to"`
	// Subject is one line, at most MaxSubject characters.
	Subject string `json:"subject"`
	Title   string `json:"title"`
	// Lead is a sentence below the title, Foot one that says why it was sent.
	Lead string `json:"lead,omitempty"`
	Foot string `json:"foot,omitempty"`
	// Week and the window belong to digests and summaries.
	Week  Week      `json:"week,omitzero"`
	Since time.Time `json:"since,omitzero"`
	Until time.Time `json:"until,omitzero"`
	// Zone is where dates are written.
	Zone *time.Location `json:"-"`
	// Counts are the figures at the top; none is 0.
	Counts   []Count   `json:"counts,omitempty"`
	Sections []Section `json:"sections"`
}

// Count is a figure with its label ("2", "joined").
type Count struct {
	N     int    `json:"n"`
	Label string `json:"label"`
}

// Section is a heading with its rows.
type Section struct {
	// Topic is the kind of section.
	Topic Topic  `json:"topic"`
	Title string `json:"title"`
	// Total is how many rows there are in all; Rows may be fewer.
	Total  int     `json:"total"`
	Counts []Count `json:"counts,omitempty"`
	Rows   []Row   `json:"rows"`
}

// Row is one person with what happened.
type Row struct {
	Person Party  `json:"person"`
	Role   string `json:"role,omitempty"`
	// Events are what happened, the more important first.
	Events []Event `json:"events"`
	// Notes are short remarks: the relationship, what was done.
	Notes []string `json:"notes,omitempty"`
	// At is when; zero for a row without a time.
	At time.Time `json:"at,omitzero"`
}

// Event is one thing that happened to a person.
type Event struct {
	// Verb is what ("joined", "left", "new role at", "title"), About the account concerned or, for a
	// changed attribute, the new value with Was as the old one.
	Verb  string `json:"verb"`
	About Party  `json:"about"`
	Was   string `json:"was,omitempty"`
	// Class is what the account is to us, in words; "" for nothing special.
	Class string `json:"class,omitempty"`
}

// Empty reports whether there is nothing to tell.
func (m Message) Empty() bool { return len(m.Sections) == 0 }

// MaxSubject is the length of the longest subject, in characters.
const MaxSubject = 150

// Topic is the kind of a section.
type Topic string

// The topics that are no scenario. Those of scenarios are called after scenario and
// class: "joins_customer".
const (
	TopicReviews Topic = "reviews"
	TopicUpdates Topic = "updates"
	TopicRoles   Topic = "roles"
	TopicReport  Topic = "report"
	TopicMove    Topic = "move"
	TopicAlert   Topic = "alert"
)

// topicOf is the topic of one half of a move. Accounts of classes that have no name
// here are others.
func topicOf(p Part) Topic { return Topic(string(p.Scenario) + "_" + string(known(p.Class))) }

func known(c dri.Class) dri.Class {
	switch c {
	case dri.OpenOpportunity, dri.Customer, dri.Target:
		return c
	}
	return dri.Other
}

// topics are the sections in their order, the most important first, with titles.
var topics = []struct {
	topic Topic
	title string
}{
	{topicOf(Part{Scenario: dri.Joins, Class: dri.OpenOpportunity}), "Joined an account with an open opportunity"},
	{topicOf(Part{Scenario: dri.Leaves, Class: dri.OpenOpportunity}), "Left an account with an open opportunity"},
	{topicOf(Part{Scenario: dri.Joins, Class: dri.Customer}), "Joined a customer"},
	{topicOf(Part{Scenario: dri.Leaves, Class: dri.Customer}), "Left a customer"},
	{topicOf(Part{Scenario: dri.Joins, Class: dri.Target}), "Joined a target account"},
	{topicOf(Part{Scenario: dri.Leaves, Class: dri.Target}), "Left a target account"},
	{TopicReviews, "Waiting for your decision"},
	{TopicUpdates, "Updates of tracked sponsors"},
	{TopicRoles, "New roles at your accounts"},
	{topicOf(Part{Scenario: dri.Joins, Class: dri.Other}), "Joined another account"},
	{topicOf(Part{Scenario: dri.Leaves, Class: dri.Other}), "Left another account"},
}

// rank is the place of a topic among topics.
func rank(t Topic) int {
	for i, one := range topics {
		if one.topic == t {
			return i
		}
	}
	return len(topics)
}

// classWords say what an account is.
func classWords(c dri.Class) string {
	switch known(c) {
	case dri.OpenOpportunity:
		return "open opportunity"
	case dri.Customer:
		return "customer"
	case dri.Target:
		return "target account"
	}
	return ""
}

// oneLine makes a text fit for a subject: control and format characters, line breaks
// among them, become blanks, blanks are drawn together, and what is too long is cut.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)
	runes := []rune(strings.Join(strings.Fields(s), " "))
	if len(runes) > MaxSubject {
		return strings.TrimSpace(string(runes[:MaxSubject-1])) + "…"
	}
	return string(runes)
}
