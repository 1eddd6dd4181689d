package dri

// Resolve finds who is directly responsible in one scenario. It never fails:
// whatever the chain gives, the default ends it.
//
// The row is chosen by the class of the account, on the side that the scenario
// looks at (joins: New, leaves: Past). With DefaultPrecedence:
//
//	open opportunity  customer  target   row
//	yes               any       any      open_opportunity
//	no                yes       any      customer
//	no                no        yes      target
//	no                no        no       other
//
// A class that has no row counts as "no"; with no row at all the default user is
// responsible. The column is the kind of record: Lead or Contact, a converted
// lead being a contact. An empty column means the default user.
//
//	a finder gives             what happens
//	an active user             responsible
//	an inactive or unknown     next finder
//	  user, nothing
//	the integration user       next finder
//	a queue                    AllowQueue: no user, but the queue; else next
//	none                       nobody, on purpose
//	nothing, to the end        the default user
//
// Nobody joins a disqualified account: the answer then is None. Leaves are not
// touched by that (DR14).
func Resolve(m Matrix, s Scenario, f Facts) Assignment {
	side := f.New
	if s == Leaves {
		side = f.Past
	}
	class := ClassOf(side, m.precedence())
	if s != Leaves && side.Disqualified {
		return Assignment{Scenario: s, Class: class, Reason: ReasonDisqualified, None: true}
	}
	row, cell := m.row(s, side)
	w := search{facts: f, fallback: m.Default, kept: side.DRI, queues: m.AllowQueue}
	w.out = Assignment{Scenario: s, Class: class, Row: row}
	w.run(cell.chain(side.column(f.Column)))
	if owner := ownerOf(side.Record); owner != "" {
		w.out.RecordManagerID, _ = Managers(f.Users, owner)
	}
	return w.out
}

// Halves says which scenarios a move has.
type Halves struct {
	Joins  bool `json:"joins,omitempty"`
	Leaves bool `json:"leaves,omitempty"`
}

// ResolveMove answers for both halves of a move (DR08), joins first. A departure
// without a destination has only Leaves (DR09). Facts.Column speaks of the new
// record. Where both halves take from one pool, the second sees the turn of the
// first.
func ResolveMove(m Matrix, h Halves, f Facts) []Assignment {
	out := make([]Assignment, 0, 2)
	if h.Joins {
		a := Resolve(m, Joins, f)
		f.Rota = f.Rota.Apply(a.Rota)
		out = append(out, a)
	}
	if h.Leaves {
		f.Column = ""
		out = append(out, Resolve(m, Leaves, f))
	}
	return out
}
