// Package outbox keeps the promises of an adapter: it completes HubSpot's waiting
// workflow actions, and tells endpoints of decisions by webhooks that are signed as
// Standard Webhooks says.
package outbox
