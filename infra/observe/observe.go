// Package observe is what an operator sees MovieNow by: Prometheus' rules (rules.yaml) and what to do about each (README.md). The
// tests run them, and hold everything together.
package observe
