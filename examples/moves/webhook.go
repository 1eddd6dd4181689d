package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// publicURL is the address that HubSpot knows, which it signs; path is what it calls.
const (
	publicURL = "https://hooks.example.com"
	path      = "/hubspot/webhooks"
)

// webhook has Ada and Eve move in HubSpot, which tells of it.
func (o *onwardHere) webhook(ctx context.Context, w io.Writer) error {
	now := o.Now()
	var events []string
	for i, id := range []int64{ada, eve} {
		moveInPortal(o.portal, now, id)
		events = append(events, fmt.Sprintf(`{"eventId":%d,"subscriptionId":12345,"portalId":62515,"appId":54321,"occurredAt":%d,`+
			`"subscriptionType":"contact.propertyChange","attemptNumber":0,"objectId":%d,"propertyName":"company","propertyValue":"Contoso","changeSource":"CRM"}`,
			100+i, now.UnixMilli(), id))
	}
	body := "[" + strings.Join(events, ",") + "]"
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, o.hooks.URL+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header = signed(body, now.UnixMilli())
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the batch was refused: %d %s", resp.StatusCode, answer)
	}
	fmt.Fprintf(w, "HubSpot is told: %s\n", answer)
	return nil
}

// signed are the headers that prove a request to be HubSpot's, by version 3.
func signed(body string, millis int64) http.Header {
	stamp := fmt.Sprint(millis)
	mac := hmac.New(sha256.New, []byte(clientSecret))
	io.WriteString(mac, http.MethodPost+publicURL+path+body+stamp)
	h := http.Header{"Content-Type": {"application/json"}}
	h.Set("X-HubSpot-Request-Timestamp", stamp)
	h.Set("X-HubSpot-Signature-v3", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	return h
}
