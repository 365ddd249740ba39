package server

import (
	"context"
	"encoding/json"
	"net/http"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/awslabs/aws-lambda-go-api-proxy/httpadapter"
)

// inLambda tells whether the process was started by the Lambda runtime.
func inLambda() bool { return os.Getenv("AWS_LAMBDA_RUNTIME_API") != "" }

// serveLambda is the Lambda home of functions behind an HTTP API (payload format 2.0).
func serveLambda(ctx context.Context, h http.Handler) error {
	lambda.StartWithOptions(httpadapter.NewV2(h).ProxyWithContext, lambda.WithContext(ctx))
	return nil
}

// workLambda is the Lambda home of functions that are given other events.
func workLambda(ctx context.Context, event func(context.Context, json.RawMessage) error) error {
	lambda.StartWithOptions(event, lambda.WithContext(ctx))
	return nil
}
