package salesforce

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
)

// noPause is a sleep that takes no time.
func noPause(ctx context.Context, _ time.Duration) error { return ctx.Err() }

// counting counts the writes and the look-ups by key that a client asks for, the
// latter by object.
type counting struct {
	*Org
	writes int
	landed map[crm.Object]int
}

func (c *counting) Write(ctx context.Context, batch []crm.Write) ([]crm.Result, error) {
	c.writes++
	return c.Org.Write(ctx, batch)
}

func (c *counting) Landed(ctx context.Context, o crm.Object, keys []crm.Key) (map[crm.Key]string, error) {
	if c.landed == nil {
		c.landed = map[crm.Object]int{}
	}
	c.landed[o]++
	return c.Org.Landed(ctx, o, keys)
}

func keyOf(n int) crm.Key { return crm.Key(fmt.Sprintf("%064x", n)) }

func newWrite(n int, v crm.Verb, o crm.Object, set crm.Fields) crm.Write {
	return crm.Write{Key: keyOf(n), Verb: v, Object: o, Set: set}
}

func severalWrites(n int, one func(n int) crm.Write) []crm.Write {
	var out []crm.Write
	for i := range n {
		out = append(out, one(i+1))
	}
	return out
}

func added(t *testing.T, c *memcrm.CRM, o crm.Object, f crm.Fields) string {
	t.Helper()
	id, err := c.Add(o, f)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// written sends one batch to the driver and wants an answer for each item.
func written(t *testing.T, g *Org, batch ...crm.Write) []crm.Result {
	t.Helper()
	results, err := g.Write(t.Context(), batch)
	if err != nil || len(results) != len(batch) {
		t.Fatalf("%d results for %d writes, %v", len(results), len(batch), err)
	}
	return results
}

func wantError(t *testing.T, err, class error, code string) *crm.Error {
	t.Helper()
	var e *crm.Error
	if !errors.As(err, &e) || !errors.Is(err, class) || e.Code != code {
		t.Fatalf("got %v, want %v: %s", err, class, code)
	}
	return e
}

// sample reads a documented answer.
func sample(t *testing.T, name string) []byte {
	t.Helper()
	body, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// documented is an org that gives out documented answers: describes of Contact and
// Lead, and otherwise what the handler says.
func documented(t *testing.T, handle http.HandlerFunc) *Org {
	t.Helper()
	return connected(t, newDesk(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/services/data/v66.0/sobjects/Contact/describe", "/services/data/v66.0/sobjects/Lead/describe":
			o := r.URL.Path[len("/services/data/v66.0/sobjects/"):]
			_, _ = w.Write(sample(t, "describe_"+o[:len(o)-len("/describe")]+".json"))
		default:
			handle(w, r)
		}
	}).options())
}
