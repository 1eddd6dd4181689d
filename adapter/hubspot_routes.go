package adapter

import "net/http"

// The paths of HubSpot's sources.
const (
	pathWebhooks = "/hubspot/webhooks"
	pathWorkflow = "/hubspot/workflow"
	pathAction   = "/hubspot/actions/route"
	pathOptions  = "/hubspot/actions/options"
)

// hubspotRoutes are those of HubSpot's sources; none when it is not configured.
func hubspotRoutes(s *Server) ([]route, error) {
	if s.opt.HubSpot == nil {
		return nil, nil
	}
	cfg := s.opt.Engine.Policy().Config()
	strategies := actionStrategies{configured: cfg.Strategy, override: cfg.StrategyOverride}
	hs, err := newHubSpotSources(*s.opt.HubSpot, s.opt.PublicURL, s.opt.Limits, strategies)
	if err != nil {
		return nil, err
	}
	return []route{
		{Method: http.MethodPost, Path: pathWebhooks, Media: mediaJSON(), Take: hs.webhooks},
		{Method: http.MethodGet, Path: pathWorkflow, Take: hs.workflow},
		{Method: http.MethodPost, Path: pathWorkflow, Media: mediaJSON(), Take: hs.workflow},
		{Method: http.MethodPost, Path: pathAction, Media: mediaJSON(), Take: hs.action},
		{Method: http.MethodPost, Path: pathOptions, Media: mediaJSON(), Take: hs.options},
	}, nil
}
