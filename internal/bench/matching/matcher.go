package main

// matcher finds the account that a reported company most likely is. Match may be
// called by several goroutines after Build; an empty id means that it found none.
// Scores compare within one matcher only.
type matcher interface {
	Name() string
	Build(accounts []account)
	Match(q query) (id string, score float64)
}

// sized is a matcher that keeps its index elsewhere than on the heap.
type sized interface{ Bytes() int64 }

// fallible is a matcher that may lack what it needs, or lose it. Err is asked
// after Build and again after the last Match.
type fallible interface{ Err() error }

// closer is a matcher that has something to put away.
type closer interface{ Close() error }

// competitor makes one matcher anew for every list. scales tells that it has an
// index; one without looks at every account and is measured on the real list only.
type competitor struct {
	make   func() matcher
	scales bool
}

// competitors are all matchers, in the order of the table.
var competitors = []competitor{
	{newOnward, true},
	{newWinkler, false},
	{newTokenSet, false},
	{newCosine, true},
	{newPostgres, true},
}
