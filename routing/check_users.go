package routing

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/tracking/target"
)

// namedUser is a user whom the configuration names.
type namedUser struct {
	path, id string
	// last tells that nobody comes after this one: an inactive user there means
	// that a record gets no owner at all.
	last bool
}

// namedUsers lists them in a fixed order, each place once.
func (p *Policy) namedUsers() []namedUser {
	all := []namedUser{{"owners.default", p.cfg.Owners.Default, true}, {"dri.default", p.cfg.DRI.Default, true}}
	for _, pool := range sortedKeys(p.cfg.Owners.Pools) {
		for _, id := range p.cfg.Owners.Pools[pool] {
			all = append(all, namedUser{"owners.pools." + pool, id, false})
		}
	}
	for _, id := range p.want.Users {
		if id != p.cfg.Owners.Default && id != p.cfg.DRI.Default {
			all = append(all, namedUser{"owners", id, false})
		}
	}
	for i, c := range p.cfg.Configurations {
		path := fmt.Sprintf("configurations[%d].handoff", i)
		all = append(all, namedUser{path + ".task.to", wideID(string(c.Handoff.Task.To)), false})
		all = append(all, namedUser{path + ".notice", wideID(string(c.Handoff.Notice)), false})
	}
	var out []namedUser
	for _, u := range all {
		if strings.HasPrefix(u.id, "005") {
			out = append(out, u)
		}
	}
	return out
}

// users asks whether those whom the configuration names are there.
func (k *checker) users(ctx context.Context, c *crm.Client) {
	named := k.policy.namedUsers()
	if _, ok := k.schemas[crm.ObjectUser]; !ok || len(named) == 0 {
		return
	}
	ids := make([]string, len(named))
	for i, u := range named {
		ids[i] = u.id
	}
	found, err := c.Find(ctx, []crm.Query{{
		Object: crm.ObjectUser, Select: []string{"IsActive"}, Where: []crm.Cond{{Field: "Id", Op: crm.OpIn, Values: ids}},
	}})
	if err != nil {
		k.err = err
		return
	}
	active := map[string]bool{}
	for _, r := range found[0] {
		active[r.ID] = crm.IsTrue(r.Fields["IsActive"])
	}
	for _, u := range named {
		switch is, there := active[u.id]; {
		case !there:
			k.add(u.path, "there is no user %s, or the integration user may not see it", u.id)
		case u.last && !is:
			k.add(u.path, "user %s is not active; name one who is", u.id)
		}
	}
}

// actions asks whether what handoffs create can be created, and whether the
// campaigns that they name are there.
func (k *checker) actions(ctx context.Context, c *crm.Client) {
	var campaigns, paths []string
	for i, b := range k.policy.cfg.Configurations {
		path := fmt.Sprintf("configurations[%d].handoff", i)
		if b.Handoff.Task != (target.Task{}) {
			k.creates(ctx, c, path+".task", crm.ObjectTask)
		}
		if m := b.Handoff.Campaign; m != (target.CampaignMember{}) {
			k.creates(ctx, c, path+".campaign", crm.ObjectCampaignMember)
			campaigns, paths = append(campaigns, wideID(m.ID)), append(paths, path)
		}
	}
	if len(campaigns) == 0 || k.err != nil {
		return
	}
	found, err := c.Find(ctx, []crm.Query{{
		Object: crm.ObjectCampaign, Select: []string{"Name"}, Where: []crm.Cond{{Field: "Id", Op: crm.OpIn, Values: campaigns}},
	}})
	if err != nil {
		k.err = err
		return
	}
	there := map[string]bool{}
	for _, r := range found[0] {
		there[r.ID] = true
	}
	for i, id := range campaigns {
		if !there[id] {
			k.add(paths[i]+".campaign.id", "there is no campaign %s, or the integration user may not see it", id)
		}
	}
}

// creates asks whether records of an object that is not among the usual ones can be
// created.
func (k *checker) creates(ctx context.Context, c *crm.Client, path string, o crm.Object) {
	switch s, err := c.Describe(ctx, o); {
	case errors.Is(err, crm.ErrNotFound):
		k.add(path, "object %s does not exist, or the integration user may not see it", o)
	case err != nil:
		k.err = errors.Join(k.err, err)
	case !s.Creatable:
		k.add(path, "the integration user may not create %s records", o)
	}
}
