package pgtest

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// patience is how long the server may take to start, on a machine that does much
// else.
const patience = 60 * time.Second

// keeper stops the server and removes its files when our end of its input closes,
// which it does however our process ends.
const keeper = `"$1" -D "$2" -p "$3" -k "$2" -c listen_addresses=127.0.0.1 -c max_connections=200 -c shared_buffers=64MB >"$2/log" 2>&1 &
server=$!
cat >/dev/null
kill -QUIT $server 2>/dev/null
wait $server 2>/dev/null
rm -rf "${2%/data}"`

// held are the input of the keeper and its process; they live as long as we do.
var held []any

// start makes a cluster and starts its server.
func start() (dsn string, err error) {
	initdb, errInit := program("initdb")
	postgres, errServer := program("postgres")
	if errInit != nil || errServer != nil {
		return "", errNone
	}
	as, err := whoever()
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp(base(), "onward-postgres-")
	if err != nil {
		return "", err
	}
	if as != nil {
		if err := os.Chown(dir, int(as.Uid), int(as.Gid)); err != nil {
			return "", err
		}
	}
	data := filepath.Join(dir, "data")
	make := exec.Command(initdb, "-D", data, "-U", "postgres", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C")
	make.SysProcAttr, make.Dir = &syscall.SysProcAttr{Credential: as}, dir
	if out, err := make.CombinedOutput(); err != nil {
		return "", fmt.Errorf("initdb: %w: %s", err, out)
	}
	port, err := freePort()
	if err != nil {
		return "", err
	}
	run := exec.Command("sh", "-c", keeper, "sh", postgres, data, strconv.Itoa(port))
	// A group of its own: an interrupt at the terminal is for the tests.
	run.SysProcAttr, run.Dir = &syscall.SysProcAttr{Credential: as, Setpgid: true}, dir
	in, err := run.StdinPipe()
	if err != nil {
		return "", err
	}
	if err := run.Start(); err != nil {
		return "", err
	}
	held = append(held, in, run)
	dsn = fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable", port)
	return dsn, ready(dsn)
}

// enough is the memory that a cluster of tests may need.
const enough = 1 << 30

// base is a folder in memory where there is room for it: tests commit thousands of
// times, and all settings stay as they would be on a disk.
func base() string {
	const shm = "/dev/shm"
	var fs syscall.Statfs_t
	if err := syscall.Statfs(shm, &fs); err != nil || fs.Bavail*uint64(fs.Bsize) < enough {
		return ""
	}
	return shm
}

// ready waits until the server answers.
func ready(dsn string) (err error) {
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if err = execute(ctx, dsn, "SELECT 1"); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("postgres does not answer: %w", err)
		case <-tick.C:
		}
	}
}

// program finds a program of PostgreSQL, also where Debian keeps them.
func program(name string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if len(found) == 0 {
		return "", exec.ErrNotFound
	}
	return found[len(found)-1], nil
}

// whoever is the user as whom the server runs: it refuses root.
func whoever() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, errU := strconv.ParseUint(u.Uid, 10, 32)
		gid, errG := strconv.ParseUint(u.Gid, 10, 32)
		if errU == nil && errG == nil {
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
		}
	}
	return nil, errNone
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
