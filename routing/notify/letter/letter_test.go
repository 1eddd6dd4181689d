package letter_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"golang.org/x/net/html"

	"github.com/onward-crm/onward/dri/digest"
	"github.com/onward-crm/onward/routing/notify/letter"
)

// party is a record with an address.
func party(id, name string) digest.Party {
	return digest.Party{ID: id, Name: name, URL: "https://acme.example/" + id}
}

// message is a digest with a bit of everything.
func message() digest.Message {
	return digest.Message{
		Kind: digest.KindDigest, To: digest.Party{ID: "005u1", Name: "Una Berg"}, Subject: "1 joined, 1 to decide · 16 – 22 Nov 2026",
		Title: "Your accounts, 16 – 22 Nov 2026", Lead: "A quiet week.", Foot: "You get this because.",
		Week: digest.Week{Year: 2026, Number: 48}, Since: time.Date(2026, 11, 15, 23, 0, 0, 0, time.UTC), Until: time.Date(2026, 11, 22, 23, 0, 0, 0, time.UTC),
		Counts: []digest.Count{{N: 1, Label: "joined"}, {N: 1, Label: "to decide"}},
		Sections: []digest.Section{
			{Topic: "joins_customer", Title: "Joined a customer", Total: 1, Rows: []digest.Row{{
				Person: party("003a", "Petra Lang"), Role: "VP Data", At: time.Date(2026, 11, 18, 9, 0, 0, 0, time.UTC),
				Events: []digest.Event{{Verb: "joined", About: party("001a", "Acme"), Class: "customer"}, {Verb: "left", About: party("001b", "Northwind")}},
				Notes:  []string{"known as User", "contact created"},
			}}},
			{Topic: digest.TopicUpdates, Title: "Updates of tracked sponsors", Total: 3, Rows: []digest.Row{{
				Person: digest.Party{ID: "003b"}, Events: []digest.Event{{Verb: "title", About: digest.Party{Name: "CTO"}, Was: "VP"}},
			}}},
		},
	}
}

func write(t testing.TB, m digest.Message) letter.Letter {
	t.Helper()
	l, err := letter.Write(m)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestText(t *testing.T) {
	const want = `Your accounts, 16 – 22 Nov 2026
===============================
1 joined, 1 to decide

A quiet week.

JOINED A CUSTOMER (1)
* Petra Lang, VP Data (Wed 18 Nov)
    joined Acme [customer]
    left Northwind
    known as User · contact created
    https://acme.example/003a

UPDATES OF TRACKED SPONSORS (3)
* 003b
    title: VP → CTO
  … and 2 more

--
You get this because.
`
	if got := write(t, message()).Text; got != want {
		t.Errorf("text:\n%s\nwant:\n%s", got, want)
	}
}

// texts are all texts of a page as a reader sees them, links their addresses.
func read(t testing.TB, page string) (texts, links []string, root *html.Node) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		if text := strings.TrimSpace(n.Data); n.Type == html.TextNode && text != "" && n.Parent.Data != "style" {
			texts = append(texts, text)
		}
		for _, a := range n.Attr {
			if a.Key == "href" {
				links = append(links, a.Val)
			}
		}
	}
	return texts, links, root
}

func TestHTML(t *testing.T) {
	texts, links, _ := read(t, write(t, message()).HTML)
	for _, want := range []string{
		"Your accounts, 16 – 22 Nov 2026", "A quiet week.", "Joined a customer", "(1)", "Petra Lang", ", VP Data", "Wed 18 Nov", "Acme", "customer",
		"known as User · contact created", "title: VP → CTO", "… and 2 more", "You get this because. Week 2026-W48. Sent by onward.",
	} {
		if !slices.Contains(texts, want) {
			t.Errorf("the page lacks %q:\n%q", want, texts)
		}
	}
	if want := []string{"https://acme.example/003a", "https://acme.example/001a", "https://acme.example/001b"}; !slices.Equal(links, want) {
		t.Errorf("links %q, want %q", links, want)
	}
}

// TestMailProgramsKeepIt: what mail programs drop is not there, every cell has its own
// style, nothing is loaded, and the dark sheet names every class that is used.
func TestMailProgramsKeepIt(t *testing.T) {
	page := write(t, message()).HTML
	for _, dropped := range []string{"<script", "<img", "<link", "<iframe", "<form", "url(", "@import", "javascript:", "position:", "flex", "grid", "onclick", "src="} {
		if strings.Contains(page, dropped) {
			t.Errorf("the page has %q", dropped)
		}
	}
	if !strings.Contains(page, `<meta name="color-scheme" content="light dark">`) {
		t.Error("the page does not say that it knows light and dark")
	}
	dark := page[strings.Index(page, "prefers-color-scheme: dark"):strings.Index(page, "max-width: 620px")]
	_, _, root := read(t, page)
	for n := range root.Descendants() {
		attr := map[string]string{}
		for _, a := range n.Attr {
			attr[a.Key] = a.Val
		}
		if n.Data == "td" && attr["style"] == "" {
			t.Errorf("a cell without a style: %v", n.Attr)
		}
		if n.Data == "table" && attr["role"] != "presentation" {
			t.Errorf("a table that is read out as one: %v", n.Attr)
		}
		for _, class := range strings.Fields(attr["class"]) {
			if class != "pad" && !strings.Contains(dark, "."+class+" ") {
				t.Errorf("class %s has no dark colours", class)
			}
		}
	}
}

// hostiles are names as somebody may write them into a form.
var hostiles = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `</td></table><h1>owned</h1>`, `<!channel> <@U123> <https://evil.example|click>`,
	`&lt;b&gt; & "quotes" 'single'`, "line\r\nSubject: other\nnext", "right\u202eto left\u202c and zero\u200bwidth\u2066", "{{.Title}} ${x} %s %!d",
	"\x00\x1b[31mred\x07", "\xff\xfe not utf-8", strings.Repeat("long ", 400), "*bold* _it_ ~no~ `code`", "a|b>c",
}

func hostile(name string) digest.Message {
	m := message()
	p := digest.Party{ID: "003a", Name: name, URL: "https://acme.example/?a=1&b=<2>|\"'" + "c"}
	m.Title, m.Lead, m.Subject, m.To.Name, m.Foot = name, name, name, name, name
	m.Sections = []digest.Section{{Title: name, Total: 1, Rows: []digest.Row{{
		Person: p, Role: name, Notes: []string{name, name}, Events: []digest.Event{{Verb: name, About: p, Was: name, Class: name}, {Verb: "title", About: p, Was: name}},
	}}}}
	return m
}

func TestHostileNames(t *testing.T) {
	_, _, calm := read(t, write(t, hostile("calm")).HTML)
	for _, name := range hostiles {
		l := write(t, hostile(name))
		_, links, root := read(t, l.HTML)
		if got, want := elements(root), elements(calm); got != want {
			t.Errorf("%q changes the page:\n%s\nwant:\n%s", name, got, want)
		}
		for _, link := range links {
			if !strings.HasPrefix(link, "https://acme.example/") {
				t.Errorf("%q brings a link to %s", name, link)
			}
		}
		for where, text := range map[string]string{"subject": l.Subject, "text": l.Text, "html": l.HTML} {
			for _, r := range text {
				if unicode.IsControl(r) && (r != '\n' || where == "subject") || unicode.Is(unicode.Cf, r) {
					t.Errorf("%q leaves %U in the %s", name, r, where)
				}
			}
		}
		if n := len([]rune(l.Subject)); n > digest.MaxSubject {
			t.Errorf("%.20q: a subject of %d characters", name, n)
		}
	}
}

// elements are the tags of a page, in order.
func elements(root *html.Node) string {
	var b strings.Builder
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			b.WriteString(n.Data + " ")
		}
	}
	return b.String()
}

// TestOnlyWebAddressesAreLinked: anything else is written without a link.
func TestOnlyWebAddressesAreLinked(t *testing.T) {
	for _, address := range []string{
		"javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//evil.example", "/relative", "https://user:pass@acme.example", "https://", "ht tp://x",
	} {
		m := message()
		m.Sections[0].Rows[0].Person.URL = address
		m.Sections[0].Rows[0].Events = nil
		l := write(t, m)
		if _, links, _ := read(t, l.HTML); len(links) > 0 {
			t.Errorf("%s is linked: %q", address, links)
		}
		chat, err := json.Marshal(letter.Slack(m))
		if err != nil || strings.Contains(l.Text, address) || strings.Contains(string(chat), "|Petra") {
			t.Errorf("%s is linked in text or chat: %v", address, err)
		}
	}
}

// many is a digest with n rows in each of k sections, with long names.
func many(k, n int, name string) digest.Message {
	m, row := message(), hostile(name).Sections[0].Rows[0]
	m.Sections = nil
	for i := range k {
		s := digest.Section{Topic: "joins_customer", Title: fmt.Sprint("Section ", i), Total: n}
		for range n {
			s.Rows = append(s.Rows, row)
		}
		m.Sections = append(m.Sections, s)
	}
	return m
}

// TestLettersStaySmall: Gmail cuts off what is longer than 102 kB.
func TestLettersStaySmall(t *testing.T) {
	l := write(t, many(10, 500, "Somebody Ordinary"))
	if len(l.HTML) > 102_000 {
		t.Errorf("a page of %d bytes", len(l.HTML))
	}
	if got := strings.Count(l.Text, "\n* "); got != letter.MaxRows {
		t.Errorf("%d rows in the text, want %d", got, letter.MaxRows)
	}
	if !strings.Contains(l.Text, "… and 480 more") || !strings.Contains(l.Text, "… and 500 more") {
		t.Error("the text does not tell how much is left out")
	}
}

// What Slack would read as a tag, what it would read as an escape, and those it has.
var (
	tags    = regexp.MustCompile(`<[^>]*>?`)
	whole   = regexp.MustCompile(`<[^>]*>`)
	escapes = regexp.MustCompile(`&.{0,4}`)
	escaped = regexp.MustCompile(`^&(amp|lt|gt);`)
)

// checkSlack checks what Slack would refuse, and that nothing calls anybody.
func checkSlack(t testing.TB, c letter.Chat) {
	t.Helper()
	if n := len(c.Blocks); n == 0 || n > letter.MaxBlocks {
		t.Errorf("%d blocks", n)
	}
	check := func(text letter.BlockText, limit int) {
		if n := len([]rune(text.Text)); n == 0 || n > limit {
			t.Errorf("a text of %d characters, at most %d: %.60q", n, limit, text.Text)
		}
		if text.Type != "mrkdwn" {
			return
		}
		for _, tag := range tags.FindAllString(text.Text, -1) {
			if !strings.HasPrefix(tag, "<https://acme.example/") || !strings.HasSuffix(tag, ">") || strings.Count(tag, "|") != 1 {
				t.Errorf("Slack would read %q", tag)
			}
		}
		for _, amp := range escapes.FindAllString(text.Text, -1) {
			if !escaped.MatchString(amp) {
				t.Errorf("%q is not escaped", amp)
			}
		}
		if strings.ContainsRune(whole.ReplaceAllString(text.Text, ""), '>') {
			t.Errorf("> is not escaped in %.80q", text.Text)
		}
	}
	for _, b := range c.Blocks {
		switch b.Type {
		case "header":
			if b.Text.Type != "plain_text" {
				t.Errorf("a header in %s", b.Text.Type)
			}
			check(*b.Text, letter.MaxHeaderText)
		case "section":
			check(*b.Text, letter.MaxSectionText)
		case "context":
			if len(b.Elements) == 0 || len(b.Elements) > 10 {
				t.Errorf("a context of %d elements", len(b.Elements))
			}
			for _, e := range b.Elements {
				check(e, letter.MaxSectionText)
			}
		default:
			t.Errorf("a block of type %q", b.Type)
		}
	}
}

func TestSlack(t *testing.T) {
	c := letter.Slack(message())
	checkSlack(t, c)
	text, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Your accounts, 16 – 22 Nov 2026", "*1 joined, 1 to decide*", "*Joined a customer (1)*",
		"• *<https://acme.example/003a|Petra Lang>*, VP Data — joined <https://acme.example/001a|Acme> (customer) — left <https://acme.example/001b|Northwind>",
		"_known as User · contact created · Wed 18 Nov_", "• *003b* — title: VP → CTO", "_… and 2 more_",
	} {
		quoted, _ := json.Marshal(want)
		if !strings.Contains(string(text), strings.Trim(string(quoted), `"`)) {
			t.Errorf("the blocks lack %q:\n%s", want, text)
		}
	}
}

// TestSlackLimits: 50 blocks, 3,000 characters a section, whatever is in it.
func TestSlackLimits(t *testing.T) {
	for _, name := range hostiles {
		checkSlack(t, letter.Slack(hostile(name)))
	}
	for _, name := range append(hostiles, strings.Repeat("&", 500), strings.Repeat("<>", 500), "x") {
		for _, size := range [][2]int{{1, 500}, {60, 30}, {200, 1}} {
			c := letter.Slack(many(size[0], size[1], name))
			checkSlack(t, c)
			if shown := strings.Count(fmt.Sprint(c.Blocks[len(c.Blocks)-1]), "did not fit"); size[0] == 200 && shown != 1 {
				t.Errorf("%.10q in %v: what does not fit is not told", name, size)
			}
		}
	}
}

// TestSlackTellsHowMuchIsHidden: the number is that of the rows of the sections that
// found no room.
func TestSlackTellsHowMuchIsHidden(t *testing.T) {
	c := letter.Slack(many(60, 1, "x"))
	// A header, a section with figures, 46 sections, and the end.
	if got := fmt.Sprint(c.Blocks[len(c.Blocks)-1].Elements[0].Text); len(c.Blocks) != 49 || !strings.HasPrefix(got, "14 more did not fit.") {
		t.Errorf("%d blocks, at the end %q", len(c.Blocks), got)
	}
}

func FuzzLetter(f *testing.F) {
	for _, name := range hostiles {
		f.Add(name)
	}
	f.Add("img\x00") // a text that reads like an element is none
	f.Fuzz(func(t *testing.T, name string) {
		l := write(t, hostile(name))
		_, _, root := read(t, l.HTML)
		if strings.ContainsAny(l.Subject, "\r\n") {
			t.Errorf("a subject of several lines: %q", l.Subject)
		}
		for n := range root.Descendants() {
			if n.Type == html.ElementNode && (n.Data == "script" || n.Data == "img") {
				t.Errorf("%q brings a %s", name, n.Data)
			}
		}
		checkSlack(t, letter.Slack(hostile(name)))
	})
}
