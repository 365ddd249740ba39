package mail

import (
	"bytes"
	"image"
	"image/png"
	"strings"
	"testing"

	"rsc.io/qr"
)

// A picture shows what the library's own does, whatever the size of the code.
func TestPictureIsTheLibrarys(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"1", "7K2M-9QXR", "0190b5a0-0000-7000-8000-000000000001", strings.Repeat("long ", 30), strings.Repeat("longest", 150)} {
		code, err := qr.Encode(text, qr.Q)
		if err != nil {
			t.Fatal(err)
		}
		got, err := png.Decode(bytes.NewReader(picture(code)))
		if err != nil {
			t.Errorf("%.20q: %v", text, err)
			continue
		}
		want, err := png.Decode(bytes.NewReader(code.PNG()))
		if err != nil || !same(got, want) {
			t.Errorf("%.20q: another picture of %v (%v)", text, got.Bounds(), err)
		}
	}
}

// The control: one square makes a difference.
func TestPictureOfAnotherCodeIsAnother(t *testing.T) {
	t.Parallel()
	code, err := qr.Encode("7K2M-9QXR", qr.Q)
	if err != nil {
		t.Fatal(err)
	}
	before := picture(code)
	code.Bitmap[0] ^= 1
	if bytes.Equal(picture(code), before) {
		t.Error("a square doesn't show")
	}
}

func same(a, b image.Image) bool {
	if a.Bounds() != b.Bounds() {
		return false
	}
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			r, _, _, _ := a.At(x, y).RGBA()
			if want, _, _, _ := b.At(x, y).RGBA(); r != want {
				return false
			}
		}
	}
	return true
}
