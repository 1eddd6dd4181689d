package soql

import (
	"context"
	"strings"
	"time"

	"github.com/onward-crm/onward/crm"
)

// Source is where records come from.
type Source interface {
	// Objects lists the objects that there are.
	Objects() []crm.Object
	// Schema describes one of them; false when there is none of that name.
	Schema(o crm.Object) (crm.Schema, bool)
	// Find answers one page of a query, in order of id. Names in the query are
	// spelled as in the schemas.
	Find(ctx context.Context, q crm.Query) (crm.Page, error)
	// Now is the present time, by which date literals are read.
	Now() time.Time
	// RecordURL is the path of a record, as the attributes of a row give it.
	RecordURL(o crm.Object, id string) string
}

// entity is an object with its fields by lower-case name.
type entity struct {
	object crm.Object
	list   []crm.Field
	fields map[string]crm.Field
	// targets are the objects behind a reference that can lead to several. Such
	// an entity has only the fields of nameFields.
	targets []*entity
}

// nameFields are the fields that can be read through a reference to several
// objects, whichever of them it leads to.
var nameFields = []string{
	"id", "name", "firstname", "lastname", "email", "isactive", "phone", "title", "username", "alias", "userroleid", "profileid",
}

// typeField tells which object a reference to several objects leads to.
var typeField = crm.Field{Name: "Type", Type: crm.TypeText, Length: 40}

func (e *entity) field(name string) (crm.Field, bool) {
	f, ok := e.fields[strings.ToLower(name)]
	return f, ok
}

// resolver finds entities by name, each once.
type resolver struct {
	src      Source
	entities map[crm.Object]*entity
	objects  []crm.Object
}

func newResolver(src Source) *resolver {
	return &resolver{src: src, entities: map[crm.Object]*entity{}, objects: src.Objects()}
}

// named finds an object whatever the case of its name.
func (r *resolver) named(name string) *entity {
	for _, o := range r.objects {
		if strings.EqualFold(string(o), name) {
			return r.entity(o)
		}
	}
	return nil
}

// entity describes an object; nil when there is none of that name.
func (r *resolver) entity(o crm.Object) *entity {
	if e, ok := r.entities[o]; ok {
		return e
	}
	schema, ok := r.src.Schema(o)
	if !ok {
		r.entities[o] = nil
		return nil
	}
	e := &entity{object: o, list: schema.Fields, fields: make(map[string]crm.Field, len(schema.Fields))}
	for _, f := range schema.Fields {
		e.fields[strings.ToLower(f.Name)] = f
	}
	r.entities[o] = e
	return e
}

// parent finds the entity that a relationship leads to, and the reference field
// behind it; nil when e has no such relationship.
func (r *resolver) parent(e *entity, relationship string) (*entity, crm.Field) {
	for _, f := range e.list {
		if f.Type != crm.TypeReference || !strings.EqualFold(RelationshipName(f.Name), relationship) {
			continue
		}
		var targets []*entity
		for _, o := range References(e.object, f) {
			if t := r.entity(o); t != nil {
				targets = append(targets, t)
			}
		}
		switch len(targets) {
		case 0:
			return nil, f
		case 1:
			return targets[0], f
		default:
			return several(targets), f
		}
	}
	return nil, crm.Field{}
}

// several is the entity behind a reference that can lead to more than one.
func several(targets []*entity) *entity {
	e := &entity{fields: map[string]crm.Field{"type": typeField}, targets: targets}
	for _, name := range nameFields {
		for _, t := range targets {
			if f, ok := t.fields[name]; ok {
				e.fields[name] = f
				break
			}
		}
	}
	return e
}

// String names the entity in messages.
func (e *entity) String() string {
	if len(e.targets) > 0 {
		return "Name"
	}
	return string(e.object)
}
