package hstest

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

const (
	maxOwnersAPage  = 500
	maxMembersAPage = 250
)

// Owner is somebody to whom records can belong.
type Owner struct {
	// ID is given by AddOwner when it is 0.
	ID                 int64
	Email, First, Last string
	// Archived owners were deactivated.
	Archived bool
	// Queue owners are no persons.
	Queue bool
}

// List is a list of records.
type List struct {
	ID, Name string
	// ObjectTypeID is "0-1" for contacts when empty, "0-2" for companies.
	ObjectTypeID string
	// Kind is MANUAL when empty, Status COMPLETE.
	Kind, Status string
	// Members are the ids of its records.
	Members []int64
	// Deleted lists can still be read, and say so.
	Deleted bool
}

// AddOwner adds an owner and gives its id.
func (s *Server) AddOwner(o Owner) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o.ID == 0 {
		s.lastID++
		o.ID = s.lastID
	}
	s.owners = append(s.owners, o)
	return o.ID
}

// PutList adds a list, or replaces it.
func (s *Server) PutList(l List) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l.ObjectTypeID == "" {
		l.ObjectTypeID = "0-1"
	}
	if l.Kind == "" {
		l.Kind = "MANUAL"
	}
	if l.Status == "" {
		l.Status = "COMPLETE"
	}
	l.Members = slices.Clone(l.Members)
	slices.Sort(l.Members)
	s.lists[l.ID] = l
}

// listOwners answers a page of owners.
func (s *Server) listOwners(q url.Values) answer {
	limit, after, valid := pageOf(q, 100, maxOwnersAPage)
	if !valid {
		return badRequest("limit must be 1 to 500, after a number")
	}
	all := slices.Clone(s.owners)
	slices.SortFunc(all, func(a, b Owner) int { return int(a.ID - b.ID) })
	results := []any{}
	body := map[string]any{}
	var last int64
	for _, o := range all {
		if o.ID <= after || o.Archived != (q.Get("archived") == "true") {
			continue
		}
		if len(results) == limit {
			body["paging"] = next(strconv.FormatInt(last, 10))
			break
		}
		last = o.ID
		results = append(results, o.wire())
	}
	body["results"] = results
	return ok(body)
}

func (o Owner) wire() any {
	kind := "PERSON"
	if o.Queue {
		kind = "QUEUE"
	}
	out := map[string]any{
		"id": strconv.FormatInt(o.ID, 10), "email": o.Email, "type": kind, "firstName": o.First, "lastName": o.Last,
		"userIdIncludingInactive": o.ID % 1_000_000, "archived": o.Archived,
		"createdAt": "2026-01-01T09:00:00.000Z", "updatedAt": "2026-01-02T09:00:00.000Z",
	}
	if !o.Archived {
		out["userId"] = o.ID % 1_000_000
	}
	return out
}

// readList answers with what a list is.
func (s *Server) readList(id string) answer {
	l, found := s.lists[id]
	if !found {
		return refusal(http.StatusNotFound, missing, "List does not exist.")
	}
	list := map[string]any{
		"listId": l.ID, "listVersion": 1, "name": l.Name, "objectTypeId": l.ObjectTypeID,
		"processingType": l.Kind, "processingStatus": l.Status, "size": len(l.Members),
	}
	if l.Deleted {
		list["deletedAt"] = "2026-10-01T09:00:00.000Z"
	}
	return ok(map[string]any{"list": list})
}

// memberships answers a page of a list's members, in order of their ids.
func (s *Server) memberships(id string, q url.Values) answer {
	l, found := s.lists[id]
	if !found {
		return refusal(http.StatusNotFound, missing, "List does not exist.")
	}
	limit, after, valid := pageOf(q, 100, maxMembersAPage)
	if !valid {
		return badRequest("limit must be 1 to 250, after a cursor")
	}
	results := []any{}
	body := map[string]any{"total": len(l.Members)}
	for _, n := range l.Members {
		if n <= after {
			continue
		}
		if len(results) == limit {
			body["paging"] = next(results[limit-1].(map[string]string)["recordId"])
			break
		}
		results = append(results, map[string]string{
			"recordId": strconv.FormatInt(n, 10), "membershipTimestamp": "2026-11-01T09:00:00.000Z",
		})
	}
	body["results"] = results
	return ok(body)
}
