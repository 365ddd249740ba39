package postgres

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// limitUnacknowledged ends a connection when bytes that were sent have stayed unacknowledged for as long as a call may
// last: the host at the other end, or the way there, is gone. Linux would try for a quarter of an hour.
func limitUnacknowledged(_, _ string, socket syscall.RawConn) error {
	var failed error
	err := socket.Control(func(fd uintptr) {
		failed = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(queryTime.Milliseconds()))
	})
	if err != nil {
		return err
	}
	return failed
}
