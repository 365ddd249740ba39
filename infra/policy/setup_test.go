package policy

import (
	"sync"
	"testing"
)

const root = "../.."

var (
	renderings   = map[string]func() ([]Object, error){}
	renderMakers sync.Once
)

// render returns the objects of an overlay; each is rendered once.
func render(t *testing.T, overlay string) []Object {
	t.Helper()
	renderMakers.Do(func() {
		for _, name := range Overlays {
			renderings[name] = sync.OnceValues(func() ([]Object, error) {
				rendered, err := Build(root, name)
				if err != nil {
					return nil, err
				}
				return Parse(rendered)
			})
		}
	})
	objects, err := renderings[overlay]()
	if err != nil {
		t.Fatal(err)
	}
	return objects
}

// everywhere runs a test on every overlay.
func everywhere(t *testing.T, test func(t *testing.T, overlay string, objects []Object)) {
	t.Parallel()
	for _, overlay := range Overlays {
		t.Run(overlay, func(t *testing.T) {
			t.Parallel()
			test(t, overlay, render(t, overlay))
		})
	}
}

// find returns the objects of a kind by their names.
func find(objects []Object, kind string) map[string]Object {
	found := map[string]Object{}
	for _, object := range objects {
		if object.Kind == kind {
			found[object.Metadata.Name] = object
		}
	}
	return found
}

// pods returns the objects that make pods.
func pods(objects []Object) []Object {
	var found []Object
	for _, object := range objects {
		if object.Pod() != nil {
			found = append(found, object)
		}
	}
	return found
}
