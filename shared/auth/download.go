package auth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// download asks the issuer.
func (s *keyStore) download() (*keySet, error) {
	ctx, cancel := context.WithTimeout(context.Background(), fetchTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url, nil)
	if err != nil {
		return nil, fmt.Errorf("fetch token keys: %w", err)
	}
	response, err := s.client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("fetch token keys: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("fetch token keys: issuer answered %s", response.Status)
	}
	raw, err := io.ReadAll(io.LimitReader(response.Body, maxKeySet+1))
	if err != nil {
		return nil, fmt.Errorf("fetch token keys: %w", err)
	}
	if len(raw) > maxKeySet {
		return nil, errors.New("fetch token keys: the answer is too long")
	}
	keys, err := parseKeySet(raw)
	if err != nil {
		return nil, fmt.Errorf("fetch token keys: %w", err)
	}
	return keys, nil
}
