package supervisor

import "syscall"

// dieWithParent has the kernel kill the process when ours ends, even by kill -9. Functions survive being killed at any
// moment, so they needn't be asked.
func dieWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGKILL }
