// Command services starts or stops the servers that tests share.
//
//	services start .local/test    starts them if need be and prints their URLs
//	services stop .local/test     stops them, keeping their data
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"movienow/infra/services"
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		cancel()
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("usage: services start|stop FOLDER")
	}
	action, dir := args[0], args[1]
	switch action {
	case "start":
		s, err := services.Start(ctx, dir, services.Options{Detach: true, Throwaway: true, Progress: os.Stderr})
		if err != nil {
			return err
		}
		fmt.Printf("DATABASE_URL=%s\nLOCK_REDIS_URL=%s\nCACHE_REDIS_URL=%s\nAMQP_URL=%s\n",
			s.DatabaseURL, s.LockRedisURL, s.CacheRedisURL, s.AMQPURL)
		return nil
	case "stop":
		return services.Stop(dir)
	}
	return fmt.Errorf("unknown action %q; use start or stop", action)
}
