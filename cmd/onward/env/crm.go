package env

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/crm/salesforce"
	"github.com/onward-crm/onward/internal/settings"
)

// What a --crm flag may say besides the name of a folder.
const (
	// Memory is the word for an embedded CRM without records.
	Memory = "memory"
	// Salesforce is the word for the org that the configuration names.
	Salesforce = "salesforce"
)

// CRM is a CRM that is open: an org, or records in memory; the other one is nil. Close it.
type CRM struct {
	Client *crm.Client
	Org    *salesforce.Org
	Memory *memcrm.CRM
}

// OpenCRM opens the CRM that a --crm flag names, or the settings where it is "".
func (e Env) OpenCRM(ctx context.Context, s settings.Settings, flag string) (*CRM, error) {
	from := Source(&s, flag)
	switch from {
	case "":
		return nil, exit.Usage(errors.New("which CRM? want --crm DIR, --crm salesforce, or crm in the configuration"))
	case Salesforce:
		org, err := Dial(ctx, s, &Dialing{Now: e.Now, Logger: e.Log()})
		if err != nil {
			return nil, err
		}
		return &CRM{Client: crm.NewClient(org, &crm.ClientOptions{Logger: e.Log()}), Org: org}, nil
	}
	memory, _, err := LoadCRM(from, s, e.Now)
	if err != nil {
		return nil, err
	}
	return &CRM{Client: crm.NewClient(memory, nil), Memory: memory}, nil
}

// Close lets go of the CRM; what was written to records in memory is not kept.
func (c *CRM) Close() error {
	if c.Org != nil {
		return c.Org.Close()
	}
	return nil
}

// Source is the CRM that a flag and the settings name: a folder, Memory, Salesforce, or ""
// for none. A folder named by the flag goes before a driver named by the settings, which
// are made to agree with what was chosen.
func Source(s *settings.Settings, flag string) string {
	switch {
	case flag == Salesforce, flag == "" && s.CRM.Driver == settings.DriverSalesforce:
		s.CRM.Driver = settings.DriverSalesforce
		return Salesforce
	case flag != "":
		s.CRM.Driver = settings.DriverMemory
		return flag
	}
	return s.CRM.Dir
}

// LoadCRM reads the records of a folder, or makes an empty CRM for Memory.
func LoadCRM(from string, s settings.Settings, now func() time.Time) (*memcrm.CRM, *memcrm.LoadReport, error) {
	o := &memcrm.Options{Names: s.Names, Now: now, User: s.Owners.Integration}
	if from == Memory {
		m := memcrm.New(o)
		if _, err := m.Add(crm.ObjectUser, crm.Fields{"LastName": "Owner", "FirstName": "Default", "Name": "Default Owner", "IsActive": "true"}); err != nil {
			return nil, nil, exit.Trouble(err)
		}
		return m, &memcrm.LoadReport{}, nil
	}
	m, report, err := memcrm.Load(from, o)
	if err != nil {
		return nil, nil, exit.Trouble(err)
	}
	if len(report.Files) == 0 {
		return nil, nil, exit.Usage(fmt.Errorf("%s holds no CRM files, want Account.csv, Contact.csv, Lead.csv, User.csv …", from))
	}
	return m, report, nil
}
