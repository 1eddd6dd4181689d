package peopledatalabs

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
)

// enrichment are the parameters of a question about one person; false when too
// little is known to ask. Blank ones are left out, as the API wants it.
func (c *Client) enrichment(p tracking.Person) (url.Values, bool) {
	q := url.Values{}
	if slug, ok := matching.LinkedInPerson(p.LinkedIn); ok {
		q.Set("profile", "linkedin.com"+slug)
	}
	for _, address := range p.Emails {
		if e, ok := matching.ParseEmail(address); ok && !e.Role {
			q.Add("email", e.Address)
		}
	}
	name := matching.ParsePersonName(p.FirstName, p.LastName, "")
	if name.Complete() {
		q.Set("first_name", p.FirstName)
		q.Set("last_name", p.LastName)
	}
	if p.Company.Name != "" {
		q.Set("company", p.Company.Name)
	} else if d, ok := matching.ParseDomain(p.Company.Domain); ok && d.Usable() {
		q.Set("company", d.Registrable)
	}
	if !q.Has("profile") && !q.Has("email") && !(name.Complete() && q.Has("company")) {
		return nil, false
	}
	q.Set("min_likelihood", strconv.Itoa(c.opt.MinLikelihood))
	q.Set("titlecase", "true")
	q.Set("data_include", fields)
	return q, true
}

// clause is a part of an Elasticsearch query.
type clause map[string]any

// search is the query for people of a persona at a company; false when the company
// has no name that the API could look for. It narrows: whether a title fits is asked
// again afterwards, since the API compares letters and personas compare meanings.
func search(at matching.Company, p tracking.Persona) (clause, bool) {
	place, ok := workplace(at)
	if !ok {
		return nil, false
	}
	must := []clause{place}
	if levels := levelsOf(p.Seniority); len(levels) > 0 {
		must = append(must, clause{"terms": clause{"job_title_levels": levels}})
	}
	if titles := titleClauses(p.Include); len(titles) > 0 {
		must = append(must, clause{"bool": clause{"should": titles}})
	}
	return clause{"bool": clause{"must": must}}, true
}

// workplace looks for the company by the strongest of its names.
func workplace(at matching.Company) (clause, bool) {
	if d, ok := matching.ParseDomain(at.Domain); ok && d.Usable() {
		return clause{"term": clause{"job_company_website": d.Registrable}}, true
	}
	if slug, ok := matching.LinkedInCompany(at.LinkedIn); ok {
		return clause{"term": clause{"job_company_linkedin_url": "linkedin.com/company/" + slug}}, true
	}
	if name := strings.ToLower(strings.TrimSpace(at.Name)); name != "" {
		return clause{"term": clause{"job_company_name": name}}, true
	}
	return nil, false
}

// levels are the API's words (job_title_levels) for ours. Levels that it cuts in
// another way are not there, and do not narrow.
var levels = map[tracking.Seniority][]string{
	tracking.SeniorityCXO: {"cxo", "owner", "partner"}, tracking.SeniorityVP: {"vp"}, tracking.SeniorityDirector: {"director"},
	tracking.SeniorityManager: {"manager"},
}

// levelsOf are the API's levels for all of a list; none when one of them has none.
func levelsOf(list []tracking.Seniority) []string {
	var out []string
	for _, s := range list {
		if len(levels[s]) == 0 {
			return nil
		}
		out = append(out, levels[s]...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// titleClauses are one clause for each phrase: its level, and its long words, which
// nobody abbreviates. One phrase of which neither is known lets all titles through.
func titleClauses(include []tracking.Phrase) []clause {
	var out []clause
	for _, phrase := range include {
		var must []clause
		if own := levels[tracking.SeniorityOf(phrase.Text)]; len(own) > 0 {
			must = append(must, clause{"terms": clause{"job_title_levels": own}})
		}
		for _, word := range strings.Fields(tracking.NormalizeTitle(phrase.Text)) {
			if longWord(word) && strings.Contains(matching.Fold(phrase.Text), word) && len(levels[tracking.SeniorityOf(word)]) == 0 {
				must = append(must, clause{"wildcard": clause{"job_title": "*" + word + "*"}})
			}
		}
		if len(must) == 0 {
			return nil
		}
		out = append(out, clause{"bool": clause{"must": must}})
	}
	return out
}

// longWord tells words that stand in titles as they are: long, and of letters that
// need no folding.
func longWord(word string) bool {
	const long = 5
	return len(word) >= long && strings.Trim(word, "abcdefghijklmnopqrstuvwxyz") == ""
}
