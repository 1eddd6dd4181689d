package routing_test

import (
	"testing"

	"github.com/onward-crm/onward/routing"
)

// TestRT20OnlyWhoComesBackComesBack: a record that the person left long ago, and whose
// address the report still bears, is revived by a return to that company alone.
func TestRT20OnlyWhoComesBackComesBack(t *testing.T) {
	for _, row := range []struct {
		name, to string
		want     routing.What
	}{
		{"on to a third company", `{"company": "Gamma", "domain": "gamma.io"}`, routing.WhatContact},
		{"back to the first", `{"company": "Acme Inc", "domain": "acme.com"}`, routing.WhatReactivated},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := scenario(t,
				"Account.csv", "Id,Name,Website,OwnerId\n@A1,Acme Inc,acme.com,@U1\n@A2,Beta Ltd,beta.io,@U2\n@A3,Gamma,gamma.io,@U2\n",
				"Contact.csv", "Id,FirstName,LastName,Email,AccountId,OwnerId,Left_Company__c\n@C1,Jane,Doe,jane@acme.com,@A1,@U1,true\n@C2,Jane,Doe,,@A2,@U2,false\n",
				"events.jsonl", `{"person": {"full_name": "Jane Doe", "email": "jane@acme.com"}, "from": {"company": "Beta Ltd"}, "to": `+row.to+`}`)
			w.run()
			got := w.record(w.keys[0])
			if got.Outcome.What != row.want {
				t.Errorf("%s %s, want %s", got.Outcome.What, got.Outcome.Reason, row.want)
			}
			if was, _ := w.db.Record(id("C1")); row.want == routing.WhatContact && was.Fields["Left_Company__c"] != "true" {
				t.Error("the record at the first company was revived")
			}
		})
	}
}
