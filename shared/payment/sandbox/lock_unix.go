//go:build unix

package sandbox

import (
	"os"
	"syscall"
)

// lock takes the file for this process alone, until it is closed or the process ends.
func lock(file *os.File) error {
	return syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}
