package testenv

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
)

type broker struct{ amqp, management *url.URL }

var sharedRabbitMQ = sync.OnceValues(func() (broker, error) {
	servers, err := shared()
	if err != nil {
		return broker{}, err
	}
	if _, err := started(servers.RabbitMQ); err != nil {
		return broker{}, err
	}
	amqp, err := url.Parse(servers.RabbitMQ.URL())
	if err != nil {
		return broker{}, err
	}
	management, err := url.Parse(servers.RabbitMQ.ManagementURL())
	return broker{amqp, management}, err
})

// RabbitMQ is the AMQP URL of a fresh virtual host for this test alone. When the test ends it is deleted, which closes
// its connections.
func RabbitMQ(t testing.TB) string {
	t.Helper()
	b, err := sharedRabbitMQ()
	must(t, err, "start RabbitMQ")
	name := "test-" + strings.ToLower(rand.Text()[:12])
	must(t, b.manage("PUT", "/api/vhosts/"+name, ""), "create a virtual host")
	t.Cleanup(func() { must(t, b.manage("DELETE", "/api/vhosts/"+name, ""), "delete the virtual host") })
	everything := `{"configure": ".*", "write": ".*", "read": ".*"}`
	must(t, b.manage("PUT", "/api/permissions/"+name+"/"+b.amqp.User.Username(), everything), "open the virtual host")
	own := *b.amqp
	own.Path = "/" + name
	return own.String()
}

func (b broker) manage(method, path, body string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, b.management.JoinPath(path).String(), bytes.NewBufferString(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Close = true // an idle connection would look like a leak to the test
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode >= 300 {
		text, _ := io.ReadAll(answer.Body)
		return fmt.Errorf("%s %s: %s: %s", method, path, answer.Status, text)
	}
	return nil
}

// RabbitMQUser makes a user for the virtual host at the URL, by the name of that, or gives them another password. Connections
// that are open stay.
func RabbitMQUser(t testing.TB, virtualHost, password string) {
	t.Helper()
	b, err := sharedRabbitMQ()
	must(t, err, "start RabbitMQ")
	own, err := url.Parse(virtualHost)
	must(t, err, "read the URL")
	name := strings.TrimPrefix(own.Path, "/")
	must(t, b.manage("PUT", "/api/users/"+name, fmt.Sprintf(`{"password": %q, "tags": ""}`, password)), "set the password")
	everything := `{"configure": ".*", "write": ".*", "read": ".*"}`
	must(t, b.manage("PUT", "/api/permissions/"+name+"/"+name, everything), "open the virtual host to the user")
	t.Cleanup(func() { b.manage("DELETE", "/api/users/"+name, "") }) // the second time it is gone already
}
