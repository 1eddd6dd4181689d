package sftest

// extras is the state of the resources beside records.
type extras struct {
	bulk       bulkJobs
	reportRuns reportRuns
	cursors    cursors
}
