package server

import (
	"net/http"
	"strings"
	"testing"
)

// Profiles tell names of the code and slow a process down, so they are for those who reach the metrics, and only if PROFILES is
// set. This test isn't run beside others, because a process makes one profile of its CPU at a time.
func TestProfilesAreForOperatorsWhoWantThem(t *testing.T) {
	public, private := twoPorts(t, true)
	publicWithout, privateWithout := twoPorts(t, false)
	const gzip, goTrace = "\x1f\x8b", "go 1."
	for _, test := range []struct {
		path, starts string
		status       int
	}{
		{"profile?seconds=0", gzip, http.StatusOK},
		{"trace?seconds=0", goTrace, http.StatusOK},
		{"heap?gc=1", gzip, http.StatusOK},
		{"allocs", gzip, http.StatusOK},
		{"mutex", gzip, http.StatusOK},
		{"block", gzip, http.StatusOK},
		{"goroutine?debug=2", "goroutine ", http.StatusOK},
		{"nothing", "404", http.StatusNotFound},
		{"profile?seconds=121", `seconds is "121"`, http.StatusBadRequest},
		{"heap?debug=many", `debug is "many"`, http.StatusBadRequest},
	} {
		t.Run(test.path, func(t *testing.T) {
			path := "/debug/pprof/" + test.path
			if status, body := private(path); status != test.status || !strings.HasPrefix(body, test.starts) {
				t.Errorf("got %d %.40q, want %d %q", status, body, test.status, test.starts)
			}
			for where, get := range map[string]func(string) (int, string){
				"the public port": public, "the public port without profiles": publicWithout, "the private port without profiles": privateWithout,
			} {
				if status, _ := get(path); status != http.StatusNotFound {
					t.Errorf("%s answers with %d", where, status)
				}
			}
		})
	}
}
