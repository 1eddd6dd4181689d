package adapter

import (
	"context"
	"net/http"

	"github.com/onward-crm/onward/routing"
)

// feedRoutes are those of the signed feeds: each has its own path, and below it the
// states of its deliveries.
func feedRoutes(s *Server) ([]route, error) {
	var all []route
	for _, o := range s.opt.Feeds {
		f, err := newFeed(o, s.opt.PublicURL, s.opt.Limits)
		if err != nil {
			return nil, err
		}
		all = append(all,
			route{Method: http.MethodPost, Path: f.path(), Media: mediaJSON(), Take: f},
			route{
				Method: http.MethodGet, Path: f.path() + "/deliveries/:id", Source: f.Name(), Verify: f.Verify,
				Serve: func(ctx context.Context, c call) (Response, error) { return f.state(ctx, s.opt.Ledger, c) },
			},
		)
	}
	return all, nil
}

// state answers what has become of one delivery of the feed. The request is signed
// like a message: webhook-id is the delivery's id, and the body is empty.
func (s *feed) state(ctx context.Context, l routing.Ledger, c call) (Response, error) {
	id := s.asked(c.Request.URI)
	key := routing.DeliveryKey(routing.Event{Source: s.Name(), ID: id})
	found, err := l.Fetch(ctx, []string{key})
	if err != nil {
		return Response{}, err
	}
	rec, ok := found[key]
	if !ok {
		return Response{}, &Refusal{Status: http.StatusNotFound, Code: codeNotFound, Message: "no such delivery"}
	}
	return Response{Status: http.StatusOK, Body: s.delivery(id, rec)}, nil
}
