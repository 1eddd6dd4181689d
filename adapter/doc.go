// Package adapter takes reports of moves over HTTP: from Salesforce Flows, HubSpot
// webhooks and workflows, and signed feeds. It verifies a request on its raw bytes,
// takes it apart, stores it durably, answers, and leaves the work to a
// [routing.Engine]. What it has accepted is in the ledger; what it cannot verify is
// refused, and kept for a while so that a mended secret can admit it.
//
//	request ─► Source.Verify ─► Source.Split ─► Engine.Accept ─► Source.Answer
//	               │ 401            │ 4xx            │ 503
//	               ▼
//	            Store.Refuse (side store)
//
// gin stands in one file; everything else works on plain values.
package adapter
