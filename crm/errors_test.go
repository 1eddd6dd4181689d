package crm_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"github.com/onward-crm/onward/crm"
)

// decided says of every class whether trying again, later, can help.
func decided() map[error]bool {
	return map[error]bool{
		crm.ErrNotFound:       false,
		crm.ErrNotVisible:     false,
		crm.ErrDuplicate:      false,
		crm.ErrStale:          false,
		crm.ErrLocked:         true,
		crm.ErrThrottled:      true,
		crm.ErrQuota:          true,
		crm.ErrInvalid:        false,
		crm.ErrInactiveOwner:  false,
		crm.ErrDenied:         false,
		crm.ErrAuth:           false,
		crm.ErrUnavailable:    true,
		crm.ErrUnknownOutcome: true,
		crm.ErrDoubtful:       false,
		crm.ErrParent:         false, // unless its parent's class is
	}
}

func TestCR03EveryClassIsDecided(t *testing.T) {
	classes := crm.Classes()
	for _, class := range classes {
		want, ok := decided()[class]
		if !ok {
			t.Errorf("class %q is not decided here", class)
		}
		wrapped := fmt.Errorf("apply: %w", &crm.Error{Op: "write", Class: class})
		if crm.Retryable(class) != want || crm.Retryable(wrapped) != want {
			t.Errorf("Retryable(%q) is %v, want %v", class, !want, want)
		}
		if crm.ClassOf(class) != class || crm.ClassOf(wrapped) != class {
			t.Errorf("ClassOf(%q) is %q and, wrapped, %q", class, crm.ClassOf(class), crm.ClassOf(wrapped))
		}
	}
	if got := sentinels(t); got != len(classes) || got != len(decided()) {
		t.Errorf("%d sentinels in errors.go, %d in Classes, %d decided", got, len(classes), len(decided()))
	}
	if crm.Retryable(nil) || crm.Retryable(errors.New("other")) || crm.ClassOf(errors.New("other")) != nil {
		t.Error("what has no class is not retryable")
	}
}

// sentinels counts the error variables that the package declares.
func sentinels(t *testing.T) int {
	file, err := parser.ParseFile(token.NewFileSet(), "errors.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	ast.Inspect(file, func(node ast.Node) bool {
		if spec, ok := node.(*ast.ValueSpec); ok && strings.HasPrefix(spec.Names[0].Name, "Err") {
			n++
		}
		return true
	})
	return n
}

func TestParentIsRetryableAsItsParentIs(t *testing.T) {
	for class, want := range decided() {
		err := &crm.Error{Op: "write", Class: crm.ErrParent, Err: &crm.Error{Op: "write", Class: class}}
		if crm.Retryable(err) != want || !errors.Is(err, crm.ErrParent) || crm.ClassOf(err) != crm.ErrParent {
			t.Errorf("child of %q: retryable %v, class %v", class, crm.Retryable(err), crm.ClassOf(err))
		}
	}
}

func TestErrorText(t *testing.T) {
	err := &crm.Error{
		Op: "write", Object: crm.ObjectContact, Key: crm.Key(strings.Repeat("3f", 32)), Class: crm.ErrInvalid,
		Code: "REQUIRED_FIELD_MISSING", Fields: []string{"LastName"}, Rule: "R", Err: errors.New("Ann Lee is no value"),
	}
	want := "crm: write Contact k=" + strings.Repeat("3f", 12) + "…: invalid: REQUIRED_FIELD_MISSING (LastName) by rule R"
	if err.Error() != want {
		t.Errorf("got  %s\nwant %s", err, want)
	}
	for _, form := range []string{"%v", "%+v", "%s"} {
		if text := fmt.Sprintf(form, fmt.Errorf("run: %w", err)); strings.Contains(text, "Ann") {
			t.Errorf("%s shows the cause: %s", form, text)
		}
	}
}
