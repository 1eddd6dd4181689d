package track

import (
	"context"
	"fmt"
	"os"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/hubspot"
	"github.com/onward-crm/onward/crm/salesforce"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/contacts"
	"github.com/onward-crm/onward/tracking/hubspotlist"
	"github.com/onward-crm/onward/tracking/importfile"
	"github.com/onward-crm/onward/tracking/salesforcereport"
	"github.com/onward-crm/onward/tracking/sources"
)

// Reader is a CRM that automatic imports are read from.
type Reader = sources.Reader

// Sources open the lists of imports.
type Sources struct {
	// CRM gives the CRM of automatic imports, and Names its fields.
	CRM   func(context.Context) (Reader, error)
	Names crm.Names
	// Org and HubSpot give what reports and lists are read from.
	Org     func(context.Context) (*salesforce.Org, error)
	HubSpot func(context.Context) (*hubspot.Client, error)
	// Portal is what Portal says.
	Portal string
}

// Open opens the list of an import. The error of one that cannot be is a
// tracking.ErrConfig or an importfile.ErrFile.
func (s Sources) Open(ctx context.Context, imp tracking.Import) (contacts.Source, error) {
	switch imp.Kind {
	case tracking.ImportAutomatic:
		reader, err := s.CRM(ctx)
		if err != nil {
			return nil, err
		}
		return sources.Automatic(reader, s.Names, imp)
	case tracking.ImportReport:
		org, err := s.Org(ctx)
		if err != nil {
			return nil, err
		}
		return salesforcereport.New(org, imp), nil
	case tracking.ImportList:
		client, err := s.HubSpot(ctx)
		if err != nil {
			return nil, err
		}
		src := hubspotlist.New(client, imp)
		if s.Portal != "" {
			src = ofPortal{src, s.Portal}
		}
		return src, nil
	case tracking.ImportCSV:
		f, err := readFile(imp.Ref)
		if err != nil {
			return nil, err
		}
		return f.Source(imp.Mapping)
	}
	return nil, fmt.Errorf("track: no import is a %q", imp.Kind)
}

func readFile(path string) (*importfile.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", importfile.ErrFile, err)
	}
	defer f.Close()
	return importfile.Read(path, f)
}
