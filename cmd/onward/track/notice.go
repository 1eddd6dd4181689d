package track

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/onward-crm/onward/dri/digest"
	"github.com/onward-crm/onward/routing/notify"
	"github.com/onward-crm/onward/tracking/contacts"
)

// ChampionWatch tells the named admin once a week that more champions are missing.
type ChampionWatch struct {
	Contacts *contacts.Service
	// Source gives the people who are looked at; it is asked only when a look is due.
	Source contacts.Source
	Alerts notify.Alerts
	// BaseURL is the org's address, to which record ids are added; "" for no links.
	BaseURL string
	Now     func() time.Time
}

// Look is one look: the job of a schedule. What could not be sent is tried again with the
// next one.
func (w ChampionWatch) Look(ctx context.Context) error {
	notice, due, err := w.Contacts.ChampionNotice(ctx, w.Source)
	if err != nil || !due {
		return err
	}
	state, err := w.Alerts.Send(ctx, w.Now(), "missing:"+digest.WeekOf(w.Now(), time.UTC).String(), w.message(notice))
	if err != nil || state == notify.StateDelayed || state == notify.StateClaimed {
		return err
	}
	return w.Contacts.Told(ctx, notice)
}

// message is what the admin reads: somebody a row, with the deals that they had a part in.
func (w ChampionWatch) message(n contacts.ChampionNotice) digest.Message {
	rows := make([]digest.Row, len(n.Missing))
	for i, c := range n.Missing {
		rows[i] = digest.Row{Person: digest.Party{ID: c.Person.RecordID, Name: nameOf(c.Person)}, Role: c.Person.Title}
		if w.BaseURL != "" && c.Person.RecordID != "" {
			rows[i].Person.URL = strings.TrimSuffix(w.BaseURL, "/") + "/" + c.Person.RecordID
		}
		for _, d := range c.Deals {
			text := "contact of a customer account"
			if d.OpportunityID != "" {
				text = strings.TrimSpace(d.Role + " on " + d.Name)
			}
			if d.Account != "" {
				text += ", " + d.Account
			}
			rows[i].Notes = append(rows[i].Notes, text)
		}
	}
	return digest.Alert(digest.Party{ID: n.To}, strings.ToUpper(count(len(n.Missing))[:1])+count(len(n.Missing))[1:],
		fmt.Sprintf("They had a part in your deals, and nobody tracks them; at the last look there were %d. "+
			"Import them, or say that somebody is none: onward track missing, onward track dismiss.", n.Before), rows)
}
