// Command services starts or ends the servers that tests share.
//
//	services start .local/test    installs and starts what is missing
//	services stop .local/test     ends the servers and deletes their data
package main

import (
	"context"
	"fmt"
	"os"

	"movienow/infra/command"
	"movienow/infra/services"
)

func main() { command.Main(run) }

func run(ctx context.Context, args []string) error {
	if len(args) != 2 {
		return command.Usage("services start|stop FOLDER")
	}
	servers, err := services.NewForTests(args[1])
	if err != nil {
		return err
	}
	switch args[0] {
	case "start":
		return servers.Start(ctx, os.Stderr)
	case "stop":
		return servers.Discard()
	}
	return fmt.Errorf("unknown action %q; use start or stop", args[0])
}
