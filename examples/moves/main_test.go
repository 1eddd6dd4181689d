package main

import (
	"context"
	"os"
)

func Example() {
	if err := run(context.Background(), os.Stdout); err != nil {
		panic(err)
	}
	// Output:
	// 1. people are imported
	// won-deals: 2 rows, tracked credits would go from 0 to 2
	// users: 3 rows, tracked credits would go from 2 to 3
	//   row 4: no_identity: needs an e-mail address, or first name, last name and company
	// closed_won: in report 2, unique 2, tracking 2
	// user: in report 2, unique 2, tracking 1
	// 2. two of HubSpot's contacts move
	// HubSpot is told: {"received":2,"accepted":2,"duplicates":0,"ignored":0}
	// 3. the tracked one is recognised, and the move decided and written
	// Ada, relationship "Closed Won Opp Contact": done, contact_created because account_matched
	// Eve, relationship "": filtered, nothing because untracked
	// 4. in Salesforce
	// 003000000000001AAA: Ada Okafor, Fabrikam; title "", left on "2026-11-18"
	// 003000000000002AAA: Ada Okafor, Contoso; title "CTO", left on ""
	// 5. a job-change credit is used
	// November 2026: tracked 3 (closed_won 2), job changes 1 (closed_won 1)
	// 6. half an hour later it is found out who is responsible
	// 10:29: 0 looked at
	// 10:30: 1 looked at
	// a00000000000001AAA: Una Berg for the new record, Ben Roth for the past one
	// 7. on Monday they are told
	// Monday 07:00: 2 sent
	// Monday 07:00: 0 sent
	//   To: "Una Berg" <una@example.com>
	//   Subject: 1 joined · 16 – 22 Nov 2026
	//   Your accounts, 16 – 22 Nov 2026
	//   ===============================
	//   1 joined
	//
	//   JOINED ANOTHER ACCOUNT (1)
	//   * Ada Okafor, CTO (Wed 18 Nov)
	//       joined Contoso
	//       came from Fabrikam
	//       known as Closed Won Opp Contact · contact created
	//
	//   --
	//   You get this because you are the directly responsible person for these changes.
	//   To: "Ben Roth" <ben@example.com>
	//   Subject: 1 left · 16 – 22 Nov 2026
	//   Your accounts, 16 – 22 Nov 2026
	//   ===============================
	//   1 left
	//
	//   LEFT A CUSTOMER (1)
	//   * Ada Okafor (Wed 18 Nov)
	//       left Fabrikam [customer]
	//       went to Contoso
	//       now CTO · known as Closed Won Opp Contact · contact created
	//
	//   --
	//   You get this because you are the directly responsible person for these changes.
	// 8. HubSpot learns what became of it
	// contact 123: onward_outcome = contact_created
	// contact 123: onward_salesforce_contact_id = 003000000000002AAA
	// contact 123: onward_salesforce_account_id = 001000000000001AAA
	// contact 123: onward_dri = Una Berg
	// contact 125: onward_outcome = untracked
	// contact 125: onward_salesforce_account_id = 001000000000001AAA
}
