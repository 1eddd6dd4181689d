package tracking

// Reason says why a classification or a persona came out as it did. The set is
// closed; a released reason never changes its meaning.
type Reason string

// Reasons of a Classification.
const (
	// ReasonNoDestination: the report names no new company.
	ReasonNoDestination Reason = "no_destination"
	// ReasonNoOrigin: nothing is known of where the person was.
	ReasonNoOrigin Reason = "no_origin"
	// ReasonPastCompanyUnknown: there is a past record, but it names no company.
	ReasonPastCompanyUnknown Reason = "past_company_unknown"
	// ReasonSameCompany: old and new company are one.
	ReasonSameCompany Reason = "same_company"
	// ReasonAcquired: the new company bought the old one.
	ReasonAcquired Reason = "acquired"
	// ReasonSameHierarchy: two accounts under one ultimate parent.
	ReasonSameHierarchy Reason = "same_hierarchy"
	// ReasonOtherCompany: the companies differ.
	ReasonOtherCompany Reason = "other_company"
	// ReasonCompanyUncertain: they may be one; the answer takes them for two.
	ReasonCompanyUncertain Reason = "company_uncertain"
	// ReasonSeniorityRises and ReasonTitleDiffers compare the titles.
	ReasonSeniorityRises Reason = "seniority_rises"
	ReasonTitleDiffers   Reason = "title_differs"
	// ReasonSpellingDiffers: one company, spelled in another way.
	ReasonSpellingDiffers Reason = "spelling_differs"
	// ReasonLastNameDiffers: another last name on the same LinkedIn profile.
	ReasonLastNameDiffers Reason = "last_name_differs"
	// ReasonBeenThereBefore: the history names the new company.
	ReasonBeenThereBefore Reason = "been_there_before"
	// ReasonOldRecordAtDestination: an old, marked record of the person is there.
	ReasonOldRecordAtDestination Reason = "old_record_at_destination"
	// ReasonSideRole: the new position is a seat on a board or advice.
	ReasonSideRole Reason = "side_role"
	// ReasonStillCurrent: the person still holds the old position.
	ReasonStillCurrent Reason = "still_current"
	// ReasonPastRecordElsewhere: the past record names another company than the
	// one that the report says the person comes from.
	ReasonPastRecordElsewhere Reason = "past_record_elsewhere"
)

// Reasons of Persona.Match.
const (
	// ReasonMatched: everything that the persona asks for holds.
	ReasonMatched Reason = "matched"
	// ReasonMatchedExact: an include marked exact is the whole title, which no
	// exclude can undo.
	ReasonMatchedExact Reason = "matched_exact"
	// ReasonExcluded: the title holds an excluded phrase.
	ReasonExcluded Reason = "excluded"
	// ReasonNotIncluded: the title holds none of the included phrases.
	ReasonNotIncluded Reason = "not_included"
	// ReasonTitleMissing: there is no title to judge.
	ReasonTitleMissing Reason = "title_missing"
	// ReasonSeniorityNotListed, ReasonDepartmentNotListed and
	// ReasonCountryNotListed: the persona asks for others.
	ReasonSeniorityNotListed  Reason = "seniority_not_listed"
	ReasonDepartmentNotListed Reason = "department_not_listed"
	ReasonCountryNotListed    Reason = "country_not_listed"
	// ReasonCountryUnknown: the persona asks for countries, the person has none.
	ReasonCountryUnknown Reason = "country_unknown"
	// ReasonNoPersona: none of several personas fits.
	ReasonNoPersona Reason = "no_persona"
)
