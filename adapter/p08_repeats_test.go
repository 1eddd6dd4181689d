package adapter

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestP08AttemptsOfHubSpotAreOneDelivery: HubSpot sends what it believes to be lost up
// to ten times more, over a day, each time with another attemptNumber and signed
// anew. That is one delivery, of each kind of notice; another event is another one.
func TestP08AttemptsOfHubSpotAreOneDelivery(t *testing.T) {
	const attempts = 11
	for kind, rest := range map[string]string{
		"contact.propertyChange":    `"objectId":123,"propertyName":"jobtitle","propertyValue":"VP Sales"`,
		"contact.creation":          `"objectId":123,"changeFlag":"NEW"`,
		"contact.merge":             `"objectId":500,"primaryObjectId":123,"mergedObjectIds":[122],"newObjectId":500`,
		"contact.associationChange": `"associationType":"CONTACT_TO_COMPANY","fromObjectId":123,"toObjectId":900,"associationRemoved":false,"isPrimaryAssociation":true`,
		"contact.privacyDeletion":   `"objectId":123`,
	} {
		t.Run(kind, func(t *testing.T) {
			b := newHubBench(t, nil)
			send := func(event, attempt int) (c noticeCounts) {
				at := contractClock + int64(attempt)*(2*time.Hour).Milliseconds()
				b.now.Store(at)
				body := fmt.Sprintf(`[{"eventId":%d,"subscriptionId":1,"portalId":62515,"appId":54321,"occurredAt":1783999990000,"subscriptionType":%q,"attemptNumber":%d,%s}]`,
					event, kind, attempt, rest)
				got := b.send(signedV3(contractSecret, "POST", pathWebhooks, body, at))
				if err := json.NewDecoder(strings.NewReader(got.Body.String())).Decode(&c); err != nil || got.Code != 200 {
					t.Fatalf("attempt %d: %d %s, %v", attempt, got.Code, got.Body, err)
				}
				return c
			}
			for attempt := range attempts {
				want := noticeCounts{Received: 1, Duplicates: 1}
				if attempt == 0 {
					want = noticeCounts{Received: 1, Accepted: 1}
				}
				if got := send(100, attempt); got != want {
					t.Errorf("attempt %d: %+v, want %+v", attempt, got, want)
				}
			}
			if got := send(101, 0); got.Accepted != 1 {
				t.Errorf("another event: %+v", got)
			}
			if n := len(b.records(t)); n != 2 {
				t.Errorf("%d deliveries, want 2", n)
			}
		})
	}
}
