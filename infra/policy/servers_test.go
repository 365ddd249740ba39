package policy

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	goredis "github.com/redis/go-redis/v9"

	"movienow/infra/services"
	"movienow/infra/testenv"
)

// authority is the folder with root.pem, which vouches for the servers of these tests. The functions find such a folder by
// SSL_CERT_DIR, which Go reads once per process.
var authority string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "authority")
	if err == nil {
		authority = dir
		os.Setenv("SSL_CERT_DIR", dir)
		err = writeCertificate(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "make a certificate:", err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// writeCertificate writes root.pem and key.pem for servers on this machine.
func writeCertificate(dir string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true,
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	for name, block := range map[string]*pem.Block{"root.pem": {Type: "CERTIFICATE", Bytes: certificate}, "key.pem": {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o644); err != nil {
			return err
		}
	}
	return os.Chmod(dir, 0o755)
}

// freePort is one that nobody listens on.
func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

// tried are real servers by the scheme of their addresses, each of which speaks TLS too where the scheme says so.
func triedServers(t *testing.T) map[string]*url.URL {
	t.Helper()
	servers := map[string]*url.URL{"postgres": encryptPostgres(t), "redis": parse(t, testenv.Redis(t))}
	servers["rediss"] = encryptRedis(t)
	port := freePort(t)
	broker := testenv.OwnRabbitMQ(t, fmt.Sprintf("listeners.ssl.default = 127.0.0.1:%d", port),
		"ssl_options.certfile = "+filepath.Join(authority, "root.pem"), "ssl_options.keyfile = "+filepath.Join(authority, "key.pem"))
	servers["amqp"] = parse(t, broker.URL())
	servers["amqps"] = parse(t, broker.URL())
	servers["amqps"].Host = fmt.Sprintf("127.0.0.1:%d", port)
	return servers
}

// encryptPostgres is a server that also takes encrypted connections. It writes the key itself, because it believes none
// that others own.
func encryptPostgres(t *testing.T) *url.URL {
	t.Helper()
	address := testenv.OwnPostgres(t).URL()
	connection, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close(context.Background())
	for name, file := range map[string]string{"server.crt": "root.pem", "server.key": "key.pem"} {
		text, err := os.ReadFile(filepath.Join(authority, file))
		if err != nil {
			t.Fatal(err)
		}
		encoded := base64.StdEncoding.EncodeToString(text)
		if _, err := connection.Exec(t.Context(), `COPY (SELECT '`+encoded+`') TO PROGRAM 'umask 077; base64 -d > `+name+`'`); err != nil {
			t.Fatal(err)
		}
	}
	for _, statement := range []string{`ALTER SYSTEM SET ssl = on`, `SELECT pg_reload_conf()`} {
		if _, err := connection.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	return parse(t, address)
}

func encryptRedis(t *testing.T) *url.URL {
	t.Helper()
	address := testenv.OwnRedis(t, services.RedisOptions{}).URL()
	options, err := goredis.ParseURL(address)
	if err != nil {
		t.Fatal(err)
	}
	client := goredis.NewClient(options)
	defer client.Close()
	port := freePort(t)
	root := filepath.Join(authority, "root.pem")
	for _, setting := range [][]string{{"tls-cert-file", root, "tls-key-file", filepath.Join(authority, "key.pem"), "tls-ca-cert-file", root,
		"tls-auth-clients", "no"}, {"tls-port", fmt.Sprint(port)}} {
		command := []any{"CONFIG", "SET"}
		for _, word := range setting {
			command = append(command, word)
		}
		if err := client.Do(t.Context(), command...).Err(); err != nil {
			t.Fatal(err)
		}
	}
	encrypted := parse(t, address)
	encrypted.Scheme, encrypted.Host = "rediss", fmt.Sprintf("127.0.0.1:%d", port)
	return encrypted
}

func parse(t *testing.T, address string) *url.URL {
	t.Helper()
	parsed, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// local is an overlay's address with the name, user and password of a server on this machine in place of the cluster's.
func local(t *testing.T, address string, servers map[string]*url.URL) string {
	t.Helper()
	parsed := parse(t, address)
	server, ok := servers[parsed.Scheme]
	if !ok {
		t.Fatalf("no server for %s", address)
	}
	parsed.Host, parsed.User = server.Host, server.User
	parsed.RawQuery = localFile(parsed.RawQuery)
	return parsed.String()
}

// localFile replaces the place where a container finds the authority.
func localFile(text string) string {
	return strings.ReplaceAll(text, "/etc/movienow/database", authority)
}
