package sponsors

import (
	"context"
	"errors"
	"net/http"

	"github.com/onward-crm/onward/adapter"
	"github.com/onward-crm/onward/tracking/sponsor"
)

// Options are what the endpoints work with.
type Options struct {
	// Desk is needed.
	Desk *sponsor.Desk
	// KeyAccounts lists the accounts that should have a sponsor; nil leaves out the gaps.
	KeyAccounts func(ctx context.Context) ([]sponsor.KeyAccount, error)
}

// desk answers requests.
type desk struct {
	*sponsor.Desk
	keyAccounts func(ctx context.Context) ([]sponsor.KeyAccount, error)
}

// Endpoints are those of the sponsors, for adapter.OperatorOptions.
func Endpoints(o Options) []adapter.OperatorEndpoint {
	d := desk{o.Desk, o.KeyAccounts}
	out := []adapter.OperatorEndpoint{
		get("", "listSponsors", "Lists sponsors by id, with their suggested profiles and updates: status match-found has suggestions, open has updates that wait. Those in progress are left out.", d.list),
		get("/:id", "getSponsor", "One sponsor.", d.one),
		get("/:id/update", "getSponsorUpdate", "One update with its history and what became of its tasks, moves and notices.", d.update),
		get("/:id/history", "getSponsorHistory", "What happened to one sponsor, in order of time.", d.history),
		act("/enrol", "enrolSponsor", "enrol_sponsor", "Makes a person a sponsor of entities, or adds entities to the sponsor that the person is.", d.enrol),
		act("/:id/detach", "detachSponsor", "detach_sponsor", "Ends one membership; the last one is refused with 409.", d.detach),
		act("/:id/start", "startSponsor", "start_sponsor", "Looks for the profile of an untracked sponsor at once, at a page when one is given.", d.start),
		act("/start", "startSponsors", "start_sponsors", "Starts many: those who are not untracked are left out and listed.", d.startMany),
		act("/:id/stop", "stopSponsor", "stop_sponsor", "Ends the following; 409 while in progress.", d.stop),
		act("/:id/track", "trackSponsor", "track_sponsor", "Takes a suggested profile; without one, the only one there is.", d.track),
		act("/track", "trackSponsors", "track_sponsors", "Takes profiles for several sponsors; what is not suggested any more is left out and listed.", d.trackSome),
		act("/track-all", "trackAllSponsors", "track_all_sponsors", "The same for everything that was suggested to whoever asks, as they saw it.", d.trackAll),
		act("/:id/remove", "removeSponsorProfile", "remove_sponsor_profile", "Rejects a suggested profile for good; without one, all of them.", d.remove),
		act("/:id/find-match", "findNewSponsorMatch", "find_sponsor_match", "Passes over all suggested profiles and searches again.", d.findMatch),
		act("/:id/accept", "acceptSponsorUpdate", "accept_sponsor_update", "Puts the values of an update into the record. With conflicts nothing is done unless overwrite is set.", d.accept),
		act("/accept", "acceptSponsorUpdates", "accept_sponsor_updates", "Accepts every open update of the chosen sponsors that has no conflict.", d.acceptMany),
		act("/:id/reject", "rejectSponsorUpdate", "reject_sponsor_update", "Closes an update; its values are not proposed again.", d.reject),
		read("/operator/sponsor-history", "listSponsorHistory", "What happened at one entity, or everywhere, in order of time.", d.allHistory),
		read("/operator/sponsor-totals", "getSponsorTotals", "Sponsors by entity, role and status, and their changes in the last 7 and 30 days.", d.totals),
		read("/operator/sponsor-breaches", "listSponsorBreaches", "Promises about time that are broken, those over for longest first; times in nanoseconds.", d.breaches),
	}
	if o.KeyAccounts != nil {
		out = append(out, read("/operator/sponsor-gaps", "listSponsorGaps", "Key accounts without a tracked sponsor, with owner and reason.", d.gaps))
	}
	return out
}

// root is where the sponsors are.
const root = "/operator/sponsors"

func get[In, Out any](path, name, about string, handle func(context.Context, *adapter.OperatorCall, In) (Out, error)) adapter.OperatorEndpoint {
	return read(root+path, name, about, handle)
}

func read[In, Out any](path, name, about string, handle func(context.Context, *adapter.OperatorCall, In) (Out, error)) adapter.OperatorEndpoint {
	at := adapter.OperatorAddress{Method: http.MethodGet, Path: path, Name: name, About: about}
	return adapter.NewOperatorEndpoint(at, explained(handle))
}

func act[In, Out any](path, name, word, about string, handle func(context.Context, *adapter.OperatorCall, In) (Out, error)) adapter.OperatorEndpoint {
	at := adapter.OperatorAddress{Method: http.MethodPost, Path: root + path, Name: name, About: about, Act: word}
	return adapter.NewOperatorEndpoint(at, explained(handle))
}

// explained answers what the desk refuses in the words of the adapter. The desk's errors
// hold ids, statuses and names of fields, and no values.
func explained[In, Out any](handle func(context.Context, *adapter.OperatorCall, In) (Out, error)) func(context.Context, *adapter.OperatorCall, In) (Out, error) {
	return func(ctx context.Context, c *adapter.OperatorCall, in In) (Out, error) {
		out, err := handle(ctx, c, in)
		return out, refusal(err)
	}
}

func refusal(err error) error {
	bad, ok := errors.AsType[*sponsor.Error](err)
	switch {
	case !ok:
		return err
	case errors.Is(err, sponsor.ErrUnknown):
		return adapter.NotFound("there is no such sponsor, or no such update")
	case errors.Is(err, sponsor.ErrInvalid):
		return adapter.InvalidField(bad.Field, bad.Detail)
	case errors.Is(err, sponsor.ErrTaken):
		return adapter.Conflict("followed_already", bad.Error())
	case errors.Is(err, sponsor.ErrErased):
		return adapter.Conflict("erased", bad.Detail)
	case errors.Is(err, sponsor.ErrRefused):
		return adapter.Conflict("not_possible", bad.Error())
	case errors.Is(err, sponsor.ErrStale):
		return adapter.Conflict("", "others change it at the same time; try again")
	}
	return err
}
