package server

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"runtime/pprof"
	"runtime/trace"
	"strconv"
	"time"
)

const (
	// usualSeconds is how long a process is watched if nothing else is asked for, and mostSeconds the longest.
	usualSeconds = 30
	mostSeconds  = 120
	// heapSample is after how many allocated bytes one allocation is noted, as Go has it by default.
	heapSample = 512 << 10
)

// addProfiles answers what "go tool pprof" and "go tool trace" ask for, at the paths of net/http/pprof. That package isn't used:
// its pages' templates keep the linker from leaving methods out, which makes a binary half a megabyte larger, and importing it
// adds the paths to the mux that every server uses which is given none.
func addProfiles(mux *http.ServeMux) {
	runtime.MemProfileRate = heapSample
	runtime.SetMutexProfileFraction(100)
	runtime.SetBlockProfileRate(int(time.Millisecond))
	mux.HandleFunc("GET /debug/pprof/profile", func(w http.ResponseWriter, r *http.Request) {
		watch(w, r, func() error { return pprof.StartCPUProfile(w) }, pprof.StopCPUProfile)
	})
	mux.HandleFunc("GET /debug/pprof/trace", func(w http.ResponseWriter, r *http.Request) {
		watch(w, r, func() error { return trace.Start(w) }, trace.Stop)
	})
	mux.HandleFunc("GET /debug/pprof/{name}", lookUp)
}

// watch lets a profile run for as many seconds as the request says. Only one can run at a time.
func watch(w http.ResponseWriter, r *http.Request, start func() error, stop func()) {
	seconds, err := number(r, "seconds", usualSeconds, mostSeconds)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), time.Duration(seconds)*time.Second)
	defer cancel()
	// The server's limit is for short answers. One that can't be lifted is the limit of this answer too.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add((mostSeconds + 10) * time.Second))
	w.Header().Set("Content-Type", "application/octet-stream")
	if err := start(); err != nil {
		http.Error(w, err.Error(), http.StatusConflict)
		return
	}
	<-ctx.Done()
	stop()
}

// lookUp writes what the process has noted so far: goroutine, heap, allocs, mutex, block or threadcreate, for pprof or, with
// debug=1 or 2, for people.
func lookUp(w http.ResponseWriter, r *http.Request) {
	profile := pprof.Lookup(r.PathValue("name"))
	if profile == nil {
		http.NotFound(w, r)
		return
	}
	debug, err := number(r, "debug", 0, 2)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if r.URL.Query().Get("gc") != "" {
		runtime.GC() // what is garbage isn't the heap's fault
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	if debug > 0 {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	}
	_ = profile.WriteTo(w, debug) // the client has gone
}

// number is a parameter that is at most largest, or what is usual without it.
func number(r *http.Request, name string, usual, largest int) (int, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return usual, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > largest {
		return 0, fmt.Errorf("%s is %q, which isn't from 0 to %d", name, text, largest)
	}
	return n, nil
}
