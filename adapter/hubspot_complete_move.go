package adapter

import (
	"slices"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/routing"
)

// news is what a report says has changed, by the property that holds it.
type news string

const (
	newsCompany news = propCompany
	newsLinked  news = propLinked
	newsMail    news = propEmail
	newsTitle   news = propTitle
)

// newsOf is what a pointer tells of; "" when it is not about a position.
func newsOf(p routing.Pointer) news {
	switch p.Kind {
	case kindAssociation:
		return newsLinked
	case kindEnrolled:
		return newsCompany
	}
	if n := news(p.Property); slices.Contains([]news{newsCompany, newsLinked, newsMail, newsTitle}, n) {
		return n
	}
	return ""
}

// completed makes a whole report of one that points at a contact. Whoever enrolled a
// contact wants an answer in any case; a change that a subscription tells of is a move
// only when it is known where the person was before, because every new contact is
// followed by "changes" of all its properties.
func completed(ev routing.Event, f contactFacts) routing.Completed {
	asked := ev.Pointer.Kind == kindEnrolled
	lead := f.leading(newsOf(*ev.Pointer))
	var from, to *routing.Place
	if lead == newsTitle {
		from, to = f.promotion()
	} else {
		from, to = f.move(lead)
	}
	if !asked && (from == nil || to == nil) || from == nil && to == nil && ev.To == nil {
		return routing.Completed{Skip: routing.ReasonNoMove}
	}
	whole := ev
	whole.Pointer = nil
	whole.Person = overPerson(f.person(to), ev.Person)
	whole.From, whole.To = overPlace(from, ev.From), overPlace(to, ev.To)
	return routing.Completed{Event: whole}
}

// leading is what says where the person is now: what changed last of the company's
// name, the linked company and the work address. All reports of one edit have the same
// answer, so that one move comes of them. A title leads when nothing else changed
// with it.
func (f contactFacts) leading(n news) news {
	own, best := f.change(n), n
	last := own
	for _, c := range []news{newsLinked, newsCompany, newsMail} {
		other := f.change(c)
		if c == n || other.before == "" || own.at.IsZero() || !f.telling(c) {
			continue
		}
		first := best == n && own.before == "" // n itself was only filled in
		switch {
		case n == newsTitle && !other.with(own):
		case other.at.After(last.at), other.with(own) && (first || best == newsTitle):
			best, last = c, other
		}
	}
	return best
}

// telling reports whether what is known now by that way says anything.
func (f contactFacts) telling(n news) bool {
	switch n {
	case newsLinked:
		return !f.at.none()
	case newsMail:
		return workHost(f.mail.now) != ""
	}
	return f.company.now != ""
}

// move is where the person was and is. Either is nil when nothing tells.
func (f contactFacts) move(lead news) (from, to *routing.Place) {
	now, before := f.now(lead), f.before(lead)
	if now.none() {
		return nil, nil
	}
	to = &routing.Place{
		Company: now.name, Domain: now.domain, Title: f.job.now, Phone: f.contact.Properties["phone"],
		Country: f.contact.Properties["country"], State: f.contact.Properties["state"], City: f.contact.Properties["city"],
	}
	last := f.change(lead)
	if e, ok := matching.ParseEmail(f.mail.now); ok && (now.hasAddress(f.mail.now) || f.mail.with(last) && workHost(f.mail.now) != "") {
		to.Email = e.Address
	}
	if before.none() || before == now || before.domain != "" && before.domain == now.domain {
		return nil, to
	}
	from = &routing.Place{Company: before.name, Domain: before.domain}
	if f.job.with(last) {
		from.Title = f.job.before
	}
	return from, to
}

func (f contactFacts) change(lead news) change {
	switch lead {
	case newsLinked:
		return f.linked
	case newsMail:
		return f.mail
	case newsTitle:
		return f.job
	}
	return f.company
}

// now is the present employer by what leads; the others add what does not contradict.
func (f contactFacts) now(lead news) employer {
	fits := f.at.is(f.company.now)
	switch {
	case lead == newsMail && f.at.hasAddress(f.mail.now):
		return f.at
	case lead == newsMail && workHost(f.mail.now) != "":
		e := employer{domain: workHost(f.mail.now)}
		if f.company.with(f.mail) {
			e.name = f.company.now
		}
		return e
	case lead == newsMail:
		return employer{} // a private address says nothing
	case lead == newsLinked, f.company.now == "":
		return f.at
	case fits:
		return employer{name: f.company.now, domain: f.at.domain}
	}
	return employer{name: f.company.now}
}

// before is the employer before, by what leads.
func (f contactFacts) before(lead news) employer {
	e := employer{name: f.company.before}
	switch lead {
	case newsLinked:
		switch {
		case !f.was.none():
			return f.was
		case f.linked.now != "" && f.linked.before == "":
			return employer{} // the first company that the contact was linked to
		case f.company.now != "" && !f.at.is(f.company.now):
			e.name = f.company.now // nobody has changed the name yet
		}
		return e
	case newsMail:
		e.domain = workHost(f.mail.before)
		switch {
		case f.was.hasAddress(f.mail.before):
			return f.was
		case f.at.hasAddress(f.mail.before):
			return f.at // nobody has linked the new company yet
		case !f.company.with(f.mail):
			e.name = ""
		}
		return e
	}
	switch {
	case e.name == "":
		return employer{} // the first name that the contact was given
	case f.was.is(e.name):
		e.domain = f.was.domain
	case f.at.is(e.name):
		e.domain = f.at.domain // nobody has linked the new company yet
	case f.mail.with(f.company):
		e.domain = workHost(f.mail.before)
	}
	return e
}

// promotion is a change of title at one company.
func (f contactFacts) promotion() (from, to *routing.Place) {
	if f.job.now == "" || f.job.before == "" {
		return nil, nil
	}
	lead := newsCompany
	if f.company.now == "" {
		lead = newsLinked
	}
	_, to = f.move(lead)
	if to == nil {
		return nil, nil
	}
	return &routing.Place{Company: to.Company, Domain: to.Domain, Title: f.job.before}, to
}

// overPerson lays what a report says of the person over what was fetched. The id is
// the contact's present one.
func overPerson(p, said routing.Person) routing.Person {
	for _, part := range []struct{ have, said *string }{
		{&p.FirstName, &said.FirstName}, {&p.LastName, &said.LastName}, {&p.FullName, &said.FullName},
		{&p.LinkedInURL, &said.LinkedInURL}, {&p.CRMID, &said.CRMID}, {&p.Email, &said.Email},
	} {
		over(part.have, *part.said)
	}
	for _, email := range said.Emails {
		if !slices.Contains(p.Emails, email) {
			p.Emails = append(p.Emails, email)
		}
	}
	return p
}

// overPlace lays what a report says of a place over what was fetched.
func overPlace(p, said *routing.Place) *routing.Place {
	if said == nil {
		return p
	}
	if p == nil {
		p = &routing.Place{}
	}
	for _, part := range []struct{ have, said *string }{
		{&p.Company, &said.Company}, {&p.Domain, &said.Domain}, {&p.Email, &said.Email}, {&p.AccountID, &said.AccountID},
		{&p.CompanyLinkedInURL, &said.CompanyLinkedInURL}, {&p.Title, &said.Title}, {&p.Country, &said.Country},
		{&p.State, &said.State}, {&p.City, &said.City}, {&p.Phone, &said.Phone},
	} {
		over(part.have, *part.said)
	}
	if !said.StartedOn.IsZero() {
		p.StartedOn = said.StartedOn
	}
	if !said.LeftOn.IsZero() {
		p.LeftOn = said.LeftOn
	}
	return p
}

func over(have *string, said string) {
	if said != "" {
		*have = said
	}
}
