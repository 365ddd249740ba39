package config

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/endpointcreds"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// secretText reads the text of a secret. The AWS client is made only here, so that functions without *_SECRET_ARN settings
// don't spend a millisecond of their start on it.
//
// The SDK's own way to find credentials knows a dozen places and adds two megabytes to every function. Where functions run
// there are two: the environment (Lambda), and the container's endpoint (ECS, EKS Pod Identity).
func secretText(ctx context.Context, arn string) (string, error) {
	provider, err := awsCredentials()
	if err != nil {
		return "", err
	}
	options := secretsmanager.Options{Region: cmp.Or(os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION")), Credentials: provider}
	if endpoint := os.Getenv("AWS_ENDPOINT_URL_SECRETS_MANAGER"); endpoint != "" {
		options.BaseEndpoint = &endpoint
	}
	answer, err := secretsmanager.New(options).GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &arn})
	if err != nil {
		return "", fmt.Errorf("get the secret: %w", err)
	}
	if answer.SecretString == nil {
		return "", errors.New("the secret is binary; store it as text")
	}
	return *answer.SecretString, nil
}

func awsCredentials() (aws.CredentialsProvider, error) {
	if id := os.Getenv("AWS_ACCESS_KEY_ID"); id != "" {
		return credentials.NewStaticCredentialsProvider(id, os.Getenv("AWS_SECRET_ACCESS_KEY"), os.Getenv("AWS_SESSION_TOKEN")), nil
	}
	endpoint := os.Getenv("AWS_CONTAINER_CREDENTIALS_FULL_URI")
	if path := os.Getenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"); path != "" {
		endpoint = "http://169.254.170.2" + path // ECS
	}
	if endpoint == "" {
		return nil, errors.New("there are no AWS credentials: give the function a role, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
	}
	return endpointcreds.New(endpoint, func(o *endpointcreds.Options) {
		o.AuthorizationToken = os.Getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN")
		if path := os.Getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"); path != "" { // EKS renews it
			o.AuthorizationTokenProvider = endpointcreds.TokenProviderFunc(func() (string, error) {
				token, err := os.ReadFile(path)
				return string(token), err
			})
		}
	}), nil
}
