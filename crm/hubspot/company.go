package hubspot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/onward-crm/onward/crm"
)

// Company is a company in HubSpot.
type Company struct {
	ID int64
	// Properties are the present values of those asked for; blank ones are left out.
	Properties map[string]string
}

// String names the company by its id alone.
func (c Company) String() string { return fmt.Sprintf("company %d", c.ID) }

const (
	// primaryCompany is the type of the link from a contact to its primary company.
	primaryCompany = 1
	hubSpotDefined = "HUBSPOT_DEFINED"
	// maxLinks is how many records' links one call reads at most, maxPages how many
	// pages of them are followed.
	maxLinks = 1000
	maxPages = 20
)

// categoryMissing is the category of the error of a record that is not there.
const categoryMissing = "OBJECT_NOT_FOUND"

// Companies reads companies with the named properties, 100 a call, by the ids that
// were asked for. Missing ones are left out. Errors are *crm.Error.
func (c *Client) Companies(ctx context.Context, ids []int64, properties []string) (map[int64]Company, error) {
	ask := withOwn(properties)
	out := make(map[int64]Company, len(ids))
	for chunk := range slices.Chunk(distinct(ids), maxRead) {
		records, err := c.read(ctx, objectCompany, chunk, readRequest{Properties: ask})
		if err != nil {
			return nil, err
		}
		contacts := map[int64]Contact{}
		assign(contacts, chunk, records)
		for n, found := range contacts {
			out[n] = Company{ID: found.ID, Properties: found.Properties}
		}
	}
	return out, nil
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
		Paging struct {
			Next struct {
				After text `json:"after"`
			} `json:"next"`
		} `json:"paging"`
	} `json:"results"`
	Errors []batchError `json:"errors"`
}

// PrimaryCompany tells the primary company of each contact. Contacts without one are
// missing from the answer. Errors are *crm.Error.
func (c *Client) PrimaryCompany(ctx context.Context, contacts []int64) (map[int64]int64, error) {
	out := make(map[int64]int64, len(contacts))
	for chunk := range slices.Chunk(distinct(contacts), maxLinks) {
		inputs := make([]readInput, len(chunk))
		for i, n := range chunk {
			inputs[i] = readInput{ID: formatID(n)}
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
func (c *Client) links(ctx context.Context, inputs []readInput, out map[int64]int64) ([]readInput, error) {
	k := call{
		op: "find", object: objectCompany, name: "read associations", repeat: true,
		path: c.associations("contacts", "companies") + "/batch/read",
		body: struct {
			Inputs []readInput `json:"inputs"`
		}{inputs},
	}
	var a linksAnswer
	r, err := c.post(ctx, k, &a)
	if err != nil {
		if errors.Is(err, crm.ErrNotFound) && isMissing(r) {
			return nil, nil // none of them has a company
		}
		return nil, err
	}
	if err := inBatch(k, a.Errors); err != nil {
		return nil, err
	}
	var more []readInput
	for _, from := range a.Results {
		for _, to := range from.To {
			for _, t := range to.Types {
				if t.TypeID == primaryCompany && (t.Category == hubSpotDefined || t.Category == "") {
					out[int64(from.From.ID)] = int64(to.ID)
				}
			}
		}
		if after := string(from.Paging.Next.After); after != "" && out[int64(from.From.ID)] == 0 {
			more = append(more, readInput{ID: formatID(int64(from.From.ID)), After: after})
		}
	}
	return more, nil
}

// isMissing tells a 404 about records from one about a path that is wrong: the first
// has the category of a missing record or of a batch.
func isMissing(r *reply) bool {
	var p problem
	return r != nil && r.status == http.StatusNotFound && json.Unmarshal(r.body, &p) == nil && p.Category == categoryMissing
}
