// Package hubspot reads contacts and companies from HubSpot and completes actions of
// its workflows. It is a first cut of a driver: what webhooks point at can be fetched,
// and whoever waits for an answer can be told.
//
// Calls go through go-hubspot, of which nothing is exported. That client knows no
// context, repeats nothing and hides headers; so each call gets one of its own whose
// transport carries the context, keeps to the rate limit, repeats reads, and keeps the
// real answer for this package to judge.
//
// Errors are [crm.Error] values. Neither they nor the log hold tokens or values.
package hubspot
