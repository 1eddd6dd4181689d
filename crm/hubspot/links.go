package hubspot

import (
	"context"
	"errors"
	"slices"

	"github.com/onward-crm/onward/crm"
)

const (
	// primaryCompany is the type of the link from a contact to its primary company.
	primaryCompany = 1
	hubSpotDefined = "HUBSPOT_DEFINED"
	// maxLinks is how many records' links one call reads at most, maxPages how many
	// pages of them are followed.
	maxLinks = 1000
	maxPages = 20
)

// linksRequest is the body of a batch read of associations.
type linksRequest struct {
	Inputs []linksInput `json:"inputs"`
}

type linksInput struct {
	ID    string `json:"id"`
	After string `json:"after,omitempty"`
}

// linksAnswer is the answer to a batch read of associations.
type linksAnswer struct {
	Results []struct {
		From struct {
			ID id `json:"id"`
		} `json:"from"`
		To []struct {
			ID    id `json:"toObjectId"`
			Types []struct {
				Category string `json:"category"`
				TypeID   int    `json:"typeId"`
			} `json:"associationTypes"`
		} `json:"to"`
		Paging paging `json:"paging"`
	} `json:"results"`
	Errors []batchError `json:"errors"`
}

// paging tells where an answer goes on.
type paging struct {
	Next struct {
		After text `json:"after"`
	} `json:"next"`
}

// PrimaryCompany tells the primary company of each contact. Contacts without one are
// missing from the answer. It costs one call for 1,000 contacts. Errors are
// *crm.Error.
func (c *Client) PrimaryCompany(ctx context.Context, contacts []int64) (map[int64]int64, error) {
	out := make(map[int64]int64, len(contacts))
	for chunk := range slices.Chunk(distinct(contacts), maxLinks) {
		inputs := make([]linksInput, len(chunk))
		for i, n := range chunk {
			inputs[i] = linksInput{ID: formatID(n)}
		}
		for page := 0; len(inputs) > 0 && page < maxPages; page++ {
			next, err := c.links(ctx, inputs, out)
			if err != nil {
				return nil, err
			}
			inputs = next
		}
	}
	return out, nil
}

// links reads one page of the links of contacts, and tells which have more.
func (c *Client) links(ctx context.Context, inputs []linksInput, out map[int64]int64) ([]linksInput, error) {
	k := call{
		op: "find", object: crm.ObjectAccount, name: "read associations", repeat: true,
		path: c.associations(kindContacts, kindCompanies) + "/batch/read", body: linksRequest{inputs},
	}
	var a linksAnswer
	r, err := c.do(ctx, k, &a)
	if err != nil {
		if errors.Is(err, crm.ErrNotFound) && isMissing(r) {
			return nil, nil // none of them has a company
		}
		return nil, err
	}
	if err := inBatch(k, a.Errors); err != nil {
		return nil, err
	}
	var more []linksInput
	for _, from := range a.Results {
		n := int64(from.From.ID)
		for _, to := range from.To {
			for _, t := range to.Types {
				if t.TypeID == primaryCompany && (t.Category == hubSpotDefined || t.Category == "") {
					out[n] = int64(to.ID)
				}
			}
		}
		if after := string(from.Paging.Next.After); after != "" && out[n] == 0 {
			more = append(more, linksInput{ID: formatID(n), After: after})
		}
	}
	return more, nil
}
