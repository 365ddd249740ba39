package mail

import (
	"bytes"
	"go/format"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/valyala/quicktemplate/parser"
)

func TestGeneratedCodeIsThatOfTheTemplates(t *testing.T) {
	t.Parallel()
	templates, err := filepath.Glob("*.qtpl")
	if err != nil || len(templates) != 2 {
		t.Fatalf("templates are %v (%v), want the HTML's and the text's", templates, err)
	}
	for _, path := range templates {
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var code bytes.Buffer
		if err := parser.ParseNoLineComments(&code, bytes.NewReader(source), path, "mail"); err != nil {
			t.Fatal(err)
		}
		want, err := format.Source(code.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path + ".go")
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s.go isn't what %s says; run make generate", path, path)
		}
	}
}

func TestTheHTMLEscapesWhateverAPageHolds(t *testing.T) {
	t.Parallel()
	const hostile = `"'><script>&`
	for _, cancelled := range []bool{false, true} {
		p := page{Seats: make([]seat, 1)}
		fill(reflect.ValueOf(&p).Elem(), hostile)
		p.Cancelled = cancelled
		html := p.html()
		for _, raw := range []string{hostile, `"'`, "<script>"} {
			if strings.Contains(html, raw) {
				t.Errorf("cancelled %v: the HTML holds %s as it came", cancelled, raw)
			}
		}
		if shown := strings.Count(html, "&quot;&#39;&gt;&lt;script&gt;&amp;"); shown < 10 {
			t.Errorf("cancelled %v: the HTML shows %d texts, want those of the movie, the show, the seats, ...", cancelled, shown)
		}
	}
}

// fill sets every text below the value.
func fill(value reflect.Value, text string) {
	switch value.Kind() {
	case reflect.String:
		value.SetString(text)
	case reflect.Struct:
		for i := range value.NumField() {
			if value.Field(i).CanSet() {
				fill(value.Field(i), text)
			}
		}
	case reflect.Slice:
		for i := range value.Len() {
			fill(value.Index(i), text)
		}
	}
}
