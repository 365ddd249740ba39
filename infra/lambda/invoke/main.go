// Command invoke runs one function as AWS Lambda does, with the services of a running "make run", and hands it one event.
// It prints what the function returns. If the invocation fails, which is something else than an HTTP answer with an error
// status, it ends with status 1.
//
//	invoke BINARY EVENT.json
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"movienow/infra/command"
	"movienow/infra/issuer"
	"movienow/infra/lambda/runtimeapi"
	"movienow/infra/local/system"
	"movienow/infra/process"
	"movienow/shared/payment"
)

// What stands in the sample events for what can't be written down: a customer's token, and the payment provider's
// signature of the body.
const (
	token     = "Bearer TOKEN"
	signature = `"SIGNATURE"`
)

func main() { command.Main(invoke) }

func invoke(ctx context.Context, arguments []string) error {
	if len(arguments) != 2 {
		return command.Usage("make invoke FN=list-cities [EVENT=functions/list-cities/testdata/event.json]")
	}
	binary := arguments[0]
	event, err := os.ReadFile(arguments[1])
	if err != nil {
		return fmt.Errorf("read the event: %w", err)
	}
	running, err := system.Find(system.Folder)
	if err != nil {
		return err
	}
	if running == nil || running.Settings == nil {
		return errors.New("the function needs the services of a running system: start one with \"make run\" in another terminal")
	}
	if event, err = complete(ctx, event, running); err != nil {
		return err
	}
	function := runtimeapi.New(runtimeapi.Options{Name: filepath.Base(binary), Binary: binary,
		Env: process.Environment(running.Settings), Timeout: time.Minute, Log: os.Stderr})
	defer function.Close()
	answer, err := function.Invoke(ctx, event)
	if err != nil {
		return err
	}
	fmt.Println(indented(answer))
	return nil
}

// complete puts the real thing in the place of what stands for it.
func complete(ctx context.Context, event []byte, running *system.Running) ([]byte, error) {
	if bytes.Contains(event, []byte(token)) {
		real, err := issuer.Ask(ctx, running.BaseURL, "alice")
		if err != nil {
			return nil, fmt.Errorf("%w; write a token of your own issuer into the event", err)
		}
		event = bytes.ReplaceAll(event, []byte(token), []byte("Bearer "+real))
	}
	if bytes.Contains(event, []byte(signature)) {
		var request struct{ Body string }
		if err := json.Unmarshal(event, &request); err != nil {
			return nil, fmt.Errorf("read the event: %w", err)
		}
		signed := payment.SignWebhook([]byte(request.Body), time.Now(), running.Settings["PAYMENT_WEBHOOK_SECRET"])
		event = bytes.ReplaceAll(event, []byte(signature), []byte(`"`+signed+`"`))
	}
	return event, nil
}

// indented makes JSON readable, with the text of a body as JSON too if it is.
func indented(answer []byte) string {
	var response map[string]any
	if json.Unmarshal(answer, &response) == nil {
		if body, isText := response["body"].(string); isText && json.Valid([]byte(body)) {
			response["body"] = json.RawMessage(body)
		}
		if again, err := json.MarshalIndent(response, "", "  "); err == nil {
			return string(again)
		}
	}
	return string(answer)
}
