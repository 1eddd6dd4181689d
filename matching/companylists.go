package matching

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed data/company_words.txt
var companyWordsText string

//go:embed data/common_names.txt
var commonNamesText string

type wordLists struct {
	same                        map[string]string
	and, small, generic, noName map[string]bool
}

var (
	companyWords = sync.OnceValue(func() *wordLists {
		sections := readSections(companyWordsText)
		same := make(map[string]string)
		for _, line := range sections["same"] {
			left, right, _ := strings.Cut(line, " = ")
			same[left] = right
		}
		return &wordLists{
			same:    same,
			and:     setOf(sections["and"]),
			small:   setOf(sections["small"]),
			generic: setOf(sections["generic"]),
			noName:  setOf(sections["noname"]),
		}
	})
	commonNames = sync.OnceValue(func() map[string]bool { return setOf(readLines(commonNamesText)) })
)

func smallWords() map[string]bool   { return companyWords().small }
func genericWords() map[string]bool { return companyWords().generic }
func noNames() map[string]bool      { return companyWords().noName }

// readLines returns the lines of an embedded list without comments and blanks.
func readLines(text string) []string {
	var lines []string
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// readSections returns the lines under each [heading] of an embedded list.
func readSections(text string) map[string][]string {
	sections := make(map[string][]string)
	var name string
	for _, line := range readLines(text) {
		if line[0] == '[' {
			name = strings.Trim(line, "[]")
			continue
		}
		sections[name] = append(sections[name], line)
	}
	return sections
}

func setOf(lines []string) map[string]bool {
	set := make(map[string]bool, len(lines))
	for _, line := range lines {
		set[line] = true
	}
	return set
}
