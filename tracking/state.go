package tracking

import "slices"

// State is what a team has set up, and how far the work on it is: small, and changed
// as a whole. People are not in it.
type State struct {
	// Relationships are ranked, the first is the highest.
	Relationships []Relationship `json:"relationships"`
	Imports       []Import       `json:"imports,omitempty"`
	Scans         []Scan         `json:"scans,omitempty"`
	Champions     Watch          `json:"champions,omitzero"`
	// Changes rises whenever who is tracked may have changed.
	Changes int64 `json:"changes,omitempty"`
}

// DefaultState has the default ranking and nothing else.
func DefaultState() State { return State{Relationships: DefaultRelationships()} }

// Clone returns a copy that can be changed without changing s.
func (s State) Clone() State {
	s.Relationships, s.Imports, s.Scans = slices.Clone(s.Relationships), slices.Clone(s.Imports), slices.Clone(s.Scans)
	return s
}

// Relationship is the one with that ID.
func (s State) Relationship(id string) (Relationship, bool) {
	at := slices.IndexFunc(s.Relationships, func(r Relationship) bool { return r.ID == id })
	if at < 0 {
		return Relationship{}, false
	}
	return s.Relationships[at], true
}

// Import is the one with that ID.
func (s State) Import(id string) (Import, bool) {
	at := slices.IndexFunc(s.Imports, func(i Import) bool { return i.ID == id })
	if at < 0 {
		return Import{}, false
	}
	return s.Imports[at], true
}

// Scan is the state of looking after a relationship; the one before the first scan
// when there was none.
func (s State) Scan(relationship string) Scan {
	at := slices.IndexFunc(s.Scans, func(x Scan) bool { return x.Relationship == relationship })
	if at < 0 {
		return Scan{Relationship: relationship}
	}
	return s.Scans[at]
}

// WithImport is the state with the import in place of the one with its ID.
func (s State) WithImport(i Import) State {
	s = s.Clone()
	if at := slices.IndexFunc(s.Imports, func(o Import) bool { return o.ID == i.ID }); at >= 0 {
		s.Imports[at] = i
		return s
	}
	s.Imports = append(s.Imports, i)
	return s
}

// WithScan is the state with the scan in place of the one of its relationship.
func (s State) WithScan(x Scan) State {
	s = s.Clone()
	if at := slices.IndexFunc(s.Scans, func(o Scan) bool { return o.Relationship == x.Relationship }); at >= 0 {
		s.Scans[at] = x
		return s
	}
	s.Scans = append(s.Scans, x)
	return s
}
