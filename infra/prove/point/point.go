// Package point has places in the code at which a process can be told to die. Nothing in the repository imports it: the edits of
// infra/prove do, for the binaries that are tried there.
package point

import (
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// Folder is the environment variable with the folder of the orders.
const Folder = "PROVE_POINTS"

// Signals of an order: the text of a file with the point's name. One process carries it out, and takes the file away.
const (
	Kill = "kill"
	Stop = "stop" // until somebody sends SIGCONT to the process whose number is in the file <name>.stopped
)

// Reached is called where the point is.
func Reached(name string) {
	order := filepath.Join(os.Getenv(Folder), name)
	text, err := os.ReadFile(order)
	if err != nil || os.Remove(order) != nil {
		return // nobody wants anything, or another process was quicker
	}
	signal := syscall.SIGKILL
	if string(text) == Stop {
		signal = syscall.SIGSTOP
		os.WriteFile(order+".stopped", []byte(strconv.Itoa(os.Getpid())), 0o600) // who doesn't find it lets nobody go on
	}
	syscall.Kill(os.Getpid(), signal)
}
