package supervisor

import "syscall"

// DieWithParent has the kernel send sig to the process when ours ends, even by kill -9.
func DieWithParent(attr *syscall.SysProcAttr, sig syscall.Signal) { attr.Pdeathsig = sig }
