package dri

import "slices"

// Rota is the state of all round-robin pools, as a value: taking somebody gives
// a move, and whoever stores the decision applies the move in the same
// transaction (RT18).
type Rota struct {
	Pools []Pool `json:"pools,omitempty" yaml:"pools"`
}

// Pool is a list of users who take turns.
type Pool struct {
	Name  string   `json:"name" yaml:"name"`
	Users []string `json:"users" yaml:"users"`
	// Next is the index in Users of the one whose turn it is. Any number is
	// understood: it counts round the pool.
	Next int `json:"next,omitempty" yaml:"next"`
}

// RotaMove is the pointer of a pool going on. From is where it must stand for
// the move to be true; store it with compare and swap.
type RotaMove struct {
	Pool string `json:"pool"`
	From int    `json:"from"`
	To   int    `json:"to"`
}

// Take returns the user whose turn it is, passing over those who are not active,
// and the move of the pointer behind that user. It changes nothing. It is not ok
// when there is no such pool or nobody in it is active.
func (r Rota) Take(pool string, active func(id string) bool) (userID string, move RotaMove, ok bool) {
	p, found := r.pool(pool)
	if !found {
		return "", RotaMove{}, false
	}
	n := len(p.Users)
	for i := range n {
		at := (p.turn() + i) % n
		if id := p.Users[at]; active(id) {
			return id, RotaMove{Pool: pool, From: p.Next, To: (at + 1) % n}, true
		}
	}
	return "", RotaMove{}, false
}

// Apply returns a rota with the pointers moved. r stays as it is; moves of
// unknown pools do nothing.
func (r Rota) Apply(moves []RotaMove) Rota {
	pools := slices.Clone(r.Pools)
	for _, m := range moves {
		for i := range pools {
			if pools[i].Name == m.Pool {
				pools[i].Next = m.To
			}
		}
	}
	return Rota{Pools: pools}
}

// JoinMoves makes one move of those of each pool, in order of their first: several
// turns that one decision takes are stored as one.
func JoinMoves(moves ...RotaMove) []RotaMove {
	var out []RotaMove
	for _, m := range moves {
		i := slices.IndexFunc(out, func(o RotaMove) bool { return o.Pool == m.Pool })
		if i < 0 {
			out = append(out, m)
			continue
		}
		out[i].To = m.To
	}
	return out
}

func (r Rota) pool(name string) (Pool, bool) {
	for _, p := range r.Pools {
		if p.Name == name {
			return p, true
		}
	}
	return Pool{}, false
}

// turn is Next brought into the range of Users, which may have shrunk since.
func (p Pool) turn() int {
	n := len(p.Users)
	return (p.Next%n + n) % n
}
