package process_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"

	"movienow/infra/process"
)

// playOwner takes a port and keeps it, without listening there, until its input ends.
func playOwner() int {
	port, err := process.FreePort()
	if err != nil {
		return 1
	}
	fmt.Println(port)
	io.Copy(io.Discard, os.Stdin)
	return 0
}

func TestPortsOfAnotherProcessAreLeftAlone(t *testing.T) {
	t.Parallel()
	owner := exec.Command(os.Args[0])
	owner.Env = append(os.Environ(), "PLAY_OWNER=1")
	input, err := owner.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := owner.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := owner.Start(); err != nil {
		t.Fatal(err)
	}
	var theirs int
	if _, err := fmt.Fscan(bufio.NewReader(output), &theirs); err != nil {
		t.Fatal(err)
	}
	if process.SamePorts([]int{theirs}) {
		t.Errorf("port %d may be taken although another process gives it away", theirs)
	}
	input.Close()
	owner.Wait()
	if !process.SamePorts([]int{theirs}) {
		t.Errorf("port %d may not be taken again after its owner's end", theirs)
	}
}

func TestNoPortIsGivenTwice(t *testing.T) {
	t.Parallel()
	given := map[int]bool{}
	for range 150 { // more than a block
		port, err := process.FreePort()
		if err != nil {
			t.Fatal(err)
		}
		if given[port] {
			t.Errorf("port %d was given twice", port)
		}
		given[port] = true
	}
}
