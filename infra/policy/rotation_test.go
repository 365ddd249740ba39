package policy

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"movienow/infra/services"
	"movienow/infra/testenv"
	"movienow/shared/redis"
)

// pod is a folder with what Redis' pod has mounted, on this machine.
type pod struct {
	dir  string
	port int
	t    *testing.T
}

func redisPod(t *testing.T) *pod {
	t.Helper()
	if _, err := services.Find(t.Context(), os.Stderr, "redis-server"); err != nil { // installs it if need be
		t.Fatal(err)
	}
	p := &pod{t.TempDir(), freePort(t), t}
	replace := strings.NewReplacer("/etc/redis-password", p.dir, "/etc/redis", p.dir, "dir /data", "dir "+p.dir)
	for _, file := range []string{"redis-start.sh", "redis-cli.sh", "redis-ping.sh", "lock-redis.conf"} {
		text, err := os.ReadFile(filepath.Join(root, "k8s", "base", "servers", file))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(p.dir, file), []byte(replace.Replace(string(text))), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// secret is what the Secret holds, which reaches the pod by itself.
func (p *pod) secret(passwords string) {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, "password"), []byte(passwords), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

func (p *pod) command(script string, arguments ...string) *exec.Cmd {
	command := exec.Command("/bin/sh", append([]string{filepath.Join(p.dir, script)}, arguments...)...)
	command.Env = append(os.Environ(), fmt.Sprintf("REDIS_OPTIONS=--bind 127.0.0.1 --port %d", p.port), fmt.Sprintf("REDIS_CLI_OPTIONS=-p %d", p.port))
	return command
}

// start runs Redis until the function that it returns is called.
func (p *pod) start() (stop func()) {
	p.t.Helper()
	server := p.command("redis-start.sh", "lock-redis")
	if err := server.Start(); err != nil {
		p.t.Fatal(err)
	}
	testenv.Eventually(p.t, 30*time.Second, func() bool { return p.command("redis-ping.sh").Run() == nil }, "Redis to answer its probe")
	return func() {
		server.Process.Kill()
		server.Wait()
	}
}

// wantPasswords fails the test unless functions are let in with exactly these of all passwords, and the probe passes.
func (p *pod) wantPasswords(step string, want ...string) {
	p.t.Helper()
	for _, password := range []string{"old", "new", "none"} {
		client, err := redis.Open(fmt.Sprintf("redis://:%s@127.0.0.1:%d/0", password, p.port))
		if err != nil {
			p.t.Fatal(err)
		}
		err = client.Ping(p.t.Context())
		client.Close()
		if wanted := strings.Contains(strings.Join(want, " "), password); wanted != (err == nil) {
			p.t.Errorf("%s: the password %s gets %v", step, password, err)
		}
	}
	if err := run(p.command("redis-ping.sh")); err != nil {
		p.t.Errorf("%s: the probe fails: %v", step, err)
	}
}

// TestRedisHasTwoPasswordsForAWhile follows the steps of infra/deploy/rotate.sh, with a crash of the pod in between.
func TestRedisHasTwoPasswordsForAWhile(t *testing.T) {
	t.Parallel()
	p := redisPod(t)
	p.secret("old")
	stop := p.start()
	p.wantPasswords("at first", "old")
	administer := func(command ...string) {
		t.Helper()
		if err := run(p.command("redis-cli.sh", command...)); err != nil {
			t.Fatal(err)
		}
	}
	administer("ACL", "SETUSER", "default", ">new")
	p.wantPasswords("told of the new one", "old", "new")
	p.secret("new,old")
	stop()
	stop = p.start()
	p.wantPasswords("after a crash", "old", "new")
	p.secret("new")
	administer("ACL", "SETUSER", "default", "resetpass", ">new")
	p.wantPasswords("at last", "new")
	stop()
	defer p.start()()
	p.wantPasswords("after another crash", "new")
}
