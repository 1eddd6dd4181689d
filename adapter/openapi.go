package adapter

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/swaggest/openapi-go"
	"github.com/swaggest/openapi-go/openapi3"

	"github.com/onward-crm/onward/routing"
)

// apiVersion is the version of the described interface.
const apiVersion = "1.0.0"

// apiOperation is one operation of an OpenAPI document. In and Out are values of
// the very types that the handlers read and write.
type apiOperation struct {
	method, path, id string
	about            string
	in, out          any
	// status is that of the answer, 200 for 0; media its type, JSON for "".
	status int
	media  string
}

// apiDocument is an OpenAPI document about to be written.
type apiDocument struct {
	title, about string
	operations   []apiOperation
	// plain keeps to what External Services and Flows of Salesforce can digest.
	plain bool
}

// json writes the document, the same bytes each time.
func (d apiDocument) json() ([]byte, error) {
	r := openapi3.NewReflector()
	r.SpecEns().Info.WithTitle(d.title).WithVersion(apiVersion).WithDescription(d.about)
	r.InterceptDefName(plainName)
	for _, o := range d.operations {
		if err := o.add(r); err != nil {
			return nil, fmt.Errorf("adapter: OpenAPI of %s %s: %w", o.method, o.path, err)
		}
	}
	text, err := json.Marshal(r.Spec)
	if err != nil {
		return nil, fmt.Errorf("adapter: OpenAPI: %w", err)
	}
	var tree any
	if err := json.Unmarshal(text, &tree); err != nil {
		return nil, fmt.Errorf("adapter: OpenAPI: %w", err)
	}
	if d.plain {
		tree = withoutNullable(tree)
	}
	return json.MarshalIndent(tree, "", "  ")
}

// add describes the operation.
func (o apiOperation) add(r *openapi3.Reflector) error {
	op, err := r.NewOperationContext(o.method, o.path)
	if err != nil {
		return err
	}
	op.SetID(o.id)
	op.SetSummary(o.id)
	op.SetDescription(o.about)
	if o.in != nil {
		op.AddReqStructure(o.in)
	}
	status := o.status
	if status == 0 {
		status = http.StatusOK
	}
	op.AddRespStructure(o.out, func(cu *openapi.ContentUnit) {
		cu.HTTPStatus, cu.ContentType, cu.Description = status, o.media, http.StatusText(status)
	})
	return r.AddOperation(op)
}

// plainName is the name of one of our own types without the package before it.
func plainName(_ reflect.Type, name string) string { return strings.TrimPrefix(name, "Adapter") }

// withoutNullable leaves "nullable" out of a document: a list that is missing is an
// empty one to us, and Flows know no unions.
func withoutNullable(tree any) any {
	switch t := tree.(type) {
	case map[string]any:
		delete(t, "nullable")
		for name := range t {
			t[name] = withoutNullable(t[name])
		}
	case []any:
		for i := range t {
			t[i] = withoutNullable(t[i])
		}
	}
	return tree
}

// byPath sorts operations by path and method.
func byPath(ops []apiOperation) []apiOperation {
	slices.SortFunc(ops, func(a, b apiOperation) int {
		return strings.Compare(a.path+" "+a.method, b.path+" "+b.method)
	})
	return ops
}

// flowDocument describes what Salesforce Flows call, so that External Services and
// Flow take it as it is: flat values, one operation a path, one answer each.
func flowDocument() apiDocument {
	op := func(path, id, about string, in, out any) apiOperation {
		return apiOperation{method: http.MethodPost, path: flowPath + path, id: id, about: about, in: in, out: out}
	}
	return apiDocument{
		title: "onward",
		about: "Routes job changes into Salesforce records, exactly once. Business outcomes are answered with 200 and a status: " +
			"done, needs_review, filtered, waiting, parked, accepted, rejected or partial. Anything above is a broken request or an outage. " +
			"Send the API key with the Named Credential. Every operation takes one move, or up to 200 in items, and answers in their order.",
		plain: true,
		operations: byPath([]apiOperation{
			op("/route", "routeJobChange", "Routes a job change: finds duplicates and the account, creates or enriches the record, and tells what was done. "+
				"What takes longer than the deadline is answered as accepted, and its result is written to the job change record.", flowRequest{}, flowRouteAnswer{}),
			op("/match-account", "matchAccount", "Tells which account a company is. Writes nothing.", flowRequest{}, flowAccountAnswer{}),
			op("/find-duplicates", "findDuplicates", "Tells which leads and contacts are the person already: ids and reasons. Writes nothing.", flowRequest{}, flowDuplicatesAnswer{}),
			op("/resolve-dri", "resolveResponsible", "Tells who is responsible for a job change. Writes nothing.", flowRequest{}, flowDRIAnswer{}),
			op("/decide", "decideJobChange", "Decides as route does and writes nothing: flat values for the Flow's own create and update elements.", flowRequest{}, flowDecisionAnswer{}),
			op("/complete", "completeJobChange", "Reports the records that the Flow itself has written, so that onward keeps the books on them.", flowCompleteRequest{}, flowRouteAnswer{}),
		}),
	}
}

// documents writes both documents; handlers give out the same bytes each time. More
// are the endpoints that other packages have added.
func documents(more []OperatorEndpoint) (flow, admin []byte, err error) {
	if flow, err = flowDocument().json(); err != nil {
		return nil, nil, err
	}
	admin, err = adminDocument(more).json()
	return flow, admin, err
}

// openAPIRoutes give the documents out. They need no key: they tell nothing that the
// sources do not.
func openAPIRoutes(more []OperatorEndpoint) ([]route, error) {
	flow, admin, err := documents(more)
	if err != nil {
		return nil, err
	}
	give := func(path string, text []byte) route {
		return route{Method: http.MethodGet, Path: path, Source: "health", Raw: func(w http.ResponseWriter, _ *http.Request, _ call) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(text) // whoever has gone asks again
		}}
	}
	return []route{give("/openapi.json", flow), give("/openapi-admin.json", admin)}, nil
}

// The parameters of operations, as the documents describe them.
type (
	deliveryID struct {
		ID string `path:"id" description:"the delivery's id, escaped"`
	}
	deliveryKey struct {
		Key string `query:"key" required:"true" description:"the delivery's id"`
	}
	deliveryQuery struct {
		Status  []string `query:"status" description:"accepted, done, filtered, review, waiting, parked"`
		Outcome string   `query:"outcome"`
		Reason  string   `query:"reason"`
		Source  string   `query:"source" description:"the sender, exactly"`
		From    string   `query:"from" description:"received at or after: a date or an RFC 3339 time"`
		Until   string   `query:"until" description:"received before"`
		Email   string   `query:"email" description:"deliveries about this person"`
		CRMID   string   `query:"crm_id"`
		Linked  string   `query:"linkedin"`
		HubSpot string   `query:"hubspot_id"`
		Newest  bool     `query:"newest" description:"youngest first"`
		After   int64    `query:"after" description:"next of the page before"`
		Limit   int      `query:"limit" description:"at most so many, up to 1000"`
	}
	choiceByID struct {
		deliveryID
		choice
	}
	choiceByKey struct {
		deliveryKey
		choice
	}
	messagePath struct {
		ID string `path:"id" description:"the message's id"`
	}
	sourceQuery struct {
		Source string `query:"source" description:"one source; all without it"`
	}
	limitQuery struct {
		Limit int `query:"limit" description:"at most so many, up to 1000"`
	}
	exportQuery struct {
		What string `query:"what" required:"true" description:"ledger or credits"`
	}
	feedPath struct {
		Name string `path:"name" description:"the feed's name"`
	}
	feedDeliveryPath struct {
		Name string `path:"name" description:"the feed's name"`
		ID   string `path:"id" description:"the event's id"`
	}
	feedMessage struct {
		feedPath
		routing.Event
		Events []routing.Event `json:"events,omitempty" description:"several events, instead of the members of one"`
	}
)

// adminDocument describes what is not for Flows: the operator's part, HubSpot's and
// the feeds' addresses, and the process's own.
func adminDocument(more []OperatorEndpoint) apiDocument {
	ops := operatorOperations()
	for _, e := range more {
		ops = append(ops, e.operation())
	}
	ops = append(ops, hubSpotOperations()...)
	ops = append(ops, feedOperations()...)
	ops = append(ops, healthOperations()...)
	return apiDocument{
		title:      "onward, for operators and other senders",
		about:      "Operators send \"Authorization: Bearer TOKEN\". HubSpot and feeds sign their requests. What Salesforce Flows call is described in /openapi.json.",
		operations: byPath(ops),
	}
}

func operatorOperations() []apiOperation {
	get, post := http.MethodGet, http.MethodPost
	return []apiOperation{
		{method: get, path: "/operator/deliveries", id: "listDeliveries", about: "Lists and searches deliveries.", in: deliveryQuery{}, out: deliveryPage{}},
		{method: post, path: "/operator/search", id: "searchDeliveries", about: "The same with the filter in the body, for names of people.", in: deliveryFilter{}, out: deliveryPage{}},
		{method: get, path: "/operator/reviews", id: "listReviews", about: "What waits for a person's decision.", in: deliveryQuery{}, out: deliveryPage{}},
		{method: get, path: "/operator/parked", id: "listParked", about: "What needs a change from outside.", in: deliveryQuery{}, out: deliveryPage{}},
		{method: get, path: "/operator/deliveries/{id}", id: "getDelivery", about: "One delivery with its whole explanation.", in: deliveryID{}, out: deliveryStory{}},
		{method: get, path: "/operator/delivery", id: "getDeliveryByKey", about: "The same, the id in the query.", in: deliveryKey{}, out: deliveryStory{}},
		{method: post, path: "/operator/deliveries/{id}/approve", id: "approve", about: "Answers a review with the likeliest candidate, or the one given. 409 stale_plan when the choice is overtaken.", in: choiceByID{}, out: deliverySummary{}},
		{method: post, path: "/operator/deliveries/{id}/pick", id: "pick", about: "Answers a review with another candidate, or none of them.", in: choiceByID{}, out: deliverySummary{}},
		{method: post, path: "/operator/deliveries/{id}/reject", id: "reject", about: "Answers a review with nothing created.", in: deliveryID{}, out: deliverySummary{}},
		{method: post, path: "/operator/delivery/approve", id: "approveByKey", about: "The same, the id in the query.", in: choiceByKey{}, out: deliverySummary{}},
		{method: post, path: "/operator/delivery/pick", id: "pickByKey", about: "The same, the id in the query.", in: choiceByKey{}, out: deliverySummary{}},
		{method: post, path: "/operator/delivery/reject", id: "rejectByKey", about: "The same, the id in the query.", in: deliveryKey{}, out: deliverySummary{}},
		{method: post, path: "/operator/deliveries/{id}/undo", id: "undo", about: "Takes a decision back: previous values, credits and the event record. Created records stay and are named. 409 changed_since, naming record and field, where somebody has changed them since; nothing is undone then.", in: deliveryID{}, out: undoAnswer{}},
		{method: post, path: "/operator/delivery/undo", id: "undoByKey", about: "The same, the id in the query.", in: deliveryKey{}, out: undoAnswer{}},
		{method: post, path: "/operator/erase", id: "erase", about: "Forgets a person for good: the reports, plans and previous values of all their deliveries, their places in lists and as a sponsor; whatever reports them later is suppressed, and no list brings them back. Records in the CRM are not touched.", in: erasure{}, out: erased{}},
		{method: post, path: "/operator/replay", id: "replay", about: "Works on deliveries again, or compares their decisions with those of another configuration.", in: replayRequest{}, out: replayResult{}},
		{method: post, path: "/operator/pause", id: "pause", about: "Begins no work; accepting goes on.", out: switched{}},
		{method: post, path: "/operator/resume", id: "resume", about: "Goes on with the work.", out: switched{}},
		{method: post, path: "/operator/drain", id: "drain", about: "Works on everything that is due, for a minute at most.", out: drained{}},
		{method: get, path: "/operator/status", id: "getStatus", about: "The queue, the switch and the schedules.", out: operatorStatus{}},
		{method: get, path: "/operator/refused", id: "listRefused", about: "Requests that could not be verified.", in: sourceQuery{}, out: refusedPage{}},
		{method: post, path: "/operator/refused/readmit", id: "readmit", about: "Verifies them again with the secrets of today.", in: readmission{}, out: ReadmitReport{}},
		{method: get, path: "/operator/acts", id: "listActs", about: "What operators did, youngest first.", in: limitQuery{}, out: actsPage{}},
		{method: post, path: "/operator/messages/{id}/replay", id: "replayMessage", about: "Sends a message again, under the same id.", in: messagePath{}, out: messageStory{}},
		{method: get, path: "/operator/export", id: "export", about: "The ledger or the credits as CSV.", in: exportQuery{}, out: "", media: "text/csv"},
	}
}

func hubSpotOperations() []apiOperation {
	post := http.MethodPost
	return []apiOperation{
		{method: post, path: "/hubspot/webhooks", id: "hubspotWebhooks", about: "Takes up to 100 events of a webhook subscription.", in: []map[string]any{}, out: noticeCounts{}},
		{method: http.MethodGet, path: "/hubspot/workflow", id: "hubspotWorkflowQuery", about: "Takes the properties of a workflow's contact as query parameters.", out: workflowStatus{}},
		{method: post, path: "/hubspot/workflow", id: "hubspotWorkflow", about: "Takes the enrolled contact of a workflow.", in: map[string]any{}, out: workflowStatus{}},
		{method: post, path: "/hubspot/actions/route", id: "hubspotAction", about: "Runs the custom workflow action.", in: map[string]any{}, out: actionAnswer{}},
		{method: post, path: "/hubspot/actions/options", id: "hubspotActionOptions", about: "The strategies to choose from.", in: map[string]any{}, out: actionOptions{}},
	}
}

func feedOperations() []apiOperation {
	return []apiOperation{
		{method: http.MethodPost, path: "/feeds/{name}", id: "feed", about: "Takes one event or a list of events, signed as Standard Webhooks says.", in: feedMessage{}, out: feedAnswer{}, status: http.StatusAccepted},
		{method: http.MethodGet, path: "/feeds/{name}/deliveries/{id}", id: "getFeedDelivery", about: "What became of one event.", in: feedDeliveryPath{}, out: feedDelivery{}},
	}
}

func healthOperations() []apiOperation {
	get := http.MethodGet
	return []apiOperation{
		{method: get, path: "/healthz", id: "alive", about: "Whether the process is alive.", out: healthy{}},
		{method: get, path: "/readyz", id: "ready", about: "Whether it can accept; 503 names the part that is missing.", out: healthy{}},
		{method: get, path: "/metrics", id: "metrics", about: "Figures for Prometheus.", out: "", media: "text/plain"},
		{method: get, path: "/openapi.json", id: "openapi", about: "The part for Salesforce Flows.", out: map[string]any{}},
		{method: get, path: "/openapi-admin.json", id: "openapiAdmin", about: "This document.", out: map[string]any{}},
	}
}
