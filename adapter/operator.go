package adapter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/routing"
)

// OperatorOptions switch the operator's part on. It is for the people who run
// onward; they see the reported people too, so every one of them has a name and a
// token of their own.
type OperatorOptions struct {
	// Operators may use it; at least one.
	Operators []Operator
	// Policies makes a policy of a configuration file's text, for replays under a
	// new configuration; nil refuses those. Problems of the text are a
	// *routing.ConfigError.
	Policies func(yaml []byte) (*routing.Policy, error)
	// Pause is told when the work is stopped and goes on, beside the switch in the
	// Store.
	Pause func(paused bool)
	// Runner is what GET /operator/status tells of the schedules, written as JSON.
	Runner func() any
	// Export writes the rows of "ledger" or "credits" as CSV; nil refuses exports.
	Export func(ctx context.Context, w io.Writer, what string) error
	// Endpoints are further addresses, of packages that build on this one.
	Endpoints []OperatorEndpoint
}

// Operator is one person who may use the operator's part.
type Operator struct {
	// Name is kept with every act, up to 64 characters.
	Name string
	// Token is the bearer token, at least 16 characters.
	Token Secret
}

// operatorDesk answers the requests of operators.
type operatorDesk struct {
	opt    OperatorOptions
	engine *routing.Engine
	ledger routing.Ledger
	store  Store
	now    func() time.Time
	log    *slog.Logger
	// wake tells the runner that work is due.
	wake func()
	// readmit verifies kept requests of a source again.
	readmit func(ctx context.Context, source string) (any, error)
	// tellAgain promises what deliveries come to after an act on them.
	tellAgain func(ctx context.Context, keys []string) error
}

// validate refuses operators without name or token, and shared ones.
func (o *OperatorOptions) validate() error {
	if len(o.Operators) == 0 {
		return errors.New("adapter: operators: at least one is needed")
	}
	names := map[string]bool{}
	for i, op := range o.Operators {
		same := func(other Operator) bool { return other.Token.Is(op.Token.Reveal()) }
		switch {
		case op.Name == "" || len(op.Name) > 64 || !plainWord(op.Name):
			return fmt.Errorf("adapter: operators[%d]: a name of letters, digits and _-:. is needed", i)
		case names[op.Name]:
			return fmt.Errorf("adapter: operators[%d]: the name is there twice", i)
		case len(op.Token.Reveal()) < minSecret:
			return fmt.Errorf("adapter: operators[%d]: the token has fewer than %d bytes", i, minSecret)
		case slices.ContainsFunc(o.Operators[:i], same):
			return fmt.Errorf("adapter: operators[%d]: the token is another operator's", i)
		}
		names[op.Name] = true
	}
	return checkEndpoints(o.Endpoints)
}

// verify tells which operator sent a request. All tokens are compared, each in
// constant time, so that an answer's time tells nothing.
func (o *OperatorOptions) verify(r Request, _ time.Time) (Caller, error) {
	stranger := &Refusal{Status: http.StatusUnauthorized, Code: codeUnauthorized, Message: "an operator's token is needed"}
	values := r.Header.Values("Authorization")
	if len(values) != 1 {
		return Caller{}, stranger
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	name := ""
	for _, op := range o.Operators {
		if op.Token.Is(strings.TrimSpace(token)) {
			name = op.Name
		}
	}
	if name == "" || !strings.EqualFold(scheme, "Bearer") {
		return Caller{}, stranger
	}
	return Caller{KeyID: name}, nil
}

// operatorCall is one request of an operator, taken apart.
type operatorCall struct {
	by    string
	id    string
	query url.Values
	body  []byte
}

// act is something that an operator asks for: its name in the log, and what it is
// about. Reading is none.
type act struct{ what, about string }

// answer runs a handler, keeps the act, and makes the response.
func (d *operatorDesk) answer(ctx context.Context, c call, path string, handle operatorHandler) (Response, error) {
	oc, err := operatorCallOf(c, path)
	if err != nil {
		return Response{}, err
	}
	body, a, err := handle(ctx, oc)
	if err != nil {
		err = d.refusal(c.Request, err)
	}
	if a.what != "" {
		d.note(ctx, oc.by, a, err)
	}
	if err != nil {
		return Response{}, err
	}
	return Response{Status: http.StatusOK, Body: body}, nil
}

// operatorCallOf takes a request apart. The id is taken from the path as it was
// sent: it may hold any sign.
func operatorCallOf(c call, path string) (operatorCall, error) {
	sent, rawQuery, _ := strings.Cut(pathOf(c.Request.URI), "?")
	query, err := url.ParseQuery(rawQuery)
	if err != nil {
		return operatorCall{}, invalid("query", "a query in URL encoding")
	}
	id := query.Get("key")
	if strings.Contains(path, "/:id") {
		if id, err = url.PathUnescape(idIn(path, sent)); err != nil || id == "" {
			return operatorCall{}, &Refusal{Status: http.StatusNotFound, Code: codeNotFound, Message: "nothing has this id"}
		}
	}
	return operatorCall{by: c.Caller.KeyID, id: id, query: query, body: c.Request.Body}, nil
}

// pathOf is a request's target without scheme and host: servers take the absolute
// form of it too.
func pathOf(target string) string {
	_, rest, absolute := strings.Cut(target, "://")
	if strings.HasPrefix(target, "/") || !absolute {
		return target
	}
	return rest[max(0, strings.IndexByte(rest, '/')):]
}

// idIn is the escaped segment of a path that stands where the pattern has ":id".
func idIn(pattern, path string) string {
	segments := strings.Split(path, "/")
	i := slices.Index(strings.Split(pattern, "/"), ":id")
	if i < 0 || i >= len(segments) {
		return ""
	}
	return segments[i]
}

// refusal is an error as an answer. What is nobody's fault but ours is logged by
// its class and answered with 503.
func (d *operatorDesk) refusal(r Request, err error) *Refusal {
	var why *Refusal
	var stands *routing.UndoError
	switch {
	case errors.As(err, &why):
		return why
	case errors.Is(err, routing.ErrUnknownKey), errors.Is(err, ErrNoPromise):
		return &Refusal{Status: http.StatusNotFound, Code: codeNotFound, Message: "nothing has this id"}
	case errors.As(err, &stands):
		return &Refusal{Status: http.StatusConflict, Code: string(stands.Reason), Message: strings.TrimPrefix(err.Error(), routing.ErrUndo.Error()+": ") + "; nothing was undone"}
	case errors.Is(err, routing.ErrStalePlan):
		return &Refusal{Status: http.StatusConflict, Code: string(routing.ReasonStalePlan), Message: "the choice is overtaken; nothing was changed"}
	case errors.Is(err, routing.ErrConflict):
		return &Refusal{Status: http.StatusConflict, Code: codeConflict, Message: "it is being worked on; try again"}
	}
	d.log.Warn("operator's request met trouble", "request", r.ID, "class", classWord(err))
	if errors.Is(err, crm.ErrQuota) {
		return &Refusal{Status: http.StatusServiceUnavailable, Code: codeQuota, Message: "daily API limit reached", RetryAfter: retryQuota}
	}
	return unavailable()
}

// note keeps an act, also a refused one. It is kept when the caller is gone
// already: it was done.
func (d *operatorDesk) note(ctx context.Context, by string, a act, err error) {
	entry := OperatorAct{At: d.now().UTC(), By: by, What: a.what, About: a.about, Result: "done"}
	var why *Refusal
	if errors.As(err, &why) {
		entry.Result = why.Code
	}
	d.log.Info("operator", "by", by, "act", a.what, "result", entry.Result)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteWait)
	defer cancel()
	if err := d.store.Log(ctx, entry); err != nil {
		d.log.Error("operator's act was not kept", "by", by, "act", a.what, "result", entry.Result)
	}
}

// noteWait is how long keeping an act may take.
const noteWait = 5 * time.Second

// operatorHandler answers a call. For acts it also says what was done to what.
type operatorHandler func(ctx context.Context, c operatorCall) (any, act, error)

// operatorRoute is one row of the operator's part. Body tells that it has one.
type operatorRoute struct {
	method, path string
	body         bool
	handle       operatorHandler
}

// table are the routes of the operator's part. A delivery is named in the
// path, or as ?key= where something on the way takes escaped slashes apart.
func (d *operatorDesk) table() []operatorRoute {
	get, post := http.MethodGet, http.MethodPost
	return []operatorRoute{
		{get, "/operator/deliveries", false, d.list},
		{get, "/operator/deliveries/:id", false, d.show},
		{post, "/operator/deliveries/:id/approve", true, d.approve},
		{post, "/operator/deliveries/:id/pick", true, d.pick},
		{post, "/operator/deliveries/:id/reject", false, d.reject},
		{post, "/operator/deliveries/:id/undo", false, d.undo},
		{get, "/operator/delivery", false, d.show},
		{post, "/operator/delivery/approve", true, d.approve},
		{post, "/operator/delivery/pick", true, d.pick},
		{post, "/operator/delivery/reject", false, d.reject},
		{post, "/operator/delivery/undo", false, d.undo},
		{post, "/operator/erase", true, d.erase},
		{post, "/operator/search", true, d.search},
		{get, "/operator/reviews", false, d.reviews},
		{get, "/operator/parked", false, d.parked},
		{post, "/operator/replay", true, d.replay},
		{post, "/operator/pause", false, d.pause},
		{post, "/operator/resume", false, d.resume},
		{post, "/operator/drain", false, d.drain},
		{get, "/operator/status", false, d.status},
		{get, "/operator/refused", false, d.refusedRequests},
		{post, "/operator/refused/readmit", true, d.readmitRefused},
		{get, "/operator/acts", false, d.acts},
		{post, "/operator/messages/:id/replay", false, d.replayMessage},
	}
}

// operatorRoutes are the operator's part of a server; none when it is off.
func operatorRoutes(s *Server) ([]route, error) {
	if s.opt.Operators == nil {
		return nil, nil
	}
	if err := s.opt.Operators.validate(); err != nil {
		return nil, err
	}
	d := &operatorDesk{
		opt: *s.opt.Operators, engine: s.opt.Engine, ledger: s.opt.Ledger, store: s.opt.Store,
		now: s.opt.Now, log: s.log, wake: s.opt.Wake,
		readmit:   func(ctx context.Context, source string) (any, error) { return s.Readmit(ctx, source) },
		tellAgain: s.tellAgain,
	}
	table := d.table()
	for _, e := range d.opt.Endpoints {
		table = append(table, e.route())
	}
	out := make([]route, 0, len(table)+1)
	for _, row := range table {
		r := d.route(row.method, row.path)
		if row.body {
			r.Media = mediaJSON()
		}
		r.Serve = func(ctx context.Context, c call) (Response, error) { return d.answer(ctx, c, row.path, row.handle) }
		out = append(out, r)
	}
	export := d.route(http.MethodGet, "/operator/export")
	export.Raw = d.export
	return append(out, export), nil
}

// route is a route of the operator's part without its handler.
func (d *operatorDesk) route(method, path string) route {
	return route{Method: method, Path: path, Source: "operator", Verify: d.opt.verify, Refuse: refuseOperator}
}

// refuseOperator is the usual refusal, with the scheme that is expected.
func refuseOperator(r Request, why *Refusal) Response {
	out := refuse(r, why, time.Second)
	if why.Status == http.StatusUnauthorized {
		out.Header["WWW-Authenticate"] = "Bearer"
	}
	return out
}

// operatorDepth is how deep a body may nest.
const operatorDepth = 16

// readBody reads a body into v; an empty one is an empty object. What v does not
// know is refused.
func readBody(body []byte, v any) error {
	if len(body) == 0 {
		return nil
	}
	if why := readStrict(body, operatorDepth, v); why != nil {
		return why
	}
	return nil
}

// plainWord reports whether a text is a name that the configuration or the program
// could have given: no address, no sentence. Nothing at all is a word too.
func plainWord(s string) bool {
	for _, r := range s {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_', r == '-', r == ':', r == '.':
		default:
			return false
		}
	}
	return len(s) <= 64
}
