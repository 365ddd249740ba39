package server

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/awslabs/aws-lambda-go-api-proxy/core"
)

// This file is the only one that knows AWS's library and the adapter. The adapter turns events into requests, but it
// splits header values at commas, keeps the stage in the path and loses the order of a query: what it gets wrong is put
// right here and in lambda_event.go, and its ResponseWriters see only finished answers.

// inLambda tells whether the process was started by the Lambda runtime.
func inLambda() bool { return os.Getenv("AWS_LAMBDA_RUNTIME_API") != "" }

// Streams tells whether an answer can be sent piece by piece. On Lambda it leaves when it is complete, and as long as it takes an
// environment is occupied.
func Streams() bool { return !inLambda() }

// invocation deals with one event and returns the answer as JSON. An error makes the invocation fail, which is not the
// same as an answer that reports a failure: nobody but whoever runs the function gets to see it.
type invocation func(ctx context.Context, event []byte) ([]byte, error)

// Invoke implements lambda.Handler.
func (i invocation) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	ctx, cancel := beforeDeadline(ctx)
	defer cancel()
	defer writeEMF(ctx)
	return i(ctx, event)
}

// startLambda takes events until ctx ends, which is when Lambda lets go of the process. Lambda sends SIGTERM only to those
// who ask for it and only between two events, so none is cut short.
func startLambda(ctx context.Context, i invocation) error {
	go lambda.StartWithOptions(i, lambda.WithContext(context.WithoutCancel(ctx)), lambda.WithEnableSIGTERM())
	<-ctx.Done()
	return nil
}

// serveLambda is the Lambda home of functions that answer HTTP requests.
func serveLambda(ctx context.Context, h http.Handler) error {
	return startLambda(ctx, func(ctx context.Context, event []byte) ([]byte, error) { return answerEvent(ctx, h, event) })
}

// workLambda is the Lambda home of functions that are given other events.
func workLambda(ctx context.Context, deal func(context.Context, json.RawMessage) error) error {
	return startLambda(ctx, func(ctx context.Context, event []byte) ([]byte, error) {
		return []byte("null"), deal(ctx, event)
	})
}

// answerEvent answers an HTTP request in any of the shapes that AWS has for them.
func answerEvent(ctx context.Context, h http.Handler, event []byte) ([]byte, error) {
	var answer any
	origin, err := originOf(event)
	switch {
	case err != nil:
		return nil, err
	case origin == httpAPI:
		answer, err = answerHTTPAPI(ctx, h, event)
	case origin == restAPI:
		answer, err = answerRESTAPI(ctx, h, event)
	case origin == loadBalancer:
		answer, err = answerLoadBalancer(ctx, h, event)
	}
	if err != nil {
		return nil, err
	}
	return json.Marshal(answer)
}

// answerHTTPAPI is for API Gateway's HTTP APIs and for function URLs: payload format 2.0.
func answerHTTPAPI(ctx context.Context, h http.Handler, event []byte) (any, error) {
	var e events.APIGatewayV2HTTPRequest
	err := json.Unmarshal(event, &e)
	e.RawPath = escapeDelimiters(withoutStage(e.RawPath, e.RequestContext.Stage))
	if err == nil {
		err = readable(e.RawPath+"?"+e.RawQueryString, e.Body, e.IsBase64Encoded)
	}
	var r *http.Request
	if err == nil {
		r, err = new(core.RequestAccessorV2).EventToRequest(e)
	}
	if err == nil {
		r.Header = http.Header{}
		for name, value := range e.Headers { // those of the same name were joined with commas, as RFC 9110 allows
			r.Header.Set(name, value)
		}
		if len(e.Cookies) > 0 {
			r.Header.Set("Cookie", strings.Join(e.Cookies, "; "))
		}
		r = received(ctx, r, e.RequestContext.HTTP.SourceIP, e.RequestContext.DomainName)
	}
	w := core.NewProxyResponseWriterV2()
	respond(w, r, h, err)
	return w.GetProxyResponse()
}

// answerRESTAPI is for API Gateway's REST APIs, and HTTP APIs with payload format 1.0.
func answerRESTAPI(ctx context.Context, h http.Handler, event []byte) (any, error) {
	var e events.APIGatewayProxyRequest
	err := json.Unmarshal(event, &e)
	e.Path = escapeDelimiters(e.Path)
	if err == nil {
		err = readable(e.Path, e.Body, e.IsBase64Encoded)
	}
	var r *http.Request
	if err == nil {
		r, err = new(core.RequestAccessor).EventToRequest(e)
	}
	if err == nil {
		query := url.Values(e.MultiValueQueryStringParameters) // decoded
		if query == nil {
			query = url.Values{}
			for name, value := range e.QueryStringParameters {
				query.Set(name, value)
			}
		}
		r.URL.RawQuery = query.Encode()
		r = received(ctx, r, e.RequestContext.Identity.SourceIP, e.RequestContext.DomainName)
	}
	w := core.NewProxyResponseWriter()
	respond(w, r, h, err)
	return w.GetProxyResponse()
}

// answerLoadBalancer is for target groups of an Application Load Balancer, with or without multi-value headers.
func answerLoadBalancer(ctx context.Context, h http.Handler, event []byte) (any, error) {
	var e events.ALBTargetGroupRequest
	err := json.Unmarshal(event, &e)
	multi := e.MultiValueHeaders != nil
	query := rawQuery(e.QueryStringParameters, e.MultiValueQueryStringParameters)
	if err == nil {
		err = readable(e.Path+"?"+query, e.Body, e.IsBase64Encoded)
	}
	var r *http.Request
	if err == nil {
		r, err = new(core.RequestAccessorALB).EventToRequest(e)
	}
	if err == nil {
		r.URL.RawQuery = query
		r = received(ctx, r, lastOf(r.Header.Get("X-Forwarded-For")), "")
	}
	w := core.NewProxyResponseWriterALB()
	respond(w, r, h, err)
	response, err := w.GetProxyResponse()
	if !multi { // the load balancer reads the form that it sent
		response.Headers = map[string]string{}
		for name, values := range response.MultiValueHeaders {
			response.Headers[name] = strings.Join(values, ", ")
		}
		response.MultiValueHeaders = nil
	}
	return response, err
}
