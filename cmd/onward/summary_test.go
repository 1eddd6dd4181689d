package main

import (
	"testing"

	"github.com/onward-crm/onward/routing"
)

func TestWhatIsLeftForAPerson(t *testing.T) {
	for _, tt := range []struct {
		row  row
		want bool
	}{
		{row{Status: routing.StatusDone, What: routing.WhatContact}, false},
		{row{Status: routing.StatusReview, What: routing.WhatHeld}, false},
		{row{Status: routing.StatusDone, What: routing.WhatBlocked}, true},
		{row{Status: routing.StatusParked, What: routing.WhatRefused}, true},
		{row{Status: routing.StatusParked, What: routing.WhatNothing}, true},
		{row{Status: routing.StatusAccepted}, true},
	} {
		if got := tt.row.left(); got != tt.want {
			t.Errorf("%s, %s: left = %t", tt.row.Status, tt.row.What, got)
		}
	}
}
