// Package trigger plays the AWS services that invoke functions: API Gateway, EventBridge and Amazon MQ. They make the
// same events, and draw the same conclusions from what the function returns.
package trigger

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"movienow/infra/lambda/runtimeapi"
)

// maxRequest is more than any function accepts: they are the ones to refuse. API Gateway takes 10 MB.
const maxRequest = 1 << 20

// HTTP is API Gateway's HTTP API in front of one function: requests become events of payload format 2.0.
func HTTP(function *runtimeapi.Function) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
		if err != nil {
			message(w, http.StatusRequestEntityTooLarge, "Request Entity Too Large")
			return
		}
		answer, err := function.Invoke(r.Context(), NewHTTPEvent(r, body))
		var failure *runtimeapi.Failure
		if errors.As(err, &failure) && failure.Type == runtimeapi.TimedOut {
			message(w, http.StatusServiceUnavailable, "Service Unavailable")
			return
		}
		if err == nil {
			err = write(w, answer)
		}
		if err != nil {
			slog.Error("no answer from the function", "method", r.Method, "path", r.URL.Path, "error", err)
			message(w, http.StatusInternalServerError, "Internal Server Error")
		}
	})
}

// message is how API Gateway itself answers.
func message(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"message":%q}`, text)
}

// object is any JSON object.
type object map[string]any

// NewHTTPEvent makes the event of a request. The client's address is what the nearest proxy says, as API Gateway's is.
func NewHTTPEvent(r *http.Request, body []byte) []byte {
	headers := object{"host": r.Host}
	for name, values := range r.Header {
		if name != "Cookie" {
			headers[strings.ToLower(name)] = strings.Join(values, ",")
		}
	}
	client, _, _ := net.SplitHostPort(r.RemoteAddr)
	if proxies := r.Header.Get("X-Forwarded-For"); proxies != "" {
		client = strings.TrimSpace(proxies[strings.LastIndexByte(proxies, ',')+1:])
	}
	event := object{
		"version": "2.0", "routeKey": "$default", "rawPath": r.URL.EscapedPath(), "rawQueryString": r.URL.RawQuery,
		"headers": headers, "isBase64Encoded": false,
		"requestContext": object{
			"accountId": "123456789012", "apiId": "local", "domainName": r.Host, "requestId": "local=",
			"routeKey": "$default", "stage": "$default", "time": time.Now().UTC().Format("02/Jan/2006:15:04:05 -0700"),
			"timeEpoch": time.Now().UnixMilli(),
			"http": object{"method": r.Method, "path": r.URL.EscapedPath(), "protocol": r.Proto, "sourceIp": client,
				"userAgent": r.UserAgent()},
		},
	}
	if cookies := r.Header["Cookie"]; len(cookies) > 0 {
		event["cookies"] = strings.Split(strings.Join(cookies, "; "), "; ")
	}
	if len(body) > 0 {
		event["body"] = string(body)
		if !utf8.Valid(body) || !isText(r.Header.Get("Content-Type")) {
			event["body"], event["isBase64Encoded"] = base64.StdEncoding.EncodeToString(body), true
		}
	}
	encoded, err := json.Marshal(event)
	if err != nil {
		panic(err) // strings and numbers
	}
	return encoded
}

// isText tells the media types that API Gateway passes on as they are.
func isText(mediaType string) bool {
	return strings.HasPrefix(mediaType, "text/") || strings.HasPrefix(mediaType, "application/json")
}

// write makes a response of what the function returned. Nothing is written if that can't be read.
func write(w http.ResponseWriter, answer []byte) error {
	var response struct {
		StatusCode      int
		Headers         map[string]string
		Cookies         []string
		Body            string
		IsBase64Encoded bool
	}
	if err := json.Unmarshal(answer, &response); err != nil || response.StatusCode == 0 {
		return fmt.Errorf("the function's answer isn't a response: %.200s", answer)
	}
	body := []byte(response.Body)
	if response.IsBase64Encoded {
		decoded, err := base64.StdEncoding.DecodeString(response.Body)
		if err != nil {
			return fmt.Errorf("the body of the function's answer: %w", err)
		}
		body = decoded
	}
	for name, value := range response.Headers {
		w.Header().Set(name, value)
	}
	for _, cookie := range response.Cookies {
		w.Header().Add("Set-Cookie", cookie)
	}
	w.WriteHeader(response.StatusCode)
	w.Write(body)
	return nil
}
