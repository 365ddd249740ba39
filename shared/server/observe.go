package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync/atomic"
	"time"

	"movienow/shared/config"
	"movienow/shared/telemetry"
)

// working is the progress of the worker that this process is, if it is one.
var working atomic.Pointer[Progress]

func init() {
	telemetry.NewGaugeFunc(telemetry.Metric{Name: "movienow_worker_idle_seconds",
		Help: "Time since the process' worker last took a step. At 120 it is started afresh."},
		func(set func(float64, ...string)) {
			if progress := working.Load(); progress != nil {
				set(progress.idle().Seconds())
			}
		})
}

// observe lets Prometheus read the metrics until ctx ends, on a port of their own: what they tell is nobody else's business,
// and the public port is for clients only. Port 0 is none.
func observe(ctx context.Context, settings config.Server) error {
	if settings.MetricsPort == 0 {
		return nil
	}
	listener, err := net.Listen("tcp", net.JoinHostPort("", strconv.Itoa(settings.MetricsPort)))
	if err != nil {
		return fmt.Errorf("listen for Prometheus (set METRICS_PORT to a free one, or to 0): %w", err)
	}
	private := newServer(privateRoutes(settings.Profiles))
	context.AfterFunc(ctx, func() { private.Close() })
	go func() {
		if err := private.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			slog.ErrorContext(ctx, "serving metrics ended", "error", err)
		}
	}()
	return nil
}

// privateRoutes answers what is for operators only: metrics, and Go's profiles if they are wanted.
func privateRoutes(profiles bool) *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		telemetry.Write(w)
	})
	if profiles {
		addProfiles(mux)
	}
	return mux
}

// writeEMF tells CloudWatch what an invocation has counted. Lambda makes a log line of what is written to standard output.
func writeEMF(ctx context.Context) {
	if err := telemetry.WriteEMF(os.Stdout, time.Now()); err != nil {
		slog.ErrorContext(ctx, "metrics not written", "error", err)
	}
}
