// Package peopledatalabs asks People Data Labs where people are, as a
// [tracking.Provider]: person enrichment for Refresh, person search for Find.
//
// Every profile costs a credit, so everything is asked within a [Run], which has a
// budget that is never exceeded. Credits are set aside before a call and given back
// where the answer shows that they were not spent; where an answer was lost they count
// as spent, and the call is not repeated. What was spent is told with every result.
//
// Calls follow https://docs.peopledatalabs.com: GET /v5/person/enrich and POST
// /v5/person/search with the key in X-Api-Key. Refusals of rate (429) and trouble of
// the server (5xx) are repeated a little, as they cost nothing; a longer wish to wait
// is passed on. Neither keys nor anything of a person stands in errors or logs.
package peopledatalabs
