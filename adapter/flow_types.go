package adapter

import "github.com/onward-crm/onward/routing"

// The types of Salesforce's routes are flat: text, booleans, numbers and lists of
// one type are all that a Flow can take. Their JSON names are Apex identifiers. The
// OpenAPI document is made from them.

// flowMove is one reported move. The tag flat leads to routing.FlatNames.
type flowMove struct {
	RecordID              string `json:"recordId,omitempty" flat:"record_id" description:"Id of the job change record that the Flow has made."`
	PastContactID         string `json:"pastContactId,omitempty" flat:"crm_id" description:"Id of the contact at the old company."`
	PastLeadID            string `json:"pastLeadId,omitempty" flat:"crm_id" description:"Id of the lead at the old company."`
	FirstName             string `json:"firstName,omitempty" flat:"first_name"`
	LastName              string `json:"lastName,omitempty" flat:"last_name"`
	FullName              string `json:"fullName,omitempty" flat:"full_name"`
	Email                 string `json:"email,omitempty" flat:"email" description:"Known address of the person, or several, separated by semicolons."`
	LinkedInURL           string `json:"linkedInUrl,omitempty" flat:"linkedin_url"`
	HubSpotID             string `json:"hubSpotId,omitempty" flat:"hubspot_id"`
	PastAccountID         string `json:"pastAccountId,omitempty" flat:"past_account_id"`
	PastCompany           string `json:"pastCompany,omitempty" flat:"past_company"`
	PastDomain            string `json:"pastDomain,omitempty" flat:"past_domain"`
	PastTitle             string `json:"pastTitle,omitempty" flat:"past_title"`
	LeftOn                string `json:"leftOn,omitempty" flat:"left_on" description:"Last day at the old company, YYYY-MM-DD."`
	NewAccountID          string `json:"newAccountId,omitempty" flat:"new_account_id"`
	NewCompany            string `json:"newCompany,omitempty" flat:"new_company"`
	NewDomain             string `json:"newDomain,omitempty" flat:"new_domain"`
	NewEmail              string `json:"newEmail,omitempty" flat:"new_email"`
	NewCompanyLinkedInURL string `json:"newCompanyLinkedInUrl,omitempty" flat:"new_company_linkedin"`
	NewTitle              string `json:"newTitle,omitempty" flat:"new_title"`
	NewCountry            string `json:"newCountry,omitempty" flat:"new_country"`
	NewState              string `json:"newState,omitempty" flat:"new_state"`
	NewCity               string `json:"newCity,omitempty" flat:"new_city"`
	NewPhone              string `json:"newPhone,omitempty" flat:"new_phone"`
	StartedOn             string `json:"startedOn,omitempty" flat:"started_on" description:"First day at the new company, YYYY-MM-DD."`
	Relationship          string `json:"relationship,omitempty" flat:"relationship"`
	Strategy              string `json:"strategy,omitempty" flat:"strategy"`
	OccurredAt            string `json:"occurredAt,omitempty" flat:"occurred_at" description:"When the move was observed, ISO 8601."`
}

// flowRequest is the body of /route, /decide, /match-account, /find-duplicates and
// /resolve-dri: one move, or a list of them in items.
type flowRequest struct {
	RequestID string `json:"requestId" description:"Your own key of the request: sent again, it is done once."`
	flowMove
	Items []flowMove `json:"items,omitempty" description:"Several moves in place of the one: at most 200."`
}

// flowReport is what a Flow has written by itself.
type flowReport struct {
	LeadID    string `json:"leadId,omitempty"`
	ContactID string `json:"contactId,omitempty"`
	AccountID string `json:"accountId,omitempty"`
	Error     string `json:"error,omitempty" description:"What went wrong in the Flow."`
}

// flowCompleteRequest is the body of /complete. An item is about the move of the
// same place in the list that was routed under requestId, unless it names a request
// of its own.
type flowCompleteRequest struct {
	RequestID string `json:"requestId"`
	flowReport
	Items []flowCompleteItem `json:"items,omitempty"`
}

type flowCompleteItem struct {
	RequestID string `json:"requestId,omitempty"`
	flowReport
}

// flowRecords are the records that a decision concerns, "" for none.
type flowRecords struct {
	LeadID        string `json:"leadId"`
	ContactID     string `json:"contactId"`
	PastContactID string `json:"pastContactId"`
	AccountID     string `json:"accountId"`
	JobChangeID   string `json:"jobChangeId"`
	OwnerID       string `json:"ownerId"`
}

// flowSingle is what the answer about one move has beside its records.
type flowSingle struct {
	Outcome  string `json:"outcome"`
	Message  string `json:"message"`
	Replayed bool   `json:"replayed"`
}

// flowRouteAnswer is the answer of /route and /complete.
type flowRouteAnswer struct {
	RequestID string `json:"requestId"`
	Status    string `json:"status"`
	*flowSingle
	*flowRecords
	// DecisionID is where an accepted move will be found.
	DecisionID string `json:"decisionId,omitempty"`
	// Decision is what a Flow needs that writes by itself.
	Decision *routing.FlowDecision `json:"decision,omitempty"`
	Results  []flowRouteResult     `json:"results,omitempty"`
}

// flowRouteResult is what became of one move of a list.
type flowRouteResult struct {
	Index   int32  `json:"index"`
	Status  string `json:"status"`
	Outcome string `json:"outcome"`
	*flowRecords
	Message    string                `json:"message"`
	DecisionID string                `json:"decisionId,omitempty"`
	Decision   *routing.FlowDecision `json:"decision,omitempty"`
}

// flowVerdict is what every answer that writes nothing begins with. Index is the
// place in a list.
type flowVerdict struct {
	Index   *int32 `json:"index,omitempty"`
	Status  string `json:"status"`
	Outcome string `json:"outcome"`
	Reason  string `json:"reason"`
	Message string `json:"message"`
}

// flowAccountAnswer is the answer of /match-account: about one company, or about
// each of a list.
type flowAccountAnswer struct {
	RequestID string `json:"requestId"`
	Status    string `json:"status"`
	*flowAccount
	Results []flowAccount `json:"results,omitempty"`
}

type flowAccount struct {
	flowVerdict
	AccountID    string   `json:"accountId"`
	AccountTier  string   `json:"accountTier"`
	Confidence   float64  `json:"confidence"`
	CandidateIDs []string `json:"candidateIds,omitempty"`
}

// flowDuplicatesAnswer is the answer of /find-duplicates: ids and reasons, nothing
// of the people.
type flowDuplicatesAnswer struct {
	RequestID string `json:"requestId"`
	Status    string `json:"status"`
	*flowDuplicates
	Results []flowDuplicates `json:"results,omitempty"`
}

type flowDuplicates struct {
	flowVerdict
	DuplicateID   string          `json:"duplicateId"`
	DuplicateType string          `json:"duplicateType"`
	Matches       []flowDuplicate `json:"matches,omitempty"`
}

type flowDuplicate struct {
	ID     string `json:"id"`
	Type   string `json:"type"`
	Reason string `json:"reason"`
}

// flowDRIAnswer is the answer of /resolve-dri: who is responsible for the arrival,
// and who for the departure (past…).
type flowDRIAnswer struct {
	RequestID string `json:"requestId"`
	Status    string `json:"status"`
	*flowDRI
	Results []flowDRI `json:"results,omitempty"`
}

type flowDRI struct {
	flowVerdict
	DRIID            string `json:"driId"`
	DRIManagerID     string `json:"driManagerId"`
	DRIQueueID       string `json:"driQueueId"`
	DRIReason        string `json:"driReason"`
	PastDRIID        string `json:"pastDriId"`
	PastDRIManagerID string `json:"pastDriManagerId"`
	PastDRIQueueID   string `json:"pastDriQueueId"`
	PastDRIReason    string `json:"pastDriReason"`
}

// flowDecisionAnswer is the answer of /decide: the decision as a Flow needs it that
// writes by itself.
type flowDecisionAnswer struct {
	RequestID string `json:"requestId"`
	Status    string `json:"status"`
	*flowDecision
	Results []flowDecision `json:"results,omitempty"`
}

type flowDecision struct {
	Index *int32 `json:"index,omitempty"`
	routing.FlowDecision
}
