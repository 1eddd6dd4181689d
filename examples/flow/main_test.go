package main

import (
	"context"
	"os"
)

func Example() {
	if err := run(context.Background(), os.Stdout, "", ""); err != nil {
		panic(err)
	}
	// Output:
	// # one move
	// POST /salesforce/flow/route: 200
	// {
	//   "accountId": "001000000000001AAA",
	//   "contactId": "003000000000001AAA",
	//   "jobChangeId": "a00000000000001AAA",
	//   "outcome": "contact_created",
	//   "ownerId": "005000000000001AAA",
	//   "replayed": false,
	//   "requestId": "interview-1",
	//   "status": "done"
	// }
	// # the same request again writes nothing
	// POST /salesforce/flow/route: 200
	// {
	//   "accountId": "001000000000001AAA",
	//   "contactId": "003000000000001AAA",
	//   "jobChangeId": "a00000000000001AAA",
	//   "outcome": "contact_created",
	//   "ownerId": "005000000000001AAA",
	//   "replayed": true,
	//   "requestId": "interview-1",
	//   "status": "done"
	// }
	// # a list: one is bad, the other is done
	// POST /salesforce/flow/route: 200
	// {
	//   "requestId": "interview-2",
	//   "results": [
	//     {
	//       "index": 0,
	//       "jobChangeId": "a00000000000002AAA",
	//       "leadId": "00Q000000000001EAA",
	//       "outcome": "lead_created",
	//       "status": "done"
	//     },
	//     {
	//       "index": 1,
	//       "message": "recordId is not a Salesforce id",
	//       "outcome": "invalid_field",
	//       "status": "rejected"
	//     }
	//   ],
	//   "status": "partial"
	// }
	// # only a question: which account is it?
	// POST /salesforce/flow/match-account: 200
	// {
	//   "accountId": "001000000000001AAA",
	//   "accountTier": "exact_host",
	//   "candidateIds": [
	//     "001000000000001AAA"
	//   ],
	//   "confidence": 0.99655,
	//   "outcome": "account_found",
	//   "reason": "exact_host",
	//   "requestId": "interview-3",
	//   "status": "done"
	// }
	// # a dry look first
	// POST /salesforce/flow/decide: 200
	// {
	//   "accountStatus": "none",
	//   "accountTier": "none",
	//   "company": "Tailspin Toys",
	//   "domain": "tailspintoys.com",
	//   "firstName": "Dee",
	//   "key": "onward-44f2a557266f85631ee8bdb7bd9b28de",
	//   "kind": "joined",
	//   "lastName": "Park",
	//   "outcome": "handed_to_flow",
	//   "ownerId": "005000000000001AAA",
	//   "reason": "flow_callout",
	//   "requestId": "interview-4",
	//   "status": "done"
	// }
	// # handed to the Flow
	// POST /salesforce/flow/route: 200
	// {
	//   "jobChangeId": "a00000000000003AAA",
	//   "outcome": "handed_to_flow",
	//   "ownerId": "005000000000001AAA",
	//   "replayed": false,
	//   "requestId": "interview-4",
	//   "status": "done"
	// }
	// # the Flow reports its lead
	// POST /salesforce/flow/complete: 200
	// {
	//   "jobChangeId": "a00000000000003AAA",
	//   "leadId": "00Q000000000002EAA",
	//   "outcome": "handed_to_flow",
	//   "ownerId": "005000000000001AAA",
	//   "replayed": false,
	//   "requestId": "interview-4",
	//   "status": "done"
	// }
}
