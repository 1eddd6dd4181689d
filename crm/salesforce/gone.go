package salesforce

import (
	"context"
	"slices"

	"github.com/onward-crm/onward/crm"
)

// gone looks at the records that could not be written because they, or what they
// point at, are not there any more: into what they were merged or converted. An
// id that is nowhere is told from a reference that is.
func (b *writing) gone(ctx context.Context) {
	var open []*item
	var refs []crm.Ref
	for _, i := range b.items {
		if ref, ok := i.missing(); ok {
			open, refs = append(open, i), append(refs, ref)
		}
	}
	rows, errs := b.read(ctx, refs, []string{"ConvertedContactId"}, true)
	for n, i := range open {
		switch {
		case errs[n] == nil:
		case i.keyAt != "": // it may be there
			i.fail(&crm.Error{Class: crm.ErrUnknownOutcome, Code: "DUPLICATE_VALUE", Err: errs[n]})
			continue
		default:
			continue // the refusal stands, only without its detail
		}
		e, row := i.failed(), rows[n]
		switch e.Code {
		case "DUPLICATE_VALUE":
			i.takeKeyed(row)
		case "ENTITY_IS_DELETED":
			e.Matches = nonBlank(row.MasterID)
		case "CANNOT_UPDATE_CONVERTED_LEAD":
			e.Matches = nonBlank(row.Fields["ConvertedContactId"])
		default:
			switch {
			case row.ID == "":
				e.Class, e.Fields = crm.ErrNotFound, []string{"Id"}
			case row.Deleted:
				e.Class, e.Fields, e.Matches = crm.ErrStale, []string{"Id"}, nonBlank(row.MasterID)
			}
		}
	}
}

// takeKeyed judges a record that has our key as the org says, and was not found
// by it: it is hidden from us, and then it is what an earlier attempt made; or it
// went to the recycle bin. One that we see has another key.
func (i *item) takeKeyed(row crm.Record) {
	switch e := i.failed(); {
	case row.ID == "":
		i.finish(crm.Result{ID: i.keyAt})
	case row.Deleted:
		e.Class, e.Matches = crm.ErrStale, nonBlank(row.MasterID)
	}
}

// missing names the record that an error is about.
func (i *item) missing() (crm.Ref, bool) {
	e := i.failed()
	if e == nil || i.callFailed {
		return crm.Ref{}, false
	}
	if i.keyAt != "" && e.Code == "DUPLICATE_VALUE" {
		return crm.Ref{Object: i.w.Object, ID: i.keyAt}, true
	}
	isTarget := i.w.Verb == crm.VerbUpdate && (len(e.Fields) == 0 || e.Fields[0] == "Id")
	switch e.Code {
	case "ENTITY_IS_DELETED", "CANNOT_UPDATE_CONVERTED_LEAD":
		if isTarget {
			return crm.Ref{Object: i.w.Object, ID: i.w.ID}, true
		}
		if len(e.Fields) == 0 {
			return crm.Ref{}, false
		}
		to := i.d.byName[e.Fields[0]].RefersTo
		id := i.w.Set[e.Fields[0]]
		if len(to) != 1 || id == "" {
			return crm.Ref{}, false
		}
		return crm.Ref{Object: to[0], ID: id}, true
	case "INVALID_CROSS_REFERENCE_KEY":
		return crm.Ref{Object: i.w.Object, ID: i.w.ID}, isTarget
	default:
		return crm.Ref{}, false
	}
}

// read reads records by id, positionally: one query an object. A record that is
// not there is empty. Fields that an object does not have are left out.
func (b *writing) read(ctx context.Context, refs []crm.Ref, fields []string, deleted bool) ([]crm.Record, []error) {
	rows, errs := make([]crm.Record, len(refs)), make([]error, len(refs))
	var objects []crm.Object
	ids := map[crm.Object][]string{}
	for _, ref := range refs {
		if ids[ref.Object] == nil {
			objects = append(objects, ref.Object)
		}
		ids[ref.Object] = append(ids[ref.Object], ref.ID)
	}
	if len(objects) == 0 {
		return rows, errs
	}
	qs := make([]crm.Query, len(objects))
	for n, o := range objects {
		qs[n] = crm.Query{Object: o, Deleted: deleted, Where: []crm.Cond{{Field: "Id", Op: crm.OpIn, Values: ids[o]}}}
		if d, err := b.org.describe(ctx, o); err == nil {
			qs[n].Select = slices.DeleteFunc(slices.Clone(fields), func(name string) bool { return !d.has(name) })
		}
	}
	pages, err := b.org.Find(ctx, qs)
	for n, ref := range refs {
		if err != nil {
			errs[n] = err
			continue
		}
		page := pages[slices.Index(objects, ref.Object)]
		errs[n] = page.Err
		at := slices.IndexFunc(page.Records, func(r crm.Record) bool { return crm.SameID(r.ID, ref.ID) })
		if at >= 0 {
			rows[n] = page.Records[at]
		}
	}
	return rows, errs
}
