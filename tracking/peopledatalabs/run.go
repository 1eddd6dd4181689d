package peopledatalabs

import (
	"context"
	"errors"
	"sync"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
)

const (
	// maxPage is the greatest number of profiles in one answer of a search.
	maxPage = 100
	// maxBroken is after how many failures in a row nobody else is asked for.
	maxBroken = 3
)

// Run asks within a budget. Safe for concurrent use; all calls share the budget.
type Run struct {
	client *Client

	mu     sync.Mutex
	budget int
	// held are credits set aside for calls under way, spent those that are gone.
	held, spent int
}

var _ tracking.Provider = (*Run)(nil)

// Run begins a run that spends at most so many credits; 0 or less spends none.
func (c *Client) Run(credits int) *Run { return &Run{client: c, budget: max(credits, 0)} }

// Name is ProviderName.
func (r *Run) Name() string { return ProviderName }

// Spent is what the run has cost so far, with what may have been spent on answers
// that were lost.
func (r *Run) Spent() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.spent
}

// hold sets up to n credits aside and returns how many.
func (r *Run) hold(n int) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n = max(min(n, r.budget-r.held-r.spent), 0)
	r.held += n
	return n
}

// settle ends a call for which credits were set aside.
func (r *Run) settle(held, spent int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held -= held
	r.spent += spent
}

// Refresh enriches one person after the other. Nobody is asked for once the budget
// or the account is used up, the rate is limited, the key is refused, or the API
// failed maxBroken times in a row: those who remain get that error.
func (r *Run) Refresh(ctx context.Context, people []tracking.Person) (tracking.Refreshed, error) {
	out := tracking.Refreshed{Answers: make([]tracking.Answer, len(people))}
	broken := 0
	var end error
	for i, p := range people {
		if end == nil && ctx.Err() != nil {
			end = failure(opRefresh, tracking.ErrBroken, "", ctx.Err())
		}
		if end != nil {
			out.Answers[i].Err = end
			continue
		}
		profile, credits, err := r.refresh(ctx, p)
		out.Credits += credits
		out.Answers[i] = tracking.Answer{Profile: profile, Err: err}
		switch {
		case errors.Is(err, tracking.ErrBroken):
			broken++
		case err == nil, errors.Is(err, tracking.ErrGone):
			broken = 0
		}
		if broken >= maxBroken || errors.Is(err, tracking.ErrBudget) || errors.Is(err, tracking.ErrLimited) || errors.Is(err, tracking.ErrDenied) {
			end = err
		}
	}
	return out, nil
}

// refresh asks for one person, and tells the credits that it cost.
func (r *Run) refresh(ctx context.Context, p tracking.Person) (tracking.Profile, int, error) {
	q, ok := r.client.enrichment(p)
	if !ok {
		return tracking.Profile{}, 0, failure(opRefresh, tracking.ErrUnknown, "no page, no address, no name with a company", nil)
	}
	held := r.hold(1)
	if held == 0 {
		return tracking.Profile{}, 0, failure(opRefresh, tracking.ErrBudget, "of this run", nil)
	}
	var found enriched
	reply := r.client.get(ctx, "/v5/person/enrich", q, &found)
	spent := reply.cost(1, held)
	r.settle(held, spent)
	switch {
	case reply.err != nil:
		return tracking.Profile{}, spent, reply.err
	case found.Data == nil:
		return tracking.Profile{}, spent, failure(opRefresh, tracking.ErrBroken, "answer without data", nil)
	}
	return found.Data.profile(), spent, nil
}

// Find searches page by page, until the limit, the budget or the end. Profiles whose
// title does not fit the persona after all are left out; they have cost a credit all
// the same.
func (r *Run) Find(ctx context.Context, at matching.Company, persona tracking.Persona, limit int) (tracking.Found, error) {
	var out tracking.Found
	query, ok := search(at, persona)
	if !ok {
		return out, failure(opFind, tracking.ErrUnknown, "no domain, page or name of the company", nil)
	}
	token := text("")
	for read := 0; read < limit; {
		held := r.hold(min(limit-read, maxPage))
		if held == 0 {
			out.More = true
			return out, failure(opFind, tracking.ErrBudget, "of this run", nil)
		}
		page := clause{"query": query, "size": held, "titlecase": true, "data_include": fields}
		if token != "" {
			page["scroll_token"] = token
		}
		var found searched
		reply := r.client.post(ctx, "/v5/person/search", page, &found)
		spent := reply.cost(len(found.Data), held)
		r.settle(held, spent)
		out.Credits += spent
		if errors.Is(reply.err, tracking.ErrGone) { // nobody was found
			return out, nil
		}
		if reply.err != nil {
			out.More = true
			return out, reply.err
		}
		for _, p := range found.Data {
			if ok, _ := persona.Match(string(p.Title), string(p.Country)); ok {
				out.Profiles = append(out.Profiles, p.profile())
			}
		}
		read += len(found.Data)
		out.More = found.Total > read
		if len(found.Data) == 0 || found.ScrollToken == "" || found.ScrollToken == token {
			return out, nil
		}
		token = found.ScrollToken
	}
	return out, nil
}
