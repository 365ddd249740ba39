package api

import _ "embed"

// Contract is the OpenAPI 3.1 document of everything that clients may rely on. Package contract reads it; the functions,
// except the one that shows it, don't link it.
//
//go:embed openapi.yaml
var Contract []byte
