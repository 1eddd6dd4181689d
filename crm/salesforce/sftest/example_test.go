package sftest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/salesforce/sftest"
)

// A lead is created over the wire and found in the CRM behind it.
func Example() {
	org := sftest.New(nil)
	r := httptest.NewRequest(http.MethodPost, "/services/data/v66.0/sobjects/Lead", strings.NewReader(`{"LastName":"Lee","Company":"Acme"}`))
	r.Header.Set("Authorization", "Bearer "+org.Token())
	r.Header.Set("Content-Type", "application/json")
	answer := httptest.NewRecorder()
	org.ServeHTTP(answer, r)
	fmt.Println(answer.Code, answer.Header().Get("Sforce-Limit-Info"))
	for _, lead := range org.CRM().Records(crm.ObjectLead) {
		fmt.Println(lead.ID, lead.Fields["Name"], "of", lead.Fields["Company"])
	}
	// Output:
	// 201 api-usage=1/100000
	// 00Q000000000001EAA Lee of Acme
}
