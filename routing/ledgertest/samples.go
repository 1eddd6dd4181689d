package ledgertest

import (
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/dri"
	"github.com/onward-crm/onward/routing"
)

// decision is a decision to create one contact.
func decision(f routing.Fence) routing.Decision {
	key := crm.Key("contact-" + f.Key)
	return routing.Decision{
		Fence: f,
		Plan: routing.Plan{
			Key: f.Key, Move: "move-" + f.Key,
			Status: routing.StatusDone, What: routing.WhatContact, Reason: routing.ReasonAccountMatched,
			PersonWrite: key,
			Writes: []crm.Write{{
				Key: key, Verb: crm.VerbCreate, Object: crm.ObjectContact,
				Set: crm.Fields{"LastName": "Ada " + f.Key},
			}},
			Trace: []routing.Step{{Stage: routing.StageStrategy, Reason: routing.ReasonAccountMatched, About: "001A"}},
		},
		Facts: routing.Facts{
			Now:    at(1),
			People: []crm.Person{{Object: crm.ObjectContact, ID: "C1", LastName: "Ada " + f.Key}},
			Known:  map[routing.Alias]routing.Identity{"seen": {ID: "m0", Delivery: "d0", At: at(0)}},
		},
		At: at(1),
	}
}

// claims adds the claim of an alias to a decision.
func claims(d routing.Decision, alias routing.Alias, was, id string) routing.Decision {
	d.Plan.Aliases = append(d.Plan.Aliases, routing.AliasClaim{
		Alias: alias, Was: was, Identity: identity(id, d.Fence.Key),
	})
	return d
}

func identity(id, delivery string) routing.Identity {
	return routing.Identity{ID: id, Delivery: delivery, At: at(0)}
}

// turns adds the move of a round-robin pool to a decision.
func turns(d routing.Decision, pool string, from, to int) routing.Decision {
	d.Plan.Rota = append(d.Plan.Rota, dri.RotaMove{Pool: pool, From: from, To: to})
	return d
}

// receipt says that a contact was changed.
func receipt(key crm.Key, id, before, after string) routing.Receipt {
	return routing.Receipt{
		Key: key, Verb: crm.VerbUpdate, Object: crm.ObjectContact, ID: id,
		Before: crm.Fields{"Title": before}, Changed: crm.Fields{"Title": after}, At: at(2),
	}
}

func notice(id, delivery string, minute int) routing.Notice {
	return routing.Notice{
		ID: id, Delivery: delivery, UserID: "U1", Scenarios: []dri.Scenario{dri.Joins},
		Reason: routing.ReasonAccountMatched, At: at(minute),
	}
}

// ended is how a delivery is finished.
func ended(f routing.Fence, status routing.Status) routing.Finish {
	return routing.Finish{
		Fence:  f,
		Result: routing.Outcome{Status: status, What: routing.WhatContact, Reason: routing.ReasonAccountMatched, ContactID: "C9", Credits: 1},
		At:     at(3),
	}
}
