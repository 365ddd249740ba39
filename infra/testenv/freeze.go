package testenv

import (
	"context"
	"sync"
	"syscall"

	"github.com/jackc/pgx/v5"
)

// FreezePostgres stops all processes of a PostgreSQL server (SIGSTOP): the machine goes on taking connections and bytes,
// and nobody answers. thaw lets them go on; so does the end of the test.
func (s *Server) FreezePostgres() (thaw func()) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	connection, err := pgx.Connect(ctx, s.URL())
	must(s.t, err, "connect to the server to be frozen")
	var postmaster int
	err = connection.QueryRow(ctx, `SELECT split_part(pg_read_file('postmaster.pid'), E'\n', 1)::int`).Scan(&postmaster)
	must(s.t, err, "read the server's process number")
	frozen := []int{postmaster}
	must(s.t, syscall.Kill(postmaster, syscall.SIGSTOP), "freeze the server") // first, so that no process is added
	rows, _ := connection.Query(ctx, `SELECT pid FROM pg_stat_activity`)
	processes, err := pgx.CollectRows(rows, pgx.RowTo[int])
	must(s.t, err, "list the server's processes")
	frozen = append(frozen, processes...)
	for _, process := range processes {
		syscall.Kill(process, syscall.SIGSTOP) // one that has ended meanwhile needs none
	}
	thaw = sync.OnceFunc(func() {
		for _, process := range frozen {
			syscall.Kill(process, syscall.SIGCONT)
		}
		connection.Close(setup(s.t))
	})
	s.t.Cleanup(thaw)
	return thaw
}
