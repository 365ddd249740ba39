//go:build !linux

package supervisor

import "syscall"

// DieWithParent does nothing: only Linux can end a process with its parent.
func DieWithParent(*syscall.SysProcAttr, syscall.Signal) {}
