package adapter

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/onward-crm/onward/routing"
)

// drainTime is how long one drain may take; what is left stays due.
const drainTime = 60 * time.Second

// operatorStatus is how the whole thing is.
type operatorStatus struct {
	Paused bool          `json:"paused"`
	Config string        `json:"config"`
	Queue  routing.Depth `json:"queue"`
	// Runner tells of the schedules, as the host gives it.
	Runner any `json:"runner,omitempty"`
}

// status answers GET /operator/status.
func (d *operatorDesk) status(ctx context.Context, _ operatorCall) (any, act, error) {
	paused, err := d.store.Paused(ctx)
	if err != nil {
		return nil, act{}, err
	}
	depth, err := d.ledger.Depth(ctx, d.now().UTC())
	if err != nil {
		return nil, act{}, err
	}
	out := operatorStatus{Paused: paused, Config: d.engine.Policy().Version(), Queue: depth}
	if d.opt.Runner != nil {
		out.Runner = d.opt.Runner()
	}
	return out, act{}, nil
}

// switched is the state of the switch after an act.
type switched struct {
	Paused bool `json:"paused"`
}

// pause answers POST /operator/pause: no work is begun; accepting goes on.
func (d *operatorDesk) pause(ctx context.Context, _ operatorCall) (any, act, error) {
	return d.set(ctx, true, act{what: "pause"})
}

// resume answers POST /operator/resume.
func (d *operatorDesk) resume(ctx context.Context, _ operatorCall) (any, act, error) {
	out, a, err := d.set(ctx, false, act{what: "resume"})
	if err == nil {
		d.wake()
	}
	return out, a, err
}

func (d *operatorDesk) set(ctx context.Context, paused bool, a act) (any, act, error) {
	if err := d.store.SetPaused(ctx, paused); err != nil {
		return nil, a, err
	}
	if d.opt.Pause != nil {
		d.opt.Pause(paused)
	}
	return switched{Paused: paused}, a, nil
}

// drained is what a drain came to.
type drained struct {
	Finished int `json:"finished"`
	// Due are those that are left.
	Due int `json:"due"`
}

// drain answers POST /operator/drain: works on everything that is due, for a
// minute at most. It is refused while the work is paused.
func (d *operatorDesk) drain(ctx context.Context, _ operatorCall) (any, act, error) {
	a := act{what: "drain"}
	paused, err := d.store.Paused(ctx)
	if err != nil {
		return nil, a, err
	}
	if paused {
		return nil, a, &Refusal{Status: http.StatusConflict, Code: codeConflict, Message: "the work is paused"}
	}
	work, cancel := context.WithTimeout(ctx, drainTime)
	defer cancel()
	n, err := d.engine.Drain(work)
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return nil, a, err
	}
	depth, err := d.ledger.Depth(ctx, d.now().UTC())
	if err != nil {
		return nil, a, err
	}
	a.about = fmt.Sprintf("%d deliveries", n)
	return drained{Finished: n, Due: depth.Due}, a, nil
}

// erasure names a person who asks to be forgotten; one member is enough, a name needs
// the company.
type erasure struct {
	Email    string `json:"email,omitempty"`
	CRMID    string `json:"crmId,omitempty" description:"the id of a lead or contact"`
	LinkedIn string `json:"linkedin,omitempty"`
	HubSpot  string `json:"hubspotId,omitempty"`
	Name     string `json:"name,omitempty"`
	Company  string `json:"company,omitempty"`
}

// erasureFields are the members by the parts of an event that they become.
var erasureFields = map[string]string{
	"person.email": "email", "person.crm_id": "crmId", "person.linkedin_url": "linkedin", "person.hubspot_id": "hubspotId",
	"person.full_name": "name", "person": "email", "from.company": "company",
}

// erased tells that it was done.
type erased struct {
	Erased bool `json:"erased"`
}

// erase answers POST /operator/erase. In the log of acts stands who did it and by
// which kinds of identifiers, never whom.
func (d *operatorDesk) erase(ctx context.Context, c operatorCall) (any, act, error) {
	a := act{what: "erase"}
	var ask erasure
	if err := readBody(c.body, &ask); err != nil {
		return nil, a, err
	}
	a.about = ask.kinds()
	if ask.Email+ask.CRMID+ask.LinkedIn+ask.HubSpot == "" && (ask.Name == "" || ask.Company == "") {
		return nil, a, invalid("email", "email, crmId, linkedin, hubspotId, or name and company")
	}
	id, err := chosenID(ask.CRMID, "crmId")
	if err != nil {
		return nil, a, err
	}
	ev := routing.Event{Person: routing.Person{FullName: ask.Name, Email: ask.Email, LinkedInURL: ask.LinkedIn, CRMID: id, HubSpotID: ask.HubSpot}}
	if ask.Company != "" {
		ev.From = &routing.Place{Company: ask.Company}
	}
	err = d.engine.Erase(ctx, ev)
	var bad *routing.EventError
	if errors.As(err, &bad) {
		return nil, a, invalid(erasureFields[bad.Problems[0].Field], bad.Problems[0].Message)
	}
	return erased{Erased: err == nil}, a, err
}

// kinds are the names of the members that are given.
func (e erasure) kinds() string {
	var out []string
	for _, m := range []struct{ name, value string }{
		{"email", e.Email}, {"crmId", e.CRMID}, {"linkedin", e.LinkedIn}, {"hubspotId", e.HubSpot}, {"name", e.Name}, {"company", e.Company},
	} {
		if m.value != "" {
			out = append(out, m.name)
		}
	}
	return strings.Join(out, " ")
}

// refusedStory is a request that could not be verified: where it came in and why it
// was refused, without its content.
type refusedStory struct {
	ID       string    `json:"id"`
	Source   string    `json:"source"`
	Code     string    `json:"code"`
	Method   string    `json:"method"`
	Path     string    `json:"path"`
	Bytes    int       `json:"bytes"`
	Received time.Time `json:"received"`
}

// refusedPage lists them.
type refusedPage struct {
	Items []refusedStory `json:"items"`
}

// refusedRequests answers GET /operator/refused.
func (d *operatorDesk) refusedRequests(ctx context.Context, c operatorCall) (any, act, error) {
	kept, err := d.store.Refused(ctx, c.query.Get("source"))
	if err != nil {
		return nil, act{}, err
	}
	out := refusedPage{Items: []refusedStory{}}
	for _, r := range kept {
		path, _, _ := strings.Cut(r.Request.URI, "?")
		out.Items = append(out.Items, refusedStory{
			ID: r.ID, Source: r.Source, Code: r.Code, Method: r.Request.Method, Path: path,
			Bytes: len(r.Request.Body), Received: r.Request.Received,
		})
	}
	return out, act{}, nil
}

// readmission names the source whose requests are verified again.
type readmission struct {
	Source string `json:"source,omitempty" description:"a source as in the list of refused requests; all of them without one"`
}

// readmitRefused answers POST /operator/refused/readmit (AD17).
func (d *operatorDesk) readmitRefused(ctx context.Context, c operatorCall) (any, act, error) {
	a := act{what: "readmit"}
	var ask readmission
	if err := readBody(c.body, &ask); err != nil {
		return nil, a, err
	}
	if !plainWord(ask.Source) {
		return nil, a, invalid("source", "the name of a source")
	}
	a.about = ask.Source
	out, err := d.readmit(ctx, ask.Source)
	return out, a, err
}

// actsPage lists what operators did, youngest first.
type actsPage struct {
	Items []OperatorAct `json:"items"`
}

// acts answers GET /operator/acts.
func (d *operatorDesk) acts(ctx context.Context, c operatorCall) (any, act, error) {
	n := pageSize
	if v := c.query.Get("limit"); v != "" {
		var err error
		if n, err = strconv.Atoi(v); err != nil || n < 1 || n > pageSizeMax {
			return nil, act{}, invalid("limit", fmt.Sprintf("from 1 to %d", pageSizeMax))
		}
	}
	list, err := d.store.Acts(ctx, n)
	return actsPage{Items: orNone(list)}, act{}, err
}

// replayMessage answers POST /operator/messages/{id}/replay: a message that was
// sent or given up is owed again, under the same id (AD14).
func (d *operatorDesk) replayMessage(ctx context.Context, c operatorCall) (any, act, error) {
	a := act{"replay_message", c.id}
	found, err := d.store.Promises(ctx, "", c.id)
	if err != nil {
		return nil, a, err
	}
	if len(found) == 0 {
		return nil, a, ErrNoPromise
	}
	if found[0].Ended.IsZero() {
		return nil, a, &Refusal{Status: http.StatusConflict, Code: codeConflict, Message: "it is owed already"}
	}
	now := d.now().UTC()
	if err := d.store.Kept(ctx, []Keeping{{ID: c.id, Due: now, At: now, Waited: true}}); err != nil {
		return nil, a, err
	}
	found, err = d.store.Promises(ctx, "", c.id)
	if err != nil {
		return nil, a, err
	}
	return messageOf(found[0]), a, nil
}

// export answers GET /operator/export?what=ledger|credits with CSV. When it breaks
// off, so does the connection: half a file must not pass for a whole one.
func (d *operatorDesk) export(w http.ResponseWriter, r *http.Request, c call) {
	what := r.URL.Query().Get("what")
	var why *Refusal
	switch {
	case what != "ledger" && what != "credits":
		why = invalid("what", "ledger or credits")
	case d.opt.Export == nil:
		why = &Refusal{Status: http.StatusNotFound, Code: codeNotFound, Message: "this server has nothing to export"}
	}
	if why != nil {
		write(w, refuseOperator(c.Request, why))
		return
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="onward-`+what+`.csv"`)
	w.Header().Set("Cache-Control", "no-store")
	err := d.opt.Export(r.Context(), w, what)
	if err != nil {
		d.note(r.Context(), c.Caller.KeyID, act{"export", what}, unavailable())
		panic(http.ErrAbortHandler)
	}
	d.note(r.Context(), c.Caller.KeyID, act{"export", what}, nil)
}
