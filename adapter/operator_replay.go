package adapter

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/onward-crm/onward/routing"
)

// replayRequest asks for deliveries to be worked on again. Exactly one of Keys and
// Filter is given.
type replayRequest struct {
	Keys   []string        `json:"keys,omitempty" description:"ids of deliveries, up to 1000"`
	Filter *deliveryFilter `json:"filter,omitempty" description:"those that fit; parked ones when it names no status"`
	// KeepPlan continues where the work stopped; otherwise it is decided anew.
	KeepPlan bool `json:"keepPlan,omitempty" description:"continue the stored decision"`
	// Configuration is a configuration file's text: what it would decide otherwise
	// is told, and nothing is done.
	Configuration string `json:"configuration,omitempty" description:"a configuration in YAML: a dry run"`
	DryRun        bool   `json:"dryRun,omitempty" description:"tell what would be decided otherwise, do nothing"`
}

// replayResult is what a replay did, or what it would do.
type replayResult struct {
	// Deliveries are those that were made due, with what was refused.
	Deliveries []replayedDelivery `json:"deliveries,omitempty"`
	// Differences are the decisions that would come out otherwise, of Examined.
	Differences []decisionDifference `json:"differences,omitempty"`
	Examined    int                  `json:"examined"`
	// Next continues by filter, 0 at the end.
	Next int64 `json:"next,omitempty"`
}

// replayedDelivery is what became of one delivery.
type replayedDelivery struct {
	ID string `json:"id"`
	// Result is "due", "conflict" (it is being worked on) or "not_found".
	Result string `json:"result"`
}

// decisionDifference is one decision under two configurations.
type decisionDifference struct {
	ID  string       `json:"id"`
	Was decisionWord `json:"was"`
	Now decisionWord `json:"now"`
}

// decisionWord is what a decision comes to.
type decisionWord struct {
	Config    string `json:"config"`
	Status    string `json:"status"`
	Outcome   string `json:"outcome"`
	Reason    string `json:"reason"`
	Strategy  string `json:"strategy"`
	AccountID string `json:"accountId,omitempty"`
	PersonID  string `json:"personId,omitempty"`
	OwnerID   string `json:"ownerId,omitempty"`
	Credits   int    `json:"credits"`
}

func wordOf(p routing.Plan) decisionWord {
	return decisionWord{
		Config: p.Config, Status: string(p.Status), Outcome: string(p.What), Reason: string(p.Reason), Strategy: string(p.Strategy),
		AccountID: p.AccountID, PersonID: p.Person.ID, OwnerID: p.Owner.UserID, Credits: p.Credits,
	}
}

// replay answers POST /operator/replay.
func (d *operatorDesk) replay(ctx context.Context, c operatorCall) (any, act, error) {
	a := act{what: "replay"}
	var ask replayRequest
	if err := readBody(c.body, &ask); err != nil {
		return nil, a, err
	}
	if err := ask.check(); err != nil {
		return nil, a, err
	}
	if ask.DryRun || ask.Configuration != "" {
		a.what = "replay_dry"
		out, err := d.compare(ctx, ask)
		a.about = fmt.Sprintf("%d deliveries", out.Examined)
		return out, a, err
	}
	out, err := d.again(ctx, ask, c.by)
	a.about = fmt.Sprintf("%d deliveries", out.Examined)
	if len(ask.Keys) == 1 {
		a.about = ask.Keys[0]
	}
	return out, a, err
}

func (r replayRequest) check() error {
	switch {
	case (len(r.Keys) == 0) == (r.Filter == nil):
		return invalid("keys", "keys or a filter, one of the two")
	case len(r.Keys) > pageSizeMax:
		return invalid("keys", fmt.Sprintf("at most %d", pageSizeMax))
	case slices.Contains(r.Keys, ""):
		return invalid("keys", "ids of deliveries")
	}
	return nil
}

// filter is the replay's own, with its defaults: all parked ones, as many as go
// into one call.
func (d *operatorDesk) replayFilter(f deliveryFilter) (routing.Filter, error) {
	if f.Limit == 0 {
		f.Limit = pageSizeMax
	}
	out, err := d.filter(f, "filter.")
	if len(out.Statuses) == 0 {
		out.Statuses = []routing.Status{routing.StatusParked}
	}
	return out, err
}

// again makes deliveries due; the queue works on them.
func (d *operatorDesk) again(ctx context.Context, ask replayRequest, by string) (replayResult, error) {
	var out replayResult
	keys := ask.Keys
	if ask.Filter != nil {
		f, err := d.replayFilter(*ask.Filter)
		if err != nil {
			return out, err
		}
		if keys, out.Next, err = d.keysOf(ctx, f); err != nil {
			return out, err
		}
	}
	out.Examined = len(keys)
	if len(keys) == 0 {
		return out, nil
	}
	finished := slices.DeleteFunc(deliveryStatuses(), func(s routing.Status) bool { return !s.Terminal() })
	errs, err := d.ledger.Reopen(ctx, routing.Reopen{
		Keys: keys, KeepPlan: ask.KeepPlan, If: finished,
		Act: routing.Act{At: d.now().UTC(), By: by, What: "replay"},
	})
	if err != nil {
		return out, err
	}
	for i, key := range keys {
		out.Deliveries = append(out.Deliveries, replayedDelivery{ID: key, Result: reopened(errs[i])})
	}
	d.wake()
	return out, d.tellAgain(ctx, keys)
}

// reopened is what became of one delivery in a word.
func reopened(err error) string {
	switch {
	case err == nil:
		return "due"
	case errors.Is(err, routing.ErrUnknownKey):
		return codeNotFound
	}
	return codeConflict
}

// keysOf are the keys that a filter selects, and where it goes on.
func (d *operatorDesk) keysOf(ctx context.Context, f routing.Filter) (keys []string, next int64, err error) {
	for record, err := range d.ledger.Records(ctx, f) {
		if err != nil {
			return nil, 0, err
		}
		keys, next = append(keys, record.Key), record.Seq
	}
	if len(keys) < f.Limit {
		next = 0
	}
	return keys, next, nil
}

// compare decides stored deliveries again under another configuration, or under the
// one in force, and tells the differences. Nothing is written.
func (d *operatorDesk) compare(ctx context.Context, ask replayRequest) (out replayResult, err error) {
	out.Differences = []decisionDifference{}
	policy := d.engine.Policy()
	if ask.Configuration != "" {
		if policy, err = d.policy(ask.Configuration); err != nil {
			return out, err
		}
	}
	filters, err := d.compared(ctx, ask, &out)
	if err != nil {
		return out, err
	}
	for _, f := range filters {
		for diff, err := range d.engine.Replay(ctx, policy, f) {
			if err != nil {
				return out, err
			}
			out.Differences = append(out.Differences, decisionDifference{ID: diff.Key, Was: wordOf(diff.Was), Now: wordOf(diff.Now)})
		}
	}
	return out, nil
}

// policy is a configuration's. Its problems are named with their places; the text
// is not repeated.
func (d *operatorDesk) policy(text string) (*routing.Policy, error) {
	if d.opt.Policies == nil {
		return nil, invalid("configuration", "this server compares no configurations")
	}
	p, err := d.opt.Policies([]byte(text))
	var problems *routing.ConfigError
	switch {
	case err == nil:
		return p, nil
	case errors.As(err, &problems):
		return nil, invalid("configuration", problems.Error())
	}
	first, _, _ := strings.Cut(err.Error(), "\n") // what follows is the text itself
	return nil, invalid("configuration", first)
}

// compared are the filters that select what is compared, and how many it will be.
// A key is selected by its place in the ledger.
func (d *operatorDesk) compared(ctx context.Context, ask replayRequest, out *replayResult) ([]routing.Filter, error) {
	if ask.Filter != nil {
		f, err := d.filter(withPage(*ask.Filter), "filter.")
		if err != nil {
			return nil, err
		}
		keys, next, err := d.keysOf(ctx, f)
		out.Examined, out.Next = len(keys), next
		return []routing.Filter{f}, err
	}
	found, err := d.ledger.Fetch(ctx, ask.Keys)
	if err != nil {
		return nil, err
	}
	var filters []routing.Filter
	for _, key := range ask.Keys {
		record, ok := found[key]
		if !ok {
			return nil, routing.ErrUnknownKey
		}
		filters = append(filters, routing.Filter{After: record.Seq - 1, Limit: 1})
	}
	out.Examined = len(filters)
	return filters, nil
}

func withPage(f deliveryFilter) deliveryFilter {
	if f.Limit == 0 {
		f.Limit = pageSizeMax
	}
	return f
}
