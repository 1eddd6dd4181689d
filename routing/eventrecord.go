package routing

import (
	"strconv"
	"strings"

	"github.com/onward-crm/onward/crm"
)

// maxExplanation is the length of the event record's explanation field.
const maxExplanation = 32000

// eventWrite is the event record as far as the decision knows it; Conclude adds
// what became of it. A record that the sender made is updated, any other is
// upserted by its key.
func (d *decision) eventWrite() *crm.Write {
	set := make(crm.Fields, 28)
	fields := d.p.cfg.Fields.Event
	d.preset(set, crm.ObjectJobChange)
	p := &d.plan
	put(set, fields[ValueKind], string(p.Kind))
	put(set, fields[ValueStrategy], string(p.Strategy))
	put(set, fields[ValueMode], string(p.Mode))
	put(set, fields[ValuePastAccount], p.PastAccountID)
	put(set, fields[ValueNewAccount], p.AccountID)
	put(set, fields[ValueRelationship], p.Relationship)
	put(set, fields[ValuePersona], p.Persona)
	put(set, fields[ValueSignal], string(p.Signal))
	put(set, fields[ValueConfiguration], p.Configuration)
	put(set, fields[ValueOccurredOn], crm.FormatDate(d.ev.OccurredAt))
	put(set, fields[ValueSource], d.ev.Source)
	put(set, fields[ValueConfig], p.Config)
	put(set, fields[ValueDecision], p.Move)
	if field := fields[ValueFlags]; field != "" {
		set[field] = joinReasons(p.Flags) // blank as well: a later decision may have none
	}
	if field := fields[ValueOpen]; field != "" {
		set[field] = crm.FormatBool(p.Open)
	}
	if p.Past != nil && p.Past.Object == crm.ObjectLead {
		put(set, fields[ValuePastLead], p.Past.ID)
	} else if p.Past != nil {
		put(set, fields[ValuePastContact], p.Past.ID)
	}
	d.eventPlaces(set, fields)
	if len(p.DRI) > 0 {
		put(set, fields[ValueOwnerManager], p.DRI[0].RecordManagerID)
	}
	w := &crm.Write{Key: keyOf("event", p.Move), Verb: crm.VerbUpsert, Object: crm.ObjectJobChange, Set: set}
	if d.ev.RecordID != "" {
		w.Verb, w.ID = crm.VerbUpdate, d.ev.RecordID
	}
	return w
}

func (d *decision) eventPlaces(set crm.Fields, fields map[string]string) {
	if to := d.ev.To; to != nil {
		put(set, fields[ValueNewCompany], d.companyName())
		put(set, fields[ValueNewDomain], to.Domain)
		put(set, fields[ValueNewTitle], to.Title)
		put(set, fields[ValueAccountTier], string(d.m.Account.Tier))
		if field := fields[ValueConfidence]; field != "" && d.m.Account.Confidence > 0 {
			set[field] = strconv.FormatFloat(d.m.Account.Confidence, 'f', 4, 64)
		}
	}
	company, title := d.before()
	put(set, fields[ValueOldCompany], company)
	put(set, fields[ValueOldTitle], title)
}

// before is where the person was and as what: as reported, else as the past
// record has it; the title also as the record that is enriched bore it (RT12).
func (d *decision) before() (company, title string) {
	from, past := d.ev.From, d.m.Past
	if from != nil {
		company, title = from.Company, from.Title
	}
	if past != nil && (from == nil || d.m.AtFrom) {
		company, title = firstOf(company, companyOf(*d.f, past).Name), firstOf(title, past.Title)
	}
	return company, firstOf(title, d.record.Title)
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// joinReasons writes flags as one text that fits a text field of 255.
func joinReasons(flags []Reason) string {
	texts := make([]string, len(flags))
	for i, f := range flags {
		texts[i] = string(f)
	}
	return clipText(strings.Join(texts, ";"), 255)
}

// clipText cuts a text of ours (never a customer's value) to a field's length.
func clipText(s string, limit int) string {
	runes := []rune(s)
	if len(runes) <= limit {
		return s
	}
	return string(runes[:limit-1]) + "…"
}
