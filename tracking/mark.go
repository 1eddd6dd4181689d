package tracking

import "time"

// MarkKind is what was decided about somebody.
type MarkKind string

// The kinds of marks.
const (
	// MarkUntracked: taken out by hand; lists that name them do not bring them back.
	MarkUntracked MarkKind = "untracked"
	// MarkDismissed: no missing champion, whatever the CRM says.
	MarkDismissed MarkKind = "dismissed"
	// MarkErased: forgotten; their keys are tombstones, and no list may bring them back.
	MarkErased MarkKind = "erased"
)

// Mark is a decision about somebody that is remembered.
type Mark struct {
	// ID is unique. A mark with a known one replaces it.
	ID   string   `json:"id"`
	Kind MarkKind `json:"kind"`
	// Keys are the person's, or tombstones of them in the kind MarkErased. Marks are
	// reached by their Handles.
	Keys []string `json:"keys"`
	// Relationship is the one that the mark is about; empty means all.
	Relationship string    `json:"relationship,omitempty"`
	By           string    `json:"by,omitempty"`
	Reason       string    `json:"reason,omitempty"`
	At           time.Time `json:"at"`
}

// NewMark is a mark about somebody with these keys, the strongest first; the same
// decision about the same key has the same ID.
func NewMark(kind MarkKind, keys []string, relationship string) Mark {
	m := Mark{Kind: kind, Keys: keys, Relationship: relationship}
	if len(keys) > 0 {
		m.ID = digestOf(string(kind) + ":" + relationship + ":" + keys[0]).String()
	}
	return m
}

// Marks answers for many marks. It is not changed any more and safe for concurrent use.
type Marks struct {
	about map[string][]string // by key: the relationships, "" for all
}

// NewMarks collects marks of one kind.
func NewMarks(ms []Mark) *Marks {
	x := &Marks{about: map[string][]string{}}
	for _, m := range ms {
		for _, k := range m.Keys {
			x.about[k] = append(x.about[k], m.Relationship)
		}
	}
	return x
}

// Empty reports whether there are none.
func (x *Marks) Empty() bool { return len(x.about) == 0 }

// Covers reports whether a mark is about somebody with these keys in a relationship.
// A name shared with the marked person is enough only for somebody of whom nothing
// else is known.
func (x *Marks) Covers(keys []string, relationship string) bool {
	for _, k := range Handles(keys) {
		for _, about := range x.about[k] {
			if about == "" || about == relationship {
				return true
			}
		}
	}
	return false
}
