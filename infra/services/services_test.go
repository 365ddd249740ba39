package services_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"movienow/infra/services"
	"movienow/infra/testenv"

	"github.com/jackc/pgx/v5"
	goredis "github.com/redis/go-redis/v9"
)

// TestMain lets a test run this program again as one that starts servers and waits for its death.
func TestMain(m *testing.M) {
	if dir := os.Getenv("TEST_START_SERVICES_IN"); dir != "" {
		s, err := services.Start(context.Background(), dir, services.Options{Given: map[string]string{"AMQP_URL": os.Getenv("TEST_AMQP_URL")}})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(s.URLs["DATABASE_URL"], s.URLs["LOCK_REDIS_URL"], s.URLs["CACHE_REDIS_URL"])
		io.Copy(io.Discard, os.Stdin)
		return
	}
	os.Exit(m.Run())
}

func start(t *testing.T, dir string, o services.Options) *services.Services {
	t.Helper()
	s, err := services.Start(t.Context(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Stop() })
	return s
}

func TestStartKeepsDataAndPorts(t *testing.T) {
	t.Parallel()
	dir, o := t.TempDir(), services.Options{Given: map[string]string{"AMQP_URL": testenv.RabbitMQ(t)}}
	t.Cleanup(func() { services.Remove(dir) })
	first := start(t, dir, o)
	query(t, first.URLs["DATABASE_URL"], "CREATE TABLE kept (); SELECT 'created'")
	redis(t, first.URLs["LOCK_REDIS_URL"], "SET", "kept", "yes")
	if err := first.Stop(); err != nil {
		t.Fatal(err)
	}
	if reachable(first.URLs["DATABASE_URL"]) || reachable(first.URLs["LOCK_REDIS_URL"]) || reachable(first.URLs["CACHE_REDIS_URL"]) {
		t.Error("a server still listens after Stop")
	}
	second := start(t, dir, o)
	if second.URLs["DATABASE_URL"] != first.URLs["DATABASE_URL"] || second.URLs["LOCK_REDIS_URL"] != first.URLs["LOCK_REDIS_URL"] {
		t.Errorf("got URLs %+v, want those of the first start %+v", second, first)
	}
	query(t, second.URLs["DATABASE_URL"], "SELECT count(*)::text FROM kept")
	if got := redis(t, second.URLs["LOCK_REDIS_URL"], "GET", "kept"); got != "yes" {
		t.Errorf("got key %q after the second start, want yes", got)
	}
}

func TestStartSetsTheServersUp(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	t.Cleanup(func() { services.Remove(dir) })
	s := start(t, dir, services.Options{Given: map[string]string{"AMQP_URL": testenv.RabbitMQ(t)}})
	for _, test := range []struct{ name, got, want string }{
		{"a commit is on disk", query(t, s.URLs["DATABASE_URL"], "SELECT current_setting('fsync') || current_setting('synchronous_commit')"), "onon"},
		{"locks are never evicted", redis(t, s.URLs["LOCK_REDIS_URL"], "CONFIG", "GET", "maxmemory-policy"), "[maxmemory-policy noeviction]"},
		{"locks survive a restart", redis(t, s.URLs["LOCK_REDIS_URL"], "CONFIG", "GET", "appendonly"), "[appendonly yes]"},
		{"the cache makes room", redis(t, s.URLs["CACHE_REDIS_URL"], "CONFIG", "GET", "maxmemory-policy"), "[maxmemory-policy allkeys-lfu]"},
	} {
		if test.got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, test.got, test.want)
		}
	}
	if _, err := services.Start(t.Context(), dir, services.Options{}); err == nil || !strings.Contains(err.Error(), "in use by another run") {
		t.Errorf("got error %v for a second start in the same folder", err)
	}
}

func TestServersDieWithTheirStarter(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	t.Cleanup(func() { services.Remove(dir) })
	starter := exec.Command(os.Args[0])
	starter.Env = append(os.Environ(), "TEST_START_SERVICES_IN="+dir, "TEST_AMQP_URL="+testenv.RabbitMQ(t))
	out, err := starter.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := starter.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := starter.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	fields := strings.Fields(line)
	if err != nil || len(fields) != 3 {
		t.Fatalf("start in another process: %v: %s", err, line)
	}
	starter.Process.Kill()
	starter.Wait()
	for _, url := range fields {
		testenv.Eventually(t, 10*time.Second, func() bool { return !reachable(url) }, "the death of "+url)
	}
	start(t, dir, services.Options{Given: map[string]string{"AMQP_URL": testenv.RabbitMQ(t)}}) // and what the crash left isn't in the way
}

func TestUnexpectedEndIsReportedAndMended(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	t.Cleanup(func() { services.Remove(dir) })
	s := start(t, dir, services.Options{Given: map[string]string{"AMQP_URL": testenv.RabbitMQ(t), "DATABASE_URL": testenv.Postgres(t)}})
	client := goredis.NewClient(options(t, s.URLs["LOCK_REDIS_URL"]))
	defer client.Close()
	client.ShutdownNoSave(t.Context())
	select {
	case err := <-s.Failed():
		if !strings.HasPrefix(err.Error(), "lock-redis ended by itself") {
			t.Errorf("got %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("nobody noticed")
	}
	if err := s.Revive(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := redis(t, s.URLs["LOCK_REDIS_URL"], "PING"); got != "PONG" {
		t.Errorf("revived: got %q", got)
	}
}

// TestServersAreHaltedAndFrozen: nobody takes it for a failure, and afterwards they answer again at their old addresses.
func TestServersAreHaltedAndFrozen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	t.Cleanup(func() { services.Remove(dir) })
	s := start(t, dir, services.Options{Given: map[string]string{"AMQP_URL": testenv.RabbitMQ(t)}})
	lock, database := s.URLs["LOCK_REDIS_URL"], s.URLs["DATABASE_URL"]
	if err := s.Halt("LOCK_REDIS_URL"); err != nil || reachable(lock) {
		t.Errorf("halted: it is reachable, or: %v", err)
	}
	if err := s.Revive(t.Context()); err != nil || redis(t, lock, "PING") != "PONG" {
		t.Errorf("revived: %v", err)
	}
	connection, err := pgx.Connect(t.Context(), database) // its process was there before
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close(t.Context())
	thaw, err := s.Freeze("DATABASE_URL")
	if err != nil {
		t.Fatal(err)
	}
	defer thaw()
	answered := make(chan error, 1)
	go func() { answered <- connection.Ping(t.Context()) }()
	select {
	case err := <-answered:
		t.Errorf("a frozen server has answered: %v", err)
	case <-time.After(300 * time.Millisecond): // whoever isn't frozen answers in one
	}
	thaw()
	if err := <-answered; err != nil {
		t.Errorf("thawed: %v", err)
	}
	select {
	case err := <-s.Failed():
		t.Errorf("got the failure %v", err)
	default:
	}
	if err := s.Halt("AMQP_URL"); err == nil {
		t.Error("a server that was given has been halted")
	}
}

func query(t *testing.T, url, sql string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	results, err := conn.PgConn().Exec(t.Context(), sql).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return string(results[len(results)-1].Rows[0][0])
}

func redis(t *testing.T, url string, command ...any) string {
	t.Helper()
	client := goredis.NewClient(options(t, url))
	defer client.Close()
	got, err := client.Do(t.Context(), command...).Result()
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(got)
}

func options(t *testing.T, url string) *goredis.Options {
	t.Helper()
	o, err := goredis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	o.Protocol = 2 // answers pairs as a list
	return o
}

// reachable says whether anything listens at the host and port of a URL.
func reachable(url string) bool {
	_, address, _ := strings.Cut(url, "@")
	address, _, _ = strings.Cut(address, "/")
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return false
	}
	conn.Close()
	return true
}

func TestServerSurvivesWhatItFinds(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	server := services.NewRedis(dir, services.RedisOptions{})
	t.Cleanup(func() { server.Discard() })
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	// The remembered port belongs to another program now, and so does the remembered process number: ours.
	port := taken.Addr().(*net.TCPAddr).Port
	memory := fmt.Sprintf(`{"password":"x","ports":[%d,%d],"processes":[{"pid":%d,"born":"1"}]}`, port, port, os.Getpid())
	if err := os.WriteFile(filepath.Join(dir, "memory.json"), []byte(memory), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(server.URL(), fmt.Sprint(":", port)) {
		t.Errorf("got %s, want another port", server.URL())
	}
}

func TestStartShowsWhyAServerEnds(t *testing.T) {
	t.Parallel()
	server := services.NewRedis(t.TempDir(), services.RedisOptions{})
	t.Cleanup(func() { server.Discard() })
	if err := os.Mkdir(filepath.Join(filepath.Dir(server.LogFile()), "appendonlydir"), 0o700); err != nil {
		t.Fatal(err)
	}
	persistent := services.NewRedis(filepath.Dir(server.LogFile()), services.RedisOptions{Persistent: true})
	manifest := filepath.Join(filepath.Dir(server.LogFile()), "appendonlydir", "appendonly.aof.manifest")
	if err := os.WriteFile(manifest, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := persistent.Start(t.Context())
	if err == nil || !strings.Contains(err.Error(), "ended right after its start") || !strings.Contains(err.Error(), "AOF manifest") {
		t.Errorf("got error %v, want the end of the server's log", err)
	}
}
