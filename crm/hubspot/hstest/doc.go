// Package hstest is a HubSpot in the same process, for tests: an HTTP server that
// speaks the wire form of contacts, companies, owners, properties, associations and
// lists, of batches, searches and OAuth tokens, and of completing actions, under v3
// and dated paths.
//
// It is strict where HubSpot is: 100 records a batch and 50 with their history, 200 rows a search and 10,000 in
// all, 3,000 characters and five searches a second, 250 members a page, calls a window
// and a day, read-only and unknown properties, one refused value against the whole
// batch. It has HubSpot's traps: merged ids answer with another record and take
// writes, properties that are unknown are left out of reads without a word, failed
// items come in a 207, and the search lags. Faults can be put in on demand.
//
//	s := hstest.New()
//	defer s.Close()
//	s.PutContact(123, map[string]string{"company": "NewCo", "jobtitle": "VP Sales"})
//	client, err := hubspot.Open(ctx, hubspot.Options{Token: hstest.Token, BaseURL: s.URL()})
package hstest
