package storetest

import (
	"fmt"
	"time"

	"github.com/onward-crm/onward/adapter"
)

var side = []scenario{
	{"AD17 what is kept is kept byte for byte", adapter.SideLimits{}, sideWhole},
	{"AD17 the same request is kept once", adapter.SideLimits{}, sideOnce},
	{"AD17 the oldest of a source make room", adapter.SideLimits{Requests: 3}, sideCount},
	{"AD17 the bytes of a source are bounded", adapter.SideLimits{Bytes: 1000}, sideBytes},
	{"AD17 what is larger than all room moves nobody out", adapter.SideLimits{Bytes: 1000}, sideHuge},
	{"AD17 one source cannot push out another", adapter.SideLimits{Requests: 2}, sideSources},
	{"AD17 older than 72 hours is gone", adapter.SideLimits{}, sideAge},
	{"AD17 what was admitted is forgotten and leaves room", adapter.SideLimits{Requests: 2}, sideForget},
	{"late arrivals are sorted by their time of receipt", adapter.SideLimits{Requests: 2}, sideLate},
	{"a list can be changed without changing what is kept", adapter.SideLimits{}, sideAlias},
}

func sideWhole(s *stage) {
	s.refuse(whole())
	got, err := s.store.Refused(s.Context(), "")
	s.ok(err)
	s.same("kept", got, []adapter.Refused{whole()})
}

func sideOnce(s *stage) {
	again := whole()
	again.Request.ID, again.Request.Received = "req_2", at(5)
	s.refuse(whole(), again)
	got, err := s.store.Refused(s.Context(), "")
	s.ok(err)
	s.same("kept", got, []adapter.Refused{whole()})
}

func sideCount(s *stage) {
	for i := range 7 {
		s.refuse(request("flow", i, 10))
	}
	s.same("kept", s.refused("flow"), []string{"flow-004", "flow-005", "flow-006"})
}

func sideBytes(s *stage) {
	for i := range 5 {
		s.refuse(request("flow", i, 300))
	}
	s.same("kept", s.refused("flow"), []string{"flow-002", "flow-003", "flow-004"})
	s.refuse(request("flow", 5, 900))
	s.same("kept", s.refused("flow"), []string{"flow-005"})
	s.refuse(request("flow", 6, 100), request("flow", 7, 1))
	s.same("kept", s.refused("flow"), []string{"flow-006", "flow-007"})
}

func sideHuge(s *stage) {
	s.refuse(request("flow", 1, 100), request("flow", 2, 1001))
	s.same("kept", s.refused("flow"), []string{"flow-001"})
}

func sideSources(s *stage) {
	s.refuse(request("flow", 0, 10))
	for i := range 5 {
		s.refuse(request("hubspot-webhooks", i, 10))
	}
	s.same("of the quiet source", s.refused("flow"), []string{"flow-000"})
	s.same("all", s.refused(""), []string{"flow-000", "hubspot-webhooks-003", "hubspot-webhooks-004"})
}

func sideAge(s *stage) {
	s.refuse(request("flow", 0, 10), request("flow", 1, 10))
	s.ok(s.store.Sweep(s.Context(), at(0).Add(72*time.Hour)))
	s.same("kept 72 hours later", s.refused(""), []string{"flow-000", "flow-001"})
	s.ok(s.store.Sweep(s.Context(), at(0).Add(72*time.Hour+time.Second)))
	s.same("kept after 72 hours", s.refused(""), []string{"flow-001"})
	s.refuse(request("flow", 0, 10))
	s.same("sent again", s.refused(""), []string{"flow-000", "flow-001"})
}

func sideForget(s *stage) {
	s.refuse(request("flow", 0, 10), request("flow", 1, 10))
	s.ok(s.store.Forget(s.Context(), []string{"flow-000", "unknown"}))
	s.same("kept", s.refused(""), []string{"flow-001"})
	s.refuse(request("flow", 2, 10))
	s.same("kept", s.refused(""), []string{"flow-001", "flow-002"})
	s.ok(s.store.Forget(s.Context(), nil))
	s.same("kept", s.refused(""), []string{"flow-001", "flow-002"})
}

func sideLate(s *stage) {
	s.refuse(request("flow", 5, 10), request("flow", 3, 10), request("flow", 4, 10), request("flow", 1, 10))
	s.same("kept", s.refused(""), []string{"flow-004", "flow-005"})
}

func sideAlias(s *stage) {
	r := whole()
	s.refuse(r)
	r.Request.Body[0] = 'x'
	r.Request.Header.Set("Webhook-Id", "other")
	got, err := s.store.Refused(s.Context(), "")
	s.ok(err)
	s.same("kept", got, []adapter.Refused{whole()})
	got[0].Request.Body[0] = 'x'
	got[0].Request.Header.Set("Webhook-Id", "other")
	got, err = s.store.Refused(s.Context(), "")
	s.ok(err)
	s.same("kept", got, []adapter.Refused{whole()})
}

var operators = []scenario{
	{"acts are listed youngest first", adapter.SideLimits{}, actsListed},
	{"acts outlast a sweep", adapter.SideLimits{}, actsLast},
	{"the switch is off, on, and off again", adapter.SideLimits{}, pauseSwitch},
	{"a context that has ended changes nothing", adapter.SideLimits{}, ended},
}

func act(n int) adapter.OperatorAct {
	return adapter.OperatorAct{At: at(0), By: "ann", What: "replay", About: fmt.Sprint("flow:", n), Result: "done"}
}

func actsListed(s *stage) {
	for i := range 5 {
		s.ok(s.store.Log(s.Context(), act(i)))
	}
	got, err := s.store.Acts(s.Context(), 3)
	s.ok(err)
	s.same("acts", got, []adapter.OperatorAct{act(4), act(3), act(2)})
	got, err = s.store.Acts(s.Context(), 0)
	s.ok(err)
	s.same("no acts asked for", got, []adapter.OperatorAct{})
}

func actsLast(s *stage) {
	s.ok(s.store.Log(s.Context(), act(1)))
	s.ok(s.store.Sweep(s.Context(), at(0).AddDate(1, 0, 0)))
	got, err := s.store.Acts(s.Context(), 9)
	s.ok(err)
	s.same("acts", got, []adapter.OperatorAct{act(1)})
}

func pauseSwitch(s *stage) {
	for _, want := range []bool{false, true, true, false} {
		if want {
			s.ok(s.store.SetPaused(s.Context(), true))
		} else {
			s.ok(s.store.SetPaused(s.Context(), false))
		}
		got, err := s.store.Paused(s.Context())
		s.ok(err)
		s.same("paused", got, want)
	}
}

func ended(s *stage) {
	ctx := cancelled(s)
	if s.store.Refuse(ctx, whole()) == nil || s.store.Promise(ctx, []adapter.Promise{message("m", 0)}) == nil ||
		s.store.SetPaused(ctx, true) == nil || s.store.Log(ctx, act(1)) == nil {
		s.Error("a call succeeded after its context had ended")
	}
	s.same("kept", s.refused(""), []string{})
	s.same("promised", s.about("d1"), []string{})
	paused, err := s.store.Paused(s.Context())
	s.ok(err)
	s.same("paused", paused, false)
}
