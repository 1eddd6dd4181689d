package letter

import (
	"fmt"
	"strings"

	"github.com/onward-crm/onward/dri/digest"
)

// Slack's limits; https://docs.slack.dev/reference/block-kit/blocks.
const (
	// MaxBlocks is the number of blocks in a message.
	MaxBlocks = 50
	// MaxSectionText and MaxHeaderText are the lengths of texts, in characters, with
	// what escaping adds.
	MaxSectionText = 3000
	MaxHeaderText  = 150
)

// Chat is a message for Slack and for what speaks like it. Encoded as JSON it is the
// body of an incoming webhook, and with a channel that of chat.postMessage.
type Chat struct {
	// Text stands in notifications, and where blocks are not shown.
	Text   string  `json:"text"`
	Blocks []Block `json:"blocks"`
}

// Block is a header, section, divider or context block.
type Block struct {
	Type     string      `json:"type"`
	Text     *BlockText  `json:"text,omitempty"`
	Elements []BlockText `json:"elements,omitempty"`
}

// BlockText is a text of a block: "plain_text" or "mrkdwn".
type BlockText struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// Slack makes blocks of a message, within Slack's limits: what does not fit is told by
// number.
func Slack(m digest.Message) Chat {
	m = cut(m)
	c := Chat{Text: mrkdwn(orName(clean(m.Subject)))}
	c.add("header", "plain_text", clip(orName(clean(m.Title)), MaxHeaderText))
	var head []string
	if lead := clean(m.Lead); lead != "" {
		head = append(head, mrkdwn(lead))
	}
	if figures := figuresOf(m.Counts); figures != "" {
		head = append(head, "*"+mrkdwn(figures)+"*")
	}
	if len(head) > 0 {
		c.add("section", "mrkdwn", strings.Join(head, "\n"))
	}
	hidden := 0
	for _, s := range m.Sections {
		hidden += c.section(m, s)
	}
	var foot []string
	if hidden > 0 {
		foot = append(foot, fmt.Sprintf("%d more did not fit.", hidden))
	}
	if why := clean(m.Foot); why != "" {
		foot = append(foot, mrkdwn(why))
	}
	if len(foot) > 0 {
		c.Blocks = append(c.Blocks, Block{Type: "context", Elements: []BlockText{{"mrkdwn", strings.Join(foot, " ")}}})
	}
	return c
}

// add adds a block; Slack refuses those without a text.
func (c *Chat) add(kind, form, text string) {
	if text == "" {
		return
	}
	c.Blocks = append(c.Blocks, Block{Type: kind, Text: &BlockText{form, text}})
}

// section adds one section, in as many blocks as it needs, and returns how many of its
// rows found no room: two blocks are kept for the others and the end.
func (c *Chat) section(m digest.Message, s digest.Section) (hidden int) {
	lines := make([]string, 0, len(s.Rows)+2)
	for _, r := range s.Rows {
		lines = append(lines, mrkdwnRow(m, r))
	}
	if n := more(s); n > 0 {
		lines = append(lines, fmt.Sprintf("_… and %d more_", n))
	}
	text := ""
	if s.Title != "" {
		text = fmt.Sprintf("*%s (%d)*", mrkdwn(short(s.Title)), s.Total)
		if len(s.Counts) > 0 {
			text += "\n" + mrkdwn(figuresOf(s.Counts))
		}
	}
	if len(c.Blocks) >= MaxBlocks-2 {
		return s.Total
	}
	for i, line := range lines {
		if len([]rune(text))+1+len([]rune(line)) > MaxSectionText {
			c.add("section", "mrkdwn", text)
			if text = ""; len(c.Blocks) >= MaxBlocks-2 {
				return s.Total - i
			}
		}
		text = strings.TrimPrefix(text+"\n"+line, "\n")
	}
	c.add("section", "mrkdwn", text)
	return 0
}

// mrkdwnRow is one row. Where escaping and addresses make it longer than a block may
// be, it is written without addresses and shorter.
func mrkdwnRow(m digest.Message, r digest.Row) string {
	if line := (rowWriter{maxText, true}).row(m, r); len([]rune(line)) <= MaxSectionText/2 {
		return line
	}
	return rowWriter{maxText / 3, false}.row(m, r)
}

// rowWriter writes rows with texts of at most size characters, with links or without.
type rowWriter struct {
	size  int
	links bool
}

// maxEvents is the number of events of a row that chats show; a move has two.
const maxEvents = 3

func (w rowWriter) row(m digest.Message, r digest.Row) string {
	var b strings.Builder
	b.WriteString("• *" + w.party(r.Person) + "*")
	if r.Role != "" {
		b.WriteString(", " + w.text(r.Role))
	}
	for _, e := range r.Events[:min(len(r.Events), maxEvents)] {
		before, about, behind := phrase(e)
		b.WriteString(" — " + w.text(before) + " " + w.party(about))
		if behind != "" {
			b.WriteString(" (" + w.text(behind) + ")")
		}
	}
	var notes []string
	for _, n := range []string{notesOf(r), day(r.At, m.Zone)} {
		if n != "" {
			notes = append(notes, w.text(n))
		}
	}
	if len(notes) > 0 {
		b.WriteString("\n   _" + strings.Join(notes, " · ") + "_")
	}
	return b.String()
}

func (w rowWriter) text(s string) string { return mrkdwn(clip(clean(s), w.size)) }

// party writes a name, with its address where it has one.
func (w rowWriter) party(p digest.Party) string {
	text := mrkdwn(clip(name(p), w.size))
	if address := safe(p.URL); address != "" && w.links {
		// These end the address or the link, and no address needs them as they are.
		return "<" + addressEscapes.Replace(address) + "|" + strings.ReplaceAll(text, "|", "¦") + ">"
	}
	return text
}

// mrkdwn escapes what Slack reads as control characters, so that "<!channel>" in a
// name calls nobody.
func mrkdwn(s string) string {
	return textEscapes.Replace(s)
}

var (
	textEscapes    = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	addressEscapes = strings.NewReplacer("&", "&amp;", "<", "%3C", ">", "%3E", "|", "%7C")
)

// clip cuts a text to a number of characters.
func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}
