package adapter

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/onward-crm/onward/routing"
)

// The kinds of a Pointer at a HubSpot contact.
const (
	kindPropertyChange = "contact.propertyChange"
	kindCreation       = "contact.creation"
	kindMerge          = "contact.merge"
	kindPrivacy        = "contact.privacyDeletion"
	kindAssociation    = "contact.associationChange"
	kindEnrolled       = "contact.enrolled"
)

// hubSpotBatch is how many events HubSpot puts into a request: a smaller limit for
// lists would refuse them for good.
const hubSpotBatch = 100

// maxPointerValue is how many bytes of a changed value are kept. The contact is
// fetched anyway; that it has changed is what counts.
const maxPointerValue = 1024

// hubSpotWebhooks takes the events of webhook subscriptions. They say what has
// changed and little more; the contact is fetched when the work is done, because
// HubSpot waits five seconds and no longer.
type hubSpotWebhooks struct {
	hubSpotVerifier
	tenant hubSpotTenant
	limits Limits
	// properties are those of a contact whose change is news.
	properties []string
}

// Name is "hubspot-webhooks".
func (s *hubSpotWebhooks) Name() string { return "hubspot-webhooks" }

// Verify checks the signature; see hubSpotVerifier.
func (s *hubSpotWebhooks) Verify(r Request, now time.Time) (Caller, error) { return s.verify(r, now) }

// Refuse answers a refused request.
func (s *hubSpotWebhooks) Refuse(r Request, why *Refusal) Response { return hubSpotRefusal(r, why) }

// notice is one event of a subscription.
type notice struct {
	EventID          wholeNumber `json:"eventId"`
	PortalID         wholeNumber `json:"portalId"`
	AppID            wholeNumber `json:"appId"`
	OccurredAt       wholeNumber `json:"occurredAt"`
	SubscriptionType string      `json:"subscriptionType"`
	EventType        string      `json:"eventType"`
	ObjectTypeID     string      `json:"objectTypeId"`
	ObjectID         wholeNumber `json:"objectId"`
	PropertyName     string      `json:"propertyName"`
	PropertyValue    any         `json:"propertyValue"`

	PrimaryObjectID wholeNumber   `json:"primaryObjectId"`
	MergedObjectIDs []wholeNumber `json:"mergedObjectIds"`
	NewObjectID     wholeNumber   `json:"newObjectId"`

	AssociationType    string      `json:"associationType"`
	FromObjectID       wholeNumber `json:"fromObjectId"`
	ToObjectID         wholeNumber `json:"toObjectId"`
	AssociationRemoved bool        `json:"associationRemoved"`
	IsPrimary          *bool       `json:"isPrimaryAssociation"`
}

// Split takes the events apart. One that is none of ours, or that
// cannot be read, is counted as ignored: an error would make HubSpot send all the
// others again.
func (s *hubSpotWebhooks) Split(r Request, _ Caller) (Batch, error) {
	var items []json.RawMessage
	if why := readLenient(r.Body, s.limits.Depth, &items); why != nil {
		return Batch{}, why
	}
	if most := max(s.limits.Items, hubSpotBatch); len(items) > most {
		return Batch{}, invalid("", fmt.Sprintf("want at most %d events", most))
	}
	b := Batch{Received: len(items)}
	for i, item := range items {
		var n notice
		ev, ours := routing.Event{}, false
		if readLenient(item, s.limits.Depth, &n) == nil {
			ev, ours = s.event(n, r.Received)
		}
		if !ours {
			b.Ignored++
			continue
		}
		b.Events, b.Index = append(b.Events, ev), append(b.Index, i)
	}
	return b, nil
}

// event is what a notice becomes; ours is false when it is none of our business.
func (s *hubSpotWebhooks) event(n notice, received time.Time) (ev routing.Event, ours bool) {
	if !s.tenant.knows(n.PortalID, n.AppID) {
		return routing.Event{}, false
	}
	p, ok := s.pointer(n)
	if !ok {
		return routing.Event{}, false
	}
	p.System, p.Tenant = sourceHubSpot, n.PortalID.text()
	ev = routing.Event{
		ID: n.key(), Source: sourceHubSpot, Pointer: &p,
		Person: routing.Person{HubSpotID: s.tenant.person(p.Tenant, p.ID)},
	}
	if n.OccurredAt > 0 {
		ev.OccurredAt = time.UnixMilli(int64(n.OccurredAt))
	}
	ev, err := routing.Normalize(ev, received)
	return ev, err == nil
}

// pointer says which contact a notice is about, by the kinds that matter. A contact
// that was deleted or restored has not moved; a company that changed is no person.
func (s *hubSpotWebhooks) pointer(n notice) (p routing.Pointer, ok bool) {
	p = routing.Pointer{Kind: n.kind(), ID: n.ObjectID.text()}
	switch p.Kind {
	case kindPropertyChange:
		p.Property = n.PropertyName
		p.Value, ok = senderValue(n.PropertyName, n.PropertyValue)
		if len(p.Value) > maxPointerValue {
			p.Value = strings.ToValidUTF8(p.Value[:maxPointerValue], "")
		}
		return p, ok && p.ID != "" && slices.Contains(s.properties, n.PropertyName)
	case kindCreation, kindPrivacy:
		return p, p.ID != ""
	case kindMerge:
		p.ID, p.Property, p.Value = firstID(n.NewObjectID, n.ObjectID, n.PrimaryObjectID).text(), "mergedObjectIds", n.merged()
		return p, p.ID != ""
	case kindAssociation:
		return association(p, n.FromObjectID, n.ToObjectID, n)
	case "company.associationChange":
		p.Kind = kindAssociation
		return association(p, n.ToObjectID, n.FromObjectID, n)
	}
	return p, false
}

// association points at the contact, whichever side has told, so that the two
// reports of one association lead to one move. A company that was taken away, or
// that is not the main one, is no new employer.
func association(p routing.Pointer, contact, company wholeNumber, n notice) (routing.Pointer, bool) {
	p.ID, p.Other = contact.text(), company.text()
	between := n.AssociationType == "CONTACT_TO_COMPANY" || n.AssociationType == "COMPANY_TO_CONTACT"
	main := n.IsPrimary == nil || *n.IsPrimary
	return p, between && main && !n.AssociationRemoved && p.ID != "" && p.Other != ""
}

// kind is the type of a notice, in the words of the older form: "object.*" with a
// type of object is the same as "contact.*" or "company.*".
func (n notice) kind() string {
	t := n.SubscriptionType
	if t == "" {
		t = n.EventType
	}
	what, generic := strings.CutPrefix(t, "object.")
	switch {
	case generic && n.ObjectTypeID == "0-1":
		return "contact." + what
	case generic && n.ObjectTypeID == "0-2":
		return "company." + what
	}
	return t
}

// key is the sender's key of a notice. HubSpot's eventId alone is not unique, and
// attemptNumber counts the deliveries of the same event.
func (n notice) key() string {
	parts := []any{n.PortalID, n.kind(), n.ObjectID, n.FromObjectID, n.ToObjectID, n.PropertyName, n.EventID, n.OccurredAt}
	sum := sha256.Sum256(fmt.Appendf(nil, "%q", parts))
	return fmt.Sprintf("%d-%d-%s", n.PortalID, n.EventID, hex.EncodeToString(sum[:12]))
}

// merged lists the contacts that are gone.
func (n notice) merged() string {
	var ids []string
	for _, id := range n.MergedObjectIDs {
		ids = append(ids, id.text())
	}
	return strings.Join(ids, ",")
}

func firstID(ns ...wholeNumber) wholeNumber {
	for _, n := range ns {
		if n != 0 {
			return n
		}
	}
	return 0
}

// noticeCounts is the answer to a batch of events.
type noticeCounts struct {
	Received   int `json:"received"`
	Accepted   int `json:"accepted"`
	Duplicates int `json:"duplicates"`
	Ignored    int `json:"ignored"`
}

// Answer counts what became of a batch. The same event twice in one request is one.
func (s *hubSpotWebhooks) Answer(b Batch, results []Result) Response {
	c := noticeCounts{Received: b.Received, Ignored: b.Ignored}
	seen := map[string]bool{}
	for i, res := range results {
		if id := b.Events[i].ID; res.New && !seen[id] {
			c.Accepted++
			seen[id] = true
		} else {
			c.Duplicates++
		}
	}
	return Response{Status: http.StatusOK, Body: c}
}
