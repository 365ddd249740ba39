package process

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
)

// Ports for programs lie below 32768, where Linux begins to give ports to outgoing connections.
const (
	firstPort  = 20_000
	blockSize  = 100
	portBlocks = (32_768 - firstPort) / blockSize
)

// ports are those that this process gives away. Another process that starts programs at the same time must not choose the
// same port before the program that it is meant for listens there, so each takes blocks of ports to itself: the first
// port of a block stays open.
var ports = struct {
	sync.Mutex
	doors     map[int]net.Listener // by the number of the block
	given     map[int]bool
	next, end int // of the block that ports are taken from
}{doors: map[int]net.Listener{}, given: map[int]bool{}}

// FreePort is a port of this machine for a program that is about to be started. It never returns the same port twice.
func FreePort() (int, error) {
	ports.Lock()
	defer ports.Unlock()
	for range 10_000 {
		if ports.next == ports.end {
			block := rand.IntN(portBlocks)
			if ports.doors[block] != nil || !takeBlock(block) {
				continue
			}
			ports.next = firstPort + block*blockSize + 1
			ports.end = ports.next + blockSize - 1
		}
		ports.next++
		if port := ports.next - 1; !ports.given[port] && portFree(port) {
			ports.given[port] = true
			return port, nil
		}
	}
	return 0, fmt.Errorf("no free port found from %d to 32767; end some of the programs that listen there", firstPort)
}

// SamePorts says whether a program may have the ports again that FreePort gave it earlier, perhaps in another process:
// nobody listens there, and nobody else gives them away.
func SamePorts(wanted []int) bool {
	ports.Lock()
	defer ports.Unlock()
	for _, port := range wanted {
		block := (port - firstPort) / blockSize
		if port < firstPort || block >= portBlocks || !takeBlock(block) || !portFree(port) {
			return false
		}
		ports.given[port] = true
	}
	return true
}

func takeBlock(block int) bool {
	if ports.doors[block] == nil {
		door, err := listen(firstPort + block*blockSize)
		if err != nil {
			return false
		}
		ports.doors[block] = door
	}
	return true
}

func portFree(port int) bool {
	listener, err := listen(port)
	if err != nil {
		return false
	}
	listener.Close()
	return true
}

func listen(port int) (net.Listener, error) { return net.Listen("tcp", ":"+strconv.Itoa(port)) }
