// Command budget compresses every function's binary as for Lambda, and fails if one is too large for that or for a container
// image: what has to be loaded is what a cold start waits for.
//
//	budget FOLDER_OF_BINARIES
package main

import (
	"compress/flate"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"movienow/infra/functions"
)

const (
	zipLimit   = 6 << 20
	imageLimit = 16 << 20
	// besideBinary is what infra/Dockerfile adds to it: certificate authorities.
	besideBinary = 256 << 10
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
	all, err := functions.All(".")
	if err != nil {
		return err
	}
	tooLarge := 0
	fmt.Printf("%-16s %9s %9s\n", "MiB, at most", fmt.Sprint(zipLimit>>20, " zip"), fmt.Sprint(imageLimit>>20, " image"))
	for _, function := range all {
		name := function.Name
		zip, binary, err := sizes(filepath.Join(folder, name))
		if err != nil {
			return err
		}
		image, verdict := binary+besideBinary, ""
		if zip > zipLimit || image > imageLimit {
			verdict = "  too large"
			tooLarge++
		}
		fmt.Printf("%-16s %9.2f %9.2f%s\n", name, mebibytes(zip), mebibytes(image), verdict)
	}
	if tooLarge > 0 {
		return fmt.Errorf("%d functions are too large; \"go list -deps\" shows what is new in them", tooLarge)
	}
	return nil
}

func mebibytes(n int64) float64 { return float64(n) / (1 << 20) }

// sizes are the binary's, compressed as in a zip archive and as it is.
func sizes(path string) (zip, binary int64, err error) {
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
	binary, err = io.Copy(compressor, file)
	if err == nil {
		err = compressor.Close()
	}
	return int64(count), binary, err
}

// counter counts bytes.
type counter int64

// Write implements io.Writer.
func (c *counter) Write(bytes []byte) (int, error) {
	*c += counter(len(bytes))
	return len(bytes), nil
}
