// Package conformance asks a running MovieNow, wherever it runs, everything that the contract promises: every operation,
// good answers and refusals, headers, repetition, crowds. It knows nothing of what answers; all it needs is an address
// and tokens for two customers. Every answer that it sees is validated against openapi.yaml.
package conformance
