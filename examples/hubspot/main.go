// Hubspot plays a HubSpot app: it signs a batch of webhook events as HubSpot does,
// sends it to onward, lets the work be done, and reads the decision as an operator.
// HubSpot and the CRM are in this process.
//
//	go run ./examples/hubspot
package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strings"
	"time"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, w io.Writer) error {
	o, err := start(ctx)
	if err != nil {
		return err
	}
	defer o.Close()
	now := time.Now()
	o.portal.PutContactAt(123, now.AddDate(-1, 0, 0), map[string]string{"firstname": "Ada", "lastname": "Okafor", "email": "ada@fabrikam.com", "company": "Fabrikam"})
	o.portal.PutCompany(901, map[string]string{"name": "Contoso", "domain": "contoso.com"})
	o.portal.PutContactAt(123, now, map[string]string{"company": "Contoso", "jobtitle": "CTO"})
	o.portal.Associate(123, 901, now)

	// What HubSpot sends: which property of which contact has changed, and little
	// more. It repeats what is not answered within five seconds; the second event
	// here is such a repetition. The third is about something else.
	event := `{"eventId":%d,"subscriptionId":12345,"portalId":62515,"appId":54321,"occurredAt":%d,"subscriptionType":"contact.propertyChange",` +
		`"attemptNumber":%d,"objectId":123,"propertyName":"%s","propertyValue":"%s","changeSource":"CRM"}`
	body := "[" + strings.Join([]string{
		fmt.Sprintf(event, 100, now.UnixMilli(), 0, "company", "Contoso"),
		fmt.Sprintf(event, 100, now.UnixMilli(), 1, "company", "Contoso"),
		fmt.Sprintf(event, 101, now.UnixMilli(), 0, "favourite_colour", "green"),
	}, ",") + "]"
	counts, err := o.call(ctx, http.MethodPost, "/hubspot/webhooks", body, signed(o.publicURL, "/hubspot/webhooks", body, now))
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "HubSpot is told: %s\n", counts)
	forged, err := o.call(ctx, http.MethodPost, "/hubspot/webhooks", body+" ", signed(o.publicURL, "/hubspot/webhooks", body, now))
	if err == nil {
		return fmt.Errorf("an altered batch was taken: %s", forged)
	}
	fmt.Fprintf(w, "one byte more: %v\n", err)

	// The work: fetch the contact from HubSpot, decide, write. In a service
	// durable.Runner does this as soon as something was accepted.
	if _, err := o.engine.Drain(ctx); err != nil {
		return err
	}
	return o.read(ctx, w)
}

// signed are the headers that prove a request to be HubSpot's: version 3 is over
// method, public address, body and time, so it does not matter what a proxy makes of
// the address on the way.
func signed(base, path, body string, at time.Time) http.Header {
	stamp := fmt.Sprint(at.UnixMilli())
	mac := hmac.New(sha256.New, []byte(clientSecret))
	io.WriteString(mac, http.MethodPost+base+path+body+stamp)
	h := http.Header{"Content-Type": {"application/json"}}
	h.Set("X-HubSpot-Request-Timestamp", stamp)
	h.Set("X-HubSpot-Signature-v3", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	return h
}

// read tells, as an operator, what was decided and why.
func (o *onwardHere) read(ctx context.Context, w io.Writer) error {
	me := http.Header{"Authorization": {"Bearer " + operatorToken}}
	text, err := o.call(ctx, http.MethodGet, "/operator/deliveries", "", me)
	if err != nil {
		return err
	}
	var list struct{ Items []struct{ ID string } }
	if err := json.Unmarshal(text, &list); err != nil {
		return err
	}
	for _, item := range list.Items {
		if text, err = o.call(ctx, http.MethodGet, "/operator/delivery?key="+item.ID, "", me); err != nil {
			return err
		}
		var story struct {
			Delivery    struct{ Status, Outcome, Reason, ContactID string }
			Explanation []string
		}
		if err := json.Unmarshal(text, &story); err != nil {
			return err
		}
		d := story.Delivery
		fmt.Fprintf(w, "%s: %s %s, because %s\n", d.Status, d.Outcome, d.ContactID, d.Reason)
		for _, line := range story.Explanation {
			if strings.HasPrefix(line, "- ") || strings.HasPrefix(line, "candidate ") {
				fmt.Fprintln(w, " ", line)
			}
		}
	}
	return nil
}

// call makes a request and returns the body of its answer; a refusal is an error.
func (o *onwardHere) call(ctx context.Context, method, path, body string, h http.Header) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, o.URL+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header = h
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		var no struct {
			Error struct{ Code, Message string }
		}
		if err := json.Unmarshal(text, &no); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("%d %s: %s", resp.StatusCode, no.Error.Code, no.Error.Message)
	}
	return text, nil
}
