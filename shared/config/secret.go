package config

import (
	"context"
	"errors"
	"fmt"

	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// secret reads the text of a secret. The AWS client is made only here, so that functions without *_SECRET_ARN settings
// don't spend a millisecond of their start on it.
func secret(ctx context.Context, arn string) (string, error) {
	settings, err := awsconfig.LoadDefaultConfig(ctx)
	if err != nil {
		return "", fmt.Errorf("load the AWS configuration: %w", err)
	}
	answer, err := secretsmanager.NewFromConfig(settings).GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &arn})
	if err != nil {
		return "", fmt.Errorf("get the secret: %w", err)
	}
	if answer.SecretString == nil {
		return "", errors.New("the secret is binary; store it as text")
	}
	return *answer.SecretString, nil
}
