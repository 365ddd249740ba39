package system

import (
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
)

// Ports for programs lie between those that infra/services gives to servers and 32768, where Linux begins to give ports to
// outgoing connections.
const (
	firstPort  = 25_000
	blockSize  = 100
	portBlocks = (32_768 - firstPort) / blockSize
)

// block is the row of ports that this process gives away. Another process that starts a system at the same time must not
// choose the same port before the program that it is meant for listens there, so each takes a block to itself: its
// first port stays open.
var block struct {
	sync.Mutex
	door      net.Listener
	next, end int
}

// freePort never returns the same port twice.
func freePort() int {
	block.Lock()
	defer block.Unlock()
	for {
		if block.next == block.end {
			takeBlock()
		}
		block.next++
		if listener, err := net.Listen("tcp", ":"+strconv.Itoa(block.next-1)); err == nil {
			listener.Close()
			return block.next - 1
		}
	}
}

func takeBlock() {
	for {
		first := firstPort + rand.IntN(portBlocks)*blockSize
		if door, err := net.Listen("tcp", ":"+strconv.Itoa(first)); err == nil {
			block.door, block.next, block.end = door, first+1, first+blockSize
			return
		}
	}
}
