package hubspot

import (
	"context"
	"errors"
	"slices"

	"github.com/onward-crm/onward/crm"
)

// CheckWritable asks HubSpot, anew, whether fields of an object can be written: the
// look at the start of a program that will write them back. The error is nil or holds
// one crm.ErrInvalid for what does not exist (PROPERTY_DOESNT_EXIST) and one for what
// is read-only (READ_ONLY_VALUE); their Fields name all of them. It costs one call.
func (c *Client) CheckWritable(ctx context.Context, o crm.Object, fields []string) error {
	d, err := c.describeAgain(ctx, o)
	if err != nil {
		return err
	}
	var unknown, readOnly []string
	for _, name := range fields {
		switch f, ok := d.byName[name]; {
		case !ok:
			unknown = append(unknown, name)
		case !f.Updatable:
			readOnly = append(readOnly, name)
		}
	}
	return errors.Join(unwritable(o, codeUnknownField, unknown), unwritable(o, codeReadOnly, readOnly))
}

func unwritable(o crm.Object, code string, names []string) error {
	if len(names) == 0 {
		return nil
	}
	slices.Sort(names)
	return &crm.Error{Op: "describe", Object: o, Class: crm.ErrInvalid, Code: code, Fields: slices.Compact(names)}
}
