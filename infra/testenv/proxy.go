package testenv

import (
	"net"
	"sync"
	"sync/atomic"
	"testing"
)

// TCPProxy passes TCP connections on to a target and breaks them on demand. Its methods may be called at any time.
type TCPProxy struct {
	// Addr is where clients connect instead, as host:port.
	Addr string

	target   string
	listener net.Listener
	replies  atomic.Int32
	running  sync.WaitGroup

	mu     sync.Mutex
	open   map[net.Conn]bool
	closed bool
	thawed chan struct{} // closed while bytes may pass
}

// What happens to bytes that come from the target.
const (
	passReplies int32 = iota
	dropReplies
	resetReplies
	resetNextReply
)

// Proxy listens on a free local port until the test ends. target is host:port.
func Proxy(t testing.TB, target string) *TCPProxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err, "listen for the proxy")
	p := &TCPProxy{
		Addr: listener.Addr().String(), target: target, listener: listener,
		open: map[net.Conn]bool{}, thawed: make(chan struct{}),
	}
	close(p.thawed)
	p.running.Go(p.accept)
	t.Cleanup(p.close)
	return p
}

// Cut resets all connections there are; new ones pass.
func (p *TCPProxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for conn := range p.open {
		reset(conn)
	}
}

// Freeze holds all bytes back, in both directions, until Thaw; connections stay open and new ones are accepted.
func (p *TCPProxy) Freeze() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.thawed:
		p.thawed = make(chan struct{})
	default:
	}
}

// Thaw lets the bytes pass that Freeze held back.
func (p *TCPProxy) Thaw() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.thawed:
	default:
		close(p.thawed)
	}
}

// DropReplies throws away what the target answers, so that clients wait for ever, as when a network loses packets.
func (p *TCPProxy) DropReplies(on bool) { p.setReplies(on, dropReplies) }

// ResetReplies resets a connection at the moment when the target answers: the request has had its effect, and the
// client gets an error.
func (p *TCPProxy) ResetReplies(on bool) { p.setReplies(on, resetReplies) }

// ResetNextReply does so once, with the first reply on any connection.
func (p *TCPProxy) ResetNextReply() { p.replies.Store(resetNextReply) }

func (p *TCPProxy) setReplies(on bool, fate int32) {
	if !on {
		fate = passReplies
	}
	p.replies.Store(fate)
}

func (p *TCPProxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.target)
		if err != nil {
			reset(client)
			continue
		}
		if p.track(client, server) {
			p.running.Go(func() { p.pass(server, client, nil) })
			p.running.Go(func() { p.pass(client, server, &p.replies) })
		}
	}
}

// track remembers both ends of a connection, or closes them if the test is over.
func (p *TCPProxy) track(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, conn := range conns {
		if p.closed {
			conn.Close()
			continue
		}
		p.open[conn] = true
	}
	return !p.closed
}

// pass copies until either end closes, and then closes the other.
func (p *TCPProxy) pass(to, from net.Conn, fate *atomic.Int32) {
	defer p.forget(to, from)
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		p.waitThawed()
		if n > 0 && fate != nil && (fate.Load() == resetReplies || fate.CompareAndSwap(resetNextReply, passReplies)) {
			reset(to)
			return
		}
		if n > 0 && (fate == nil || fate.Load() == passReplies) {
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func (p *TCPProxy) waitThawed() {
	p.mu.Lock()
	thawed := p.thawed
	p.mu.Unlock()
	<-thawed
}

func (p *TCPProxy) forget(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, conn := range conns {
		conn.Close()
		delete(p.open, conn)
	}
}

func (p *TCPProxy) close() {
	p.listener.Close()
	p.Thaw()
	p.mu.Lock()
	p.closed = true
	for conn := range p.open {
		conn.Close()
	}
	p.mu.Unlock()
	p.running.Wait()
}

// reset closes a connection with RST instead of FIN, so the peer sees "connection reset".
func reset(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	conn.Close()
}
