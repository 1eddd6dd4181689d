// Package hstest is a HubSpot in the same process, for tests: an HTTP server that
// speaks the wire form of reading contacts, companies and associations in batches and
// of completing actions, with merged and deleted records, a rate limit, and faults on
// demand.
//
//	s := hstest.New()
//	defer s.Close()
//	s.PutContact(123, map[string]string{"company": "NewCo", "jobtitle": "VP Sales"})
//	client, err := hubspot.Open(ctx, hubspot.Options{Token: hstest.Token, BaseURL: s.URL()})
package hstest
