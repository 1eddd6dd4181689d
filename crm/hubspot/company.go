package hubspot

import (
	"context"
	"fmt"

	"github.com/onward-crm/onward/crm"
)

// Company is a company in HubSpot.
type Company struct {
	// ID is the company's present id.
	ID int64
	// Properties are the present values of those asked for; blank ones are left out.
	Properties map[string]string
}

// String names the company by its id alone.
func (c Company) String() string { return fmt.Sprintf("company %d", c.ID) }

// Companies reads companies with the named properties, 100 a call, by the ids that
// were asked for. Missing ones are left out. Errors are *crm.Error.
func (c *Client) Companies(ctx context.Context, ids []int64, properties []string) (map[int64]Company, error) {
	found, err := c.byIDs(ctx, crm.ObjectAccount, ids, readRequest{Properties: withOwn(properties)})
	if err != nil {
		return nil, err
	}
	out := make(map[int64]Company, len(found))
	for n, a := range found {
		out[n] = Company{ID: int64(a.record.ID), Properties: plain(a.record.Properties)}
	}
	return out, nil
}
