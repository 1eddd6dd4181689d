package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/onward-crm/onward/cmd/onward/exit"
)

// inboxPatience is how long an answer may take: an approval writes to the CRM.
const inboxPatience = 2 * time.Minute

// ask sends one request to the server and reads the answer into out, unless that is
// nil. The error has an exit code.
func (in *inbox) ask(ctx context.Context, method, path string, body, out any) ([]byte, error) {
	answer, err := in.send(ctx, method, path, body)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, exit.Trouble(err)
	}
	if answer.StatusCode != http.StatusOK {
		return nil, refusedBy(answer.StatusCode, raw)
	}
	if out != nil {
		if err := json.Unmarshal(raw, out); err != nil {
			return nil, exit.Trouble(fmt.Errorf("the server's answer cannot be read: %w", err))
		}
	}
	return bytes.TrimSpace(raw), nil
}

// copy writes an answer as it comes.
func (in *inbox) copy(ctx context.Context, path string) error {
	answer, err := in.send(ctx, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		raw, _ := io.ReadAll(io.LimitReader(answer.Body, 1<<16))
		return refusedBy(answer.StatusCode, raw)
	}
	if _, err := io.Copy(in.Stdout, answer.Body); err != nil {
		return exit.Trouble(err)
	}
	return nil
}

func (in *inbox) send(ctx context.Context, method, path string, body any) (*http.Response, error) {
	token, err := in.token()
	if err != nil {
		return nil, err
	}
	var text io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return nil, exit.Usage(err)
		}
		text = bytes.NewReader(raw)
	}
	r, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(in.server, "/")+path, text)
	if err != nil {
		return nil, exit.Usage(fmt.Errorf("--server: %w", err))
	}
	r.Header.Set("Authorization", "Bearer "+token)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	// A redirection would carry the token elsewhere.
	client := &http.Client{Timeout: inboxPatience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Do(r)
	if err != nil {
		return nil, exit.Trouble(fmt.Errorf("onward serve at %s cannot be reached: %w", in.server, errors.Unwrap(err)))
	}
	return answer, nil
}

// refusedBy is what the server said against a request: the asker's fault up to 499,
// but a choice that was overtaken is left for a person.
func refusedBy(status int, raw []byte) error {
	var said struct {
		Error struct {
			Code, Field, Message string
		} `json:"error"`
	}
	text := http.StatusText(status)
	if json.Unmarshal(raw, &said) == nil && said.Error.Code != "" {
		text = said.Error.Code + ": " + strings.TrimPrefix(said.Error.Field+": ", ": ") + said.Error.Message
	}
	switch {
	case status == http.StatusConflict:
		return exit.Left(errors.New(text))
	case status < 500:
		return exit.Usage(errors.New(text))
	}
	return exit.Trouble(errors.New(text))
}
