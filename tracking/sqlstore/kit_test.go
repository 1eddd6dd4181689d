package sqlstore_test

import "time"

// began is when everything begins.
var began = time.Date(2026, 11, 23, 9, 0, 0, 7000, time.UTC)
