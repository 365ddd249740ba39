// Command budget compresses every function's binary as for Lambda and fails if one is too large: what Lambda has to load is
// what a cold start waits for.
//
//	budget FOLDER_OF_BINARIES
package main

import (
	"compress/flate"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

const (
	limit      = 6 << 20
	emailLimit = 12 << 20 // send-email, which has a mail client and templates in it
	// Of the binary unpacked, which is nearly all that an image holds.
	imageLimit      = 16 << 20
	emailImageLimit = 18 << 20
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: make check-size")
		os.Exit(2)
	}
	if err := check(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func check(folder string) error {
	functions, err := filepath.Glob("functions/*")
	if err != nil || len(functions) == 0 {
		return fmt.Errorf("there are no functions here; run this in the repository's folder (%w)", err)
	}
	tooLarge := 0
	fmt.Printf("%-16s %9s %9s %9s\n", "function", "zip MiB", "at most", "binary")
	for _, path := range functions {
		name := filepath.Base(path)
		packed, plain, err := sizes(filepath.Join(folder, name))
		if err != nil {
			return err
		}
		most, mostPlain := int64(limit), int64(imageLimit)
		if name == "send-email" {
			most, mostPlain = emailLimit, emailImageLimit
		}
		verdict := ""
		if packed > most || plain > mostPlain {
			verdict = "  too large"
			tooLarge++
		}
		fmt.Printf("%-16s %9.2f %9.0f %9.2f%s\n", name, mebibytes(packed), mebibytes(most), mebibytes(plain), verdict)
	}
	if tooLarge > 0 {
		return fmt.Errorf("%d functions are too large; \"go list -deps\" shows what is new in them", tooLarge)
	}
	return nil
}

func mebibytes(n int64) float64 { return float64(n) / (1 << 20) }

// sizes are the binary's, compressed as in a zip archive and as it is.
func sizes(path string) (packed, plain int64, err error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, 0, fmt.Errorf("open the binary (make build makes it): %w", err)
	}
	defer file.Close()
	var count counter
	compressor, err := flate.NewWriter(&count, flate.DefaultCompression)
	if err != nil {
		return 0, 0, err
	}
	plain, err = io.Copy(compressor, file)
	if err == nil {
		err = compressor.Close()
	}
	return int64(count), plain, err
}

// counter counts bytes.
type counter int64

// Write implements io.Writer.
func (c *counter) Write(bytes []byte) (int, error) {
	*c += counter(len(bytes))
	return len(bytes), nil
}
