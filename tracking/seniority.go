package tracking

import (
	"fmt"
	"slices"
	"strings"
)

// Seniority is the level of a job title.
type Seniority string

// The levels, lowest first.
const (
	SeniorityUnknown  Seniority = "" // no title
	SeniorityIntern   Seniority = "intern"
	SeniorityJunior   Seniority = "junior"
	SeniorityStaff    Seniority = "staff" // a title that names no level
	SenioritySenior   Seniority = "senior"
	SeniorityLead     Seniority = "lead"
	SeniorityManager  Seniority = "manager"
	SeniorityDirector Seniority = "director"
	SeniorityVP       Seniority = "vp"
	SeniorityCXO      Seniority = "cxo" // chief officers, managing directors, founders, owners
)

// Seniorities lists the levels, lowest first.
func Seniorities() []Seniority {
	return []Seniority{
		SeniorityIntern, SeniorityJunior, SeniorityStaff, SenioritySenior, SeniorityLead,
		SeniorityManager, SeniorityDirector, SeniorityVP, SeniorityCXO,
	}
}

// Rank is the place of a level, from 1; 0 when it is unknown.
func (s Seniority) Rank() int { return slices.Index(Seniorities(), s) + 1 }

// UnmarshalText reads a level; the error lists what is allowed.
func (s *Seniority) UnmarshalText(text []byte) error {
	level := Seniority(strings.ToLower(strings.TrimSpace(string(text))))
	if level.Rank() == 0 {
		return fmt.Errorf("tracking: unknown seniority %q; allowed are %s", clip(string(text)), list(Seniorities()))
	}
	*s = level
	return nil
}

// SeniorityOf returns the level of a title in any of several languages: the
// highest that its words name, staff when they name none. What follows "to"
// belongs to somebody else: the assistant to the CEO is staff.
func SeniorityOf(title string) Seniority {
	level, _ := grade(title)
	return level
}

// TitleRank orders titles by how high they stand, finer than [Seniority.Rank]: a
// senior director is above a director, an associate director below. Greater is
// higher; 0 means that there is no title.
func TitleRank(title string) int {
	_, rank := grade(title)
	return rank
}

// grade returns the level of a title and a finer figure, by which a senior
// director is above a director and an associate director below.
func grade(title string) (Seniority, int) {
	words := titleWords(title)
	if i := slices.Index(words, "to"); i > 0 {
		words = words[:i]
	}
	if len(words) == 0 {
		return SeniorityUnknown, 0
	}
	level := SeniorityUnknown
	for i := range words {
		if l := wordLevel(words, i); l.Rank() > level.Rank() {
			level = l
		}
	}
	if level == SeniorityUnknown {
		level = SeniorityStaff
	}
	return level, level.Rank()*10 + shade(words)
}

// shade is the finer figure within a level.
func shade(words []string) int {
	sum := 0
	for i, w := range words[:len(words)-1] {
		next := wordLevel(words, i+1).Rank()
		if next >= SeniorityManager.Rank() {
			sum += shades[w]
		}
	}
	return max(-4, min(sum, 4))
}

// shades raise or lower the level that follows them.
var shades = map[string]int{"executive": 4, "group": 3, "senior": 2, "regional": -1, "deputy": -2, "associate": -3, "assistant": -4}

// wordLevel is the level that one word of a title names, in its surroundings.
func wordLevel(words []string, i int) Seniority {
	before, after := "", ""
	if i > 0 {
		before = words[i-1]
	}
	if i+1 < len(words) {
		after = words[i+1]
	}
	w := words[i]
	switch {
	case w == "chief" && slices.Contains(words[i:], "officer"):
		return SeniorityCXO
	case chiefPairs[before+" "+w] || chiefPairs[w+" "+after]:
		return SeniorityCXO
	case w == "owner" && notOwners[before]:
		return SeniorityStaff
	case w == "lead" && notLeads[after]:
		return SeniorityStaff
	case w == "general" && after == "manager":
		return SeniorityDirector
	}
	if level, ok := levels[w]; ok {
		return level
	}
	return partLevel(w)
}

// chiefPairs are pairs of words that mean the head of a company.
var chiefPairs = map[string]bool{
	"managing director": true, "managing partner": true, "general partner": true, "director general": true,
	"directeur general": true, "directrice generale": true, "diretor geral": true, "diretora geral": true,
	"direttore generale": true, "consejero delegado": true, "amministratore delegato": true, "algemeen directeur": true,
	"генеральныи директор": true,
}

// notOwners own a product or a process, notLeads work on sales leads.
var (
	notOwners = map[string]bool{"product": true, "process": true, "service": true, "data": true, "system": true, "platform": true, "risk": true}
	notLeads  = map[string]bool{"generation": true, "gen": true, "management": true, "qualification": true, "nurturing": true}
)

// levels are the words that name a level, in folded form.
var levels = map[string]Seniority{
	"intern": SeniorityIntern, "internship": SeniorityIntern, "trainee": SeniorityIntern, "apprentice": SeniorityIntern,
	"student": SeniorityIntern, "volunteer": SeniorityIntern, "werkstudent": SeniorityIntern, "werkstudentin": SeniorityIntern,
	"praktikant": SeniorityIntern, "praktikantin": SeniorityIntern, "azubi": SeniorityIntern, "stagiaire": SeniorityIntern,
	"alternant": SeniorityIntern, "becario": SeniorityIntern, "becaria": SeniorityIntern, "stagista": SeniorityIntern,
	"estagiario": SeniorityIntern, "estagiaria": SeniorityIntern, "стажер": SeniorityIntern,

	"junior": SeniorityJunior, "graduate": SeniorityJunior, "младшии": SeniorityJunior,
	"senior": SenioritySenior, "старшии": SenioritySenior,
	"lead": SeniorityLead, "teamlead": SeniorityLead, "principal": SeniorityLead, "supervisor": SeniorityLead, "foreman": SeniorityLead,
	"teamleiter": SeniorityLead, "teamleiterin": SeniorityLead, "ведущии": SeniorityLead,

	"manager": SeniorityManager, "managerin": SeniorityManager, "gerente": SeniorityManager, "responsable": SeniorityManager, "responsabile": SeniorityManager,
	"leiter": SeniorityDirector, "leiterin": SeniorityDirector, "kierownik": SeniorityManager, "менеджер": SeniorityManager,

	"director": SeniorityDirector, "head": SeniorityDirector, "chief": SeniorityDirector, "directora": SeniorityDirector,
	"directeur": SeniorityDirector, "directrice": SeniorityDirector, "direktor": SeniorityDirector, "direktorin": SeniorityDirector,
	"direttore": SeniorityDirector, "direttrice": SeniorityDirector, "diretor": SeniorityDirector, "diretora": SeniorityDirector,
	"dyrektor": SeniorityDirector, "jefe": SeniorityDirector, "jefa": SeniorityDirector, "директор": SeniorityDirector, "руководитель": SeniorityDirector,

	"vp": SeniorityVP,

	"ceo": SeniorityCXO, "cfo": SeniorityCXO, "cto": SeniorityCXO, "coo": SeniorityCXO, "cmo": SeniorityCXO, "cio": SeniorityCXO,
	"ciso": SeniorityCXO, "cpo": SeniorityCXO, "cro": SeniorityCXO, "cco": SeniorityCXO, "cdo": SeniorityCXO, "chro": SeniorityCXO,
	"cso": SeniorityCXO, "clo": SeniorityCXO, "pdg": SeniorityCXO, "president": SeniorityCXO, "presidente": SeniorityCXO, "presidenta": SeniorityCXO,
	"chairman": SeniorityCXO, "chairwoman": SeniorityCXO, "chairperson": SeniorityCXO, "founder": SeniorityCXO, "cofounder": SeniorityCXO,
	"fondateur": SeniorityCXO, "fondatrice": SeniorityCXO, "fundador": SeniorityCXO, "fundadora": SeniorityCXO, "fondatore": SeniorityCXO,
	"grunder": SeniorityCXO, "grunderin": SeniorityCXO, "owner": SeniorityCXO, "inhaber": SeniorityCXO, "inhaberin": SeniorityCXO,
	"vorstand": SeniorityCXO, "vorstandin": SeniorityCXO, "gerant": SeniorityCXO, "gerante": SeniorityCXO, "socio": SeniorityCXO,
	"geschaftsfuhrer": SeniorityCXO, "geschaftsfuhrerin": SeniorityCXO, "geschaeftsfuehrer": SeniorityCXO, "geschaeftsfuehrerin": SeniorityCXO,
}

// part is a piece of a word that names a level, where words are compounds or not
// set apart.
type part struct {
	text  string
	level Seniority
}

// parts are tried in order: a vice-president's title holds the president's.
var parts = []part{
	{"副总裁", SeniorityVP}, {"副總裁", SeniorityVP}, {"副社長", SeniorityVP},
	{"代表取締役", SeniorityCXO}, {"社長", SeniorityCXO}, {"总裁", SeniorityCXO}, {"總裁", SeniorityCXO}, {"首席", SeniorityCXO},
	{"董事长", SeniorityCXO}, {"董事長", SeniorityCXO}, {"创始人", SeniorityCXO}, {"創始人", SeniorityCXO}, {"总经理", SeniorityCXO}, {"總經理", SeniorityCXO}, {"대표", SeniorityCXO},
	{"部長", SeniorityDirector}, {"部长", SeniorityDirector}, {"总监", SeniorityDirector}, {"總監", SeniorityDirector}, {"取締役", SeniorityDirector}, {"이사", SeniorityDirector},
	{"課長", SeniorityManager}, {"课长", SeniorityManager}, {"经理", SeniorityManager}, {"經理", SeniorityManager}, {"팀장", SeniorityManager}, {"マネージャー", SeniorityManager},
	{"主任", SeniorityLead}, {"实习", SeniorityIntern}, {"實習", SeniorityIntern}, {"인턴", SeniorityIntern},
}

func partLevel(word string) Seniority {
	if word[0] >= 0x80 {
		for _, p := range parts {
			if strings.Contains(word, p.text) {
				return p.level
			}
		}
	}
	if strings.HasSuffix(word, "leiter") || strings.HasSuffix(word, "leiterin") {
		return SeniorityManager // Vertriebsleiter, Projektleiterin
	}
	return SeniorityUnknown
}

// list joins the values of an enumeration for a message.
func list[T ~string](values []T) string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = string(v)
	}
	return strings.Join(texts, ", ")
}

// clip keeps an error message short whatever it quotes.
func clip(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
