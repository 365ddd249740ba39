//go:build !linux

package postgres

import "syscall"

// limitUnacknowledged does nothing where there is no TCP_USER_TIMEOUT: keepalive probes and a call's deadline have to do.
func limitUnacknowledged(_, _ string, _ syscall.RawConn) error { return nil }
