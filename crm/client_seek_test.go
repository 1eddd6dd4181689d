package crm_test

import (
	"context"
	"errors"
	"testing"

	"github.com/onward-crm/onward/crm"
)

// seekStub is a driver of a CRM in which leads have no key field.
type seekStub struct {
	stub
	found []string
}

func (s *seekStub) Keyless(o crm.Object) bool { return o == crm.ObjectLead }

func (s *seekStub) Seek(_ context.Context, ws []crm.Write) ([][]string, error) {
	out := make([][]string, len(ws))
	for i := range out {
		out[i] = append(out[i], s.found...)
	}
	return out, nil
}

// TestCR12NamesakesOfOneBatch: of two leads of one name the answer to the second
// is lost. The first one's record fits too, and is not taken for the second's.
func TestCR12NamesakesOfOneBatch(t *testing.T) {
	lost := &crm.Error{Op: "write", Class: crm.ErrUnknownOutcome}
	for _, row := range []struct {
		name  string
		found []string
		want  string
	}{
		{"CR12 the second landed as well", []string{"00Q1", "00Q2"}, "00Q2"},
		{"CR12 only the first is there", []string{"00Q1"}, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := &seekStub{found: row.found}
			s.limits = crm.Limits{Writes: 1}
			s.write = func([]crm.Write) ([]crm.Result, error) {
				if len(s.batches) == 1 {
					return []crm.Result{{ID: "00Q1", Created: true}}, nil
				}
				return nil, lost
			}
			lead := func(key crm.Key) crm.Write {
				return crm.Write{Key: key, Verb: crm.VerbCreate, Object: crm.ObjectLead, Set: crm.Fields{"LastName": "Roe"}}
			}
			c, _ := newClient(s)
			got := mustApply(t, c, lead("a"), lead("b"))
			if got[1].ID != row.want || errors.Is(got[1].Err, crm.ErrDoubtful) != (row.want == "") || len(s.batches) != 2 {
				t.Errorf("the second is %q, %v, after %d writes", got[1].ID, got[1].Err, len(s.batches))
			}
		})
	}
}
