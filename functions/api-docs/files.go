package main

import (
	"compress/gzip"
	"embed"
	"fmt"
	"io"
	"strings"

	"github.com/swaggest/swgui/v5/static"
)

//go:embed page
var page embed.FS

// file is a part of the page. Those of Swagger UI come compressed.
type file struct {
	mediaType string
	source    embed.FS
	path      string
}

// files are all parts of the page. Swagger UI brings more that the page doesn't use.
var files = map[string]file{
	"index.html":           {"text/html; charset=utf-8", page, "page/index.html"},
	"start.js":             {"text/javascript; charset=utf-8", page, "page/start.js"},
	"page.css":             {"text/css; charset=utf-8", page, "page/page.css"},
	"swagger-ui-bundle.js": {"text/javascript; charset=utf-8", static.FS, "swagger-ui-bundle.js.gz"},
	"swagger-ui.css":       {"text/css; charset=utf-8", static.FS, "swagger-ui.css.gz"},
}

// read returns the file's content, gzip-compressed if it is kept so and the caller takes it so.
func (f file) read(takesGzip bool) (content []byte, compressed bool, err error) {
	reader, err := f.source.Open(f.path)
	if err != nil {
		return nil, false, fmt.Errorf("open %s: %w", f.path, err)
	}
	defer reader.Close()
	var from io.Reader = reader
	compressed = strings.HasSuffix(f.path, ".gz")
	if compressed && !takesGzip {
		if from, err = gzip.NewReader(reader); err != nil {
			return nil, false, fmt.Errorf("uncompress %s: %w", f.path, err)
		}
		compressed = false
	}
	if content, err = io.ReadAll(from); err != nil {
		return nil, false, fmt.Errorf("read %s: %w", f.path, err)
	}
	return content, compressed, nil
}
