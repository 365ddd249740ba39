package contract

import (
	"context"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

func TestDocumentIsValid(t *testing.T) {
	t.Parallel()
	document, err := Document()
	if err != nil {
		t.Fatal(err)
	}
	if err := document.Validate(context.Background(), openapi3.EnableExamplesValidation()); err != nil {
		t.Error(err)
	}
}

func TestWhatAnybodyMayReadIsNotSaidToBeSomebodyElses(t *testing.T) {
	t.Parallel()
	for _, operation := range operations(t) {
		missing := operation.document.Responses.Value("404")
		if operation.Public && missing != nil && strings.Contains(*missing.Value.Description, "yours") {
			t.Errorf("%s is public, but says of 404: %s", operation.ID, *missing.Value.Description)
		}
	}
}
