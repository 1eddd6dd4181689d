// Flow shows what a Salesforce Flow sends to onward, and what it gets: a move, the
// same move again, a list, and a move that the Flow writes by itself.
//
//	go run ./examples/flow                                                    # onward in this process
//	go run ./examples/flow -url http://127.0.0.1:8080 -key local-flow-key     # onward serve --localorg
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"os"
	"strings"
	"time"
)

func main() {
	url := flag.String("url", "", "`URL` of a running onward; empty starts one in this process")
	key := flag.String("key", localKey, "API `KEY` of the Flow")
	flag.Parse()
	if err := run(context.Background(), os.Stdout, *url, *key); err != nil {
		log.Fatal(err)
	}
}

// run plays the Flow against the onward at a URL, or against one of its own.
func run(ctx context.Context, w io.Writer, url, key string) error {
	f := flow{w: w, url: url, key: key, run: fmt.Sprint(time.Now().UnixNano()), write: nobody}
	if url == "" {
		here, err := start(ctx)
		if err != nil {
			return err
		}
		defer here.Close()
		f.url, f.key, f.run, f.write = here.URL, localKey, "interview", here.createLead
	}
	return f.play(ctx)
}

// flow is a Flow: what it needs to call, and what it can write by itself.
type flow struct {
	w             io.Writer
	url, key, run string
	// write creates a lead from a decision, as the Flow's own Create Records does.
	write func(lastName, company, key string) (id string, err error)
}

// nobody writes nothing: in somebody else's CRM this program is a guest.
func nobody(string, string, string) (string, error) { return "", nil }

// answer is the part of an answer that a Flow branches on.
type answer struct {
	Status, Outcome string
	Decision        struct{ LastName, Company, Key string }
}

func (f flow) play(ctx context.Context) error {
	// The key of an interview and a record, so that a run that is repeated is one.
	ada := `{"requestId":"` + f.run + `-1","firstName":"Ada","lastName":"Okafor","email":"ada@fabrikam.com",
		"newCompany":"Contoso","newDomain":"contoso.com","newTitle":"CTO"}`
	for _, step := range []struct{ what, path, body string }{
		{"one move", "route", ada},
		{"the same request again writes nothing", "route", ada},
		{"a list: one is bad, the other is done", "route", `{"requestId":"` + f.run + `-2","items":[
			{"fullName":"Bo Lind","email":"bo@fabrikam.com","newCompany":"Tailspin Toys","newDomain":"tailspintoys.com"},
			{"fullName":"Cy Moss","recordId":"a01"}]}`},
		{"only a question: which account is it?", "match-account", `{"requestId":"` + f.run + `-3","newCompany":"Contoso Ltd","newDomain":"contoso.com"}`},
	} {
		if _, err := f.call(ctx, step.what, step.path, step.body); err != nil {
			return err
		}
	}
	return f.writeItself(ctx)
}

// writeItself is strategy flow: onward decides, the Flow writes and reports it.
func (f flow) writeItself(ctx context.Context) error {
	dee := `{"requestId":"` + f.run + `-4","fullName":"Dee Park","email":"dee@fabrikam.com","newCompany":"Tailspin Toys","newDomain":"tailspintoys.com","strategy":"flow"}`
	if _, err := f.call(ctx, "a dry look first", "decide", dee); err != nil {
		return err
	}
	got, err := f.call(ctx, "handed to the Flow", "route", dee)
	if err != nil || got.Outcome != "handed_to_flow" {
		return err
	}
	id, err := f.write(got.Decision.LastName, got.Decision.Company, got.Decision.Key)
	if err != nil || id == "" {
		return err
	}
	_, err = f.call(ctx, "the Flow reports its lead", "complete", `{"requestId":"`+f.run+`-4","leadId":"`+id+`"}`)
	return err
}

// call sends one request and prints its answer. From 300 on a Flow takes the fault
// path, so only what is broken is answered there.
func (f flow) call(ctx context.Context, what, path, body string) (a answer, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, f.url+"/salesforce/flow/"+path, strings.NewReader(body))
	if err != nil {
		return a, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-API-Key", f.key)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return a, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return a, err
	}
	shown, err := brief(text)
	if err != nil {
		return a, err
	}
	fmt.Fprintf(f.w, "# %s\nPOST /salesforce/flow/%s: %d\n%s\n", what, path, resp.StatusCode, shown)
	return a, json.Unmarshal(text, &a)
}

// brief is an answer without its empty texts, indented: an answer has all of its
// fields, so that a Flow can map each of them.
func brief(text []byte) ([]byte, error) {
	var tree map[string]any
	if err := json.Unmarshal(text, &tree); err != nil {
		return nil, err
	}
	for _, v := range append(results(tree), tree) {
		maps.DeleteFunc(v, func(_ string, v any) bool { return v == "" })
		delete(v, "decision") // what decide has shown
	}
	return json.MarshalIndent(tree, "", "  ")
}

// results are the answers of a list, one for each move.
func results(tree map[string]any) (out []map[string]any) {
	list, _ := tree["results"].([]any)
	for _, v := range list {
		if one, ok := v.(map[string]any); ok {
			out = append(out, one)
		}
	}
	return out
}
