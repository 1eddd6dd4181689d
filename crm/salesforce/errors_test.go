package salesforce

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/crm"
)

// TestCR03Statuses is the total table of statuses without a code.
func TestCR03Statuses(t *testing.T) {
	singular := map[int]error{
		300: nil, 304: nil,
		401: crm.ErrAuth, 403: crm.ErrAuth, 404: crm.ErrNotFound, 408: crm.ErrUnavailable, 410: crm.ErrNotFound,
		412: crm.ErrStale, 420: crm.ErrUnavailable, 429: crm.ErrThrottled,
	}
	for status := range 1000 {
		want := crm.ErrUnavailable
		switch status / 100 {
		case 2:
			want = nil
		case 4:
			want = crm.ErrInvalid
		}
		if class, ok := singular[status]; ok {
			want = class
		}
		if got := classify(status, ""); got != want {
			t.Errorf("status %d: %v, want %v", status, got, want)
		}
		if got := classify(status, "CODE_OF_TOMORROW"); status/100 == 5 && got != crm.ErrUnavailable || status == 400 && got != crm.ErrInvalid ||
			status == 403 && got != crm.ErrDenied {
			t.Errorf("status %d with an unknown code: %v", status, got)
		}
	}
}

// TestCR03Codes is the total table of codes: their class, whether the client
// tries again, and that none is without a row here.
func TestCR03Codes(t *testing.T) {
	classes := map[error][]string{
		crm.ErrAuth: {"INVALID_SESSION_ID", "INVALID_AUTH_HEADER", "INVALID_LOGIN", "INVALID_OPERATION_WITH_EXPIRED_PASSWORD",
			"API_DISABLED_FOR_ORG", "API_CURRENTLY_DISABLED"},
		crm.ErrQuota:         {"REQUEST_LIMIT_EXCEEDED", "STORAGE_LIMIT_EXCEEDED", "LIMIT_EXCEEDED"},
		crm.ErrDenied:        {"FUNCTIONALITY_NOT_ENABLED", "FORBIDDEN", "INSUFFICIENT_ACCESS", "INSUFFICIENT_ACCESS_OR_READONLY"},
		crm.ErrNotVisible:    {"INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", "ENTITY_IS_LOCKED"},
		crm.ErrNotFound:      {"NOT_FOUND", "INVALID_TYPE", "UNSUPPORTED_API_VERSION"},
		crm.ErrStale:         {"ENTITY_IS_DELETED", "CANNOT_UPDATE_CONVERTED_LEAD", "ENTITY_IS_CHANGED", "PRECONDITION_FAILED"},
		crm.ErrLocked:        {"UNABLE_TO_LOCK_ROW"},
		crm.ErrDuplicate:     {"DUPLICATES_DETECTED"},
		crm.ErrInactiveOwner: {"INACTIVE_OWNER_OR_USER", "OP_WITH_INVALID_USER_TYPE_EXCEPTION", "TRANSFER_REQUIRES_READ"},
		crm.ErrInvalid: {"DUPLICATE_VALUE", "DUPLICATE_EXTERNAL_ID", "FIELD_CUSTOM_VALIDATION_EXCEPTION", "REQUIRED_FIELD_MISSING",
			"STRING_TOO_LONG", "INVALID_EMAIL_ADDRESS", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "INVALID_FIELD_FOR_INSERT_UPDATE",
			"NUMBER_OUTSIDE_VALID_RANGE", "FIELD_INTEGRITY_EXCEPTION", "FIELD_FILTER_VALIDATION_EXCEPTION",
			"CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "CANNOT_EXECUTE_FLOW_TRIGGER", "INVALID_FIELD", "MALFORMED_ID", "MALFORMED_QUERY",
			"MALFORMED_SEARCH", "JSON_PARSER_ERROR", "MISSING_ARGUMENT", "EXCEEDED_ID_LIMIT", "METHOD_NOT_ALLOWED", "URI_TOO_LONG",
			"CIRCULAR_DEPENDENCY", "INVALID_CROSS_REFERENCE_KEY"},
		crm.ErrUnavailable: {"SERVER_UNAVAILABLE", "QUERY_TIMEOUT", "UNKNOWN_EXCEPTION", "ALL_OR_NONE_OPERATION_ROLLED_BACK",
			"PROCESSING_HALTED", "temporarily_unavailable", "INVALID_QUERY_LOCATOR", "TXN_SECURITY_METERING_ERROR"},
		crm.ErrThrottled: {"rate_limit_exceeded"},
	}
	repeated := []error{crm.ErrQuota, crm.ErrLocked, crm.ErrUnavailable, crm.ErrThrottled}
	seen := map[string]bool{}
	for class, codes := range classes {
		for _, code := range codes {
			seen[code] = true
			for _, status := range []int{0, 200, 300, 400, 401, 403, 404, 500, 503} {
				if got := classify(status, code); got != class {
					t.Errorf("%d %s: %v, want %v", status, code, got, class)
				}
			}
			again := false
			for _, r := range repeated {
				again = again || class == r
			}
			if crm.Retryable(&crm.Error{Class: classify(400, code)}) != again {
				t.Errorf("%s: tried again %v", code, !again)
			}
		}
	}
	for code := range codeClass {
		if !seen[code] {
			t.Errorf("%s has a class and no row here", code)
		}
	}
}

// TestMessagesSharpenCodes: two codes stand for two things each.
func TestMessagesSharpenCodes(t *testing.T) {
	rows := []struct {
		code, message string
		want          error
	}{
		{"REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", crm.ErrQuota},
		{"REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded.", crm.ErrThrottled},
		{"REQUEST_LIMIT_EXCEEDED", "ConcurrentPerOrgLongTxn Limit exceeded.", crm.ErrThrottled},
		{"CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "T: execution of AfterInsert caused by: UNABLE_TO_LOCK_ROW", crm.ErrLocked},
		{"CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "T: execution of AfterInsert caused by: NullPointer", crm.ErrInvalid},
		{"CANNOT_EXECUTE_FLOW_TRIGGER", "The record couldn't be saved: UNABLE_TO_LOCK_ROW: unable to obtain exclusive access", crm.ErrLocked},
		{"CANNOT_EXECUTE_FLOW_TRIGGER", "The record couldn't be saved because it failed to trigger a flow", crm.ErrInvalid},
	}
	for _, row := range rows {
		if got := (wireError{ErrorCode: row.code, Message: row.message}).class(400); got != row.want {
			t.Errorf("%s: %v, want %v", row.message, got, row.want)
		}
	}
}

// TestItemErrors: what one record's errors become. The messages of the org stay
// out of ours, for they may hold values.
func TestItemErrors(t *testing.T) {
	secret := "value too long for ann@example.com"
	rows := []struct {
		name   string
		items  []wireError
		class  error
		code   string
		fields []string
	}{
		{"CR03 locked", []wireError{{StatusCode: "UNABLE_TO_LOCK_ROW"}}, crm.ErrLocked, "UNABLE_TO_LOCK_ROW", nil},
		{"CR07 hidden", []wireError{{StatusCode: "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"}}, crm.ErrNotVisible, "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", nil},
		{"CR06 duplicate", []wireError{{StatusCode: "DUPLICATES_DETECTED"}}, crm.ErrDuplicate, "DUPLICATES_DETECTED", nil},
		{"several of a kind", []wireError{
			{StatusCode: "REQUIRED_FIELD_MISSING", Fields: []string{"LastName"}},
			{StatusCode: "REQUIRED_FIELD_MISSING", Fields: []string{"Company"}},
			{StatusCode: "STRING_TOO_LONG", Fields: []string{"Title"}},
		}, crm.ErrInvalid, "REQUIRED_FIELD_MISSING", []string{"LastName", "Company"}},
		{"no such record", []wireError{{ErrorCode: "INVALID_CROSS_REFERENCE_KEY", Fields: []string{"Id"}}}, crm.ErrNotFound, "INVALID_CROSS_REFERENCE_KEY", []string{"Id"}},
		{"no such parent", []wireError{{ErrorCode: "INVALID_CROSS_REFERENCE_KEY", Fields: []string{"AccountId"}}}, crm.ErrInvalid, "INVALID_CROSS_REFERENCE_KEY", []string{"AccountId"}},
		{"nothing said", nil, crm.ErrInvalid, "NO_REASON_GIVEN", nil},
	}
	var g *Org
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			for i := range row.items {
				row.items[i].Message = secret
			}
			err := g.itemError("write", crm.ObjectLead, "k1", row.items)
			checkError(t, err, row.class, row.code, 0)
			e, _ := errors.AsType[*crm.Error](err)
			if diff := cmp.Diff(row.fields, e.Fields); diff != "" || e.Object != crm.ObjectLead || e.Key != "k1" {
				t.Errorf("%s%v", diff, e)
			}
			if strings.Contains(err.Error(), "ann@") {
				t.Error(err)
			}
		})
	}
}

// TestErrorBodies: every form in which errors come.
func TestErrorBodies(t *testing.T) {
	rows := []struct{ body, code string }{
		{`[{"message":"m","errorCode":"NOT_FOUND"}]`, "NOT_FOUND"},
		{`[{"message":"m","statusCode":"DUPLICATES_DETECTED","fields":[]}]`, "DUPLICATES_DETECTED"},
		{`{"message":"m","errorCode":"FORBIDDEN"}`, "FORBIDDEN"},
		{`{"error":"invalid_grant","error_description":"d"}`, "invalid_grant"},
		{`[{"actionName":"Route","errors":[{"statusCode":"CANNOT_EXECUTE_FLOW_TRIGGER","message":"m","fields":[]}],"isSuccess":false}]`, "CANNOT_EXECUTE_FLOW_TRIGGER"},
		{`Bad_OAuth_Token`, "INVALID_SESSION_ID"}, {"Bad_Oauth_Token\n", "INVALID_SESSION_ID"},
		{`<html>`, ""}, {``, ""}, {`[]`, ""}, {`"x"`, ""}, {`{"error":"Ann Lee"}`, ""}, {`[1]`, ""},
	}
	for _, row := range rows {
		code := ""
		if list := wireErrors([]byte(row.body)); len(list) > 0 {
			code = list[0].code()
		}
		if code != row.code {
			t.Errorf("%s: %q, want %q", row.body, code, row.code)
		}
	}
}

// TestDecode: a malformed answer names its call and shows nothing of its body.
func TestDecode(t *testing.T) {
	var into struct {
		ID string `json:"id"`
	}
	var g *Org
	for _, body := range []string{``, `{"id":"Ann`, `<html>Ann`, `{"id":{"Ann":1}}`, `{} Ann`} {
		for _, k := range []call{read("x"), post("x", "{}")} {
			err := g.decode(k, &reply{status: http.StatusOK, body: []byte(body)}, &into)
			class := crm.ErrUnknownOutcome
			if k.repeat {
				class = crm.ErrUnavailable
			}
			checkError(t, err, class, codeMalformed, 0)
			e, _ := errors.AsType[*crm.Error](err)
			if !strings.Contains(err.Error(), k.name) || strings.Contains(fmt.Sprint(err, e.Err), "Ann") {
				t.Errorf("%q: %v (%v)", body, err, e.Err)
			}
		}
	}
	if err := g.decode(read("x"), &reply{body: []byte(`{"id":"1"}`)}, &into); err != nil || into.ID != "1" {
		t.Error(err)
	}
}

// TestAdvice: whatever a person can mend says how.
func TestAdvice(t *testing.T) {
	for code, class := range codeClass {
		if class == crm.ErrDenied && classify(403, code) == crm.ErrDenied && strings.HasPrefix(code, "INSUFFICIENT") && advice(code) == "" {
			t.Errorf("%s: no advice", code)
		}
	}
	for _, reason := range oauthReasons {
		if advice(reason.code) == "" {
			t.Errorf("%s: no advice", reason.code)
		}
	}
	if advice("CODE_OF_TOMORROW") != "" {
		t.Error("advice on the unknown")
	}
}
