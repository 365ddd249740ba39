package services

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// postgresUser is who PostgreSQL runs as when we are root, which it refuses to be. The system's package creates it.
const postgresUser = "postgres"

func (p *postgres) data() string { return filepath.Join(p.place(), "data") }

// place is the folder that belongs to the user PostgreSQL runs as: one in the server's own, unless we are root and the
// checkout lies where the user postgres can't reach it (/root, say); then one under /var/tmp, named after the path that
// it stands for.
func (p *postgres) place() string {
	if os.Geteuid() != 0 || reachable(p.dir) {
		return filepath.Join(p.dir, "cluster")
	}
	sum := sha256.Sum256([]byte(p.dir))
	return fmt.Sprintf("/var/tmp/movienow-%x", sum[:8])
}

// reachable says whether every user can pass through all parents of dir.
func reachable(dir string) bool {
	for parent := filepath.Clean(dir); ; parent = filepath.Dir(parent) {
		info, err := os.Stat(parent)
		if err == nil && info.Mode().Perm()&0o001 == 0 {
			return false
		}
		if parent == filepath.Dir(parent) {
			return true
		}
	}
}

// makePlace creates the folder. Anybody may create names under /var/tmp, so one that is there already is used only if
// it is a real folder of ours.
func (p *postgres) makePlace() error {
	place := p.place()
	if err := os.Mkdir(place, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("create the folder for PostgreSQL's data: %w", err)
	}
	info, err := os.Lstat(place)
	if err != nil {
		return fmt.Errorf("look at the folder for PostgreSQL's data: %w", err)
	}
	owner, _ := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || owner == nil || !ownedByUs(owner) {
		return fmt.Errorf("%s belongs to somebody else; remove it", place)
	}
	return giveToOwner(place)
}

func ownedByUs(owner *syscall.Stat_t) bool {
	id, err := credential()
	return int(owner.Uid) == os.Geteuid() || (err == nil && id != nil && owner.Uid == id.Uid)
}

// command prepares one of PostgreSQL's programs to run as a user it accepts, with nothing of our environment: PGHOST
// and its like would redirect it.
func (p *postgres) command(name string, args ...string) (*exec.Cmd, error) {
	path, err := find(name)
	if err != nil {
		return nil, err
	}
	id, err := credential()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(path, args...)
	cmd.Dir = p.place()
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: id}
	return cmd, nil
}

// credential is the user postgres when we are root, and nil (ourselves) when not.
func credential() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	account, err := user.Lookup(postgresUser)
	if err != nil {
		return nil, fmt.Errorf("PostgreSQL doesn't run as root and there is no user %q; create it with: useradd --system %s: %w", postgresUser, postgresUser, err)
	}
	uid, err := strconv.ParseUint(account.Uid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("read the number of user %s: %w", postgresUser, err)
	}
	gid, err := strconv.ParseUint(account.Gid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("read the group of user %s: %w", postgresUser, err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

func giveToOwner(path string) error {
	id, err := credential()
	if err != nil || id == nil {
		return err
	}
	if err := os.Lchown(path, int(id.Uid), int(id.Gid)); err != nil {
		return fmt.Errorf("give %s to user %s: %w", path, postgresUser, err)
	}
	return nil
}

// run waits for a command and gives its output when it fails.
func run(ctx context.Context, cmd *exec.Cmd) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", filepath.Base(cmd.Path), err, out)
	}
	return nil
}
