package hubspot

import (
	"context"
	"net/url"
	"regexp"

	"github.com/onward-crm/onward/crm"
)

// callbackForm is what a callback's id looks like, such as "ap-102670506-56776413549-7-1".
var callbackForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.~:+=-]{0,199}$`)

// completion is the body that ends a waiting action.
type completion struct {
	OutputFields map[string]string `json:"outputFields"`
	// TypedOutputs is asked for by the published schema, and always empty.
	TypedOutputs struct{} `json:"typedOutputs"`
}

// CompleteAction ends an action of a workflow that was answered with BLOCK. fields are
// its outputs, hs_execution_state among them. The call is made once: an answer that was
// lost is crm.ErrUnknownOutcome, and a callback that is over or unknown is
// crm.ErrNotFound. To end it twice does no harm. Errors are *crm.Error.
func (c *Client) CompleteAction(ctx context.Context, callbackID string, fields map[string]string) error {
	k := call{op: "write", object: "Callback", name: "complete action"}
	if !callbackForm.MatchString(callbackID) {
		return &crm.Error{Op: k.op, Object: k.object, Class: crm.ErrInvalid, Code: codeBadID}
	}
	k.path = c.actions() + "/callbacks/" + url.PathEscape(callbackID) + "/complete"
	k.body = completion{OutputFields: fields}
	_, err := c.do(ctx, k, nil)
	return err
}
