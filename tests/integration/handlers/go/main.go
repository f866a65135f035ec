package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

type order struct {
	Do     string
	Code   int
	Count  int
	Pieces []string
	Gate   string
	Fail   bool
	Folder string
	Name   string
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == becomeParent {
		log.Fatal(leaveAnOrphan())
	}
	if len(os.Args) > 1 && os.Args[1] == becomeOrphan {
		io.Copy(io.Discard, os.Stdin) // until the parent has ended
		return
	}
	if filepath.Base(os.Args[0]) == becomeListener {
		log.Fatal(listen())
	}
	if _, fail := os.LookupEnv("FAIL_INIT"); fail {
		log.Fatal("no database")
	}
	var options []lambda.Option
	if _, wanted := os.LookupEnv("SAY_GOODBYE"); wanted {
		options = append(options, lambda.WithEnableSIGTERM(func() { fmt.Println("goodbye") }))
	}
	lambda.StartWithOptions(handle, options...)
}

func handle(ctx context.Context, event json.RawMessage) (any, error) {
	var order order
	if err := json.Unmarshal(event, &order); err != nil {
		return nil, err
	}
	lambdaContext, _ := lambdacontext.FromContext(ctx)
	if err := note(lambdaContext.AwsRequestID); err != nil {
		return nil, err
	}
	switch order.Do {
	case "echo":
		return event, nil
	case "describe":
		return describe(ctx, lambdaContext), nil
	case "fail":
		return nil, errors.New("boom")
	case "exit":
		os.Exit(order.Code)
	case "hang":
		time.Sleep(time.Hour)
	case "meet":
		return meet(ctx, lambdaContext, order)
	case "orphans":
		return nil, makeOrphans(order.Count)
	case "stream":
		reader, writer := io.Pipe()
		go produce(writer, order)
		return reader, nil
	}
	return nil, fmt.Errorf("cannot do %q", order.Do)
}

// produce writes the pieces; before the second it waits for a file.
func produce(writer *io.PipeWriter, order order) {
	for i, piece := range order.Pieces {
		if i == 1 {
			waitFor(order.Gate)
		}
		io.WriteString(writer, piece)
	}
	if order.Fail {
		writer.CloseWithError(errors.New("boom"))
	}
	writer.Close()
}

func waitFor(path string) {
	for {
		if _, err := os.Stat(path); err == nil {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// Returns when so many invocations are here at the same time.
func meet(ctx context.Context, lambdaContext *lambdacontext.LambdaContext, order order) (any, error) {
	if err := os.WriteFile(filepath.Join(order.Folder, lambdaContext.AwsRequestID), nil, 0o644); err != nil {
		return nil, err
	}
	for {
		present, err := os.ReadDir(order.Folder)
		if err != nil {
			return nil, err
		}
		if len(present) >= order.Count {
			break
		}
		time.Sleep(2 * time.Millisecond)
	}
	told := describe(ctx, lambdaContext)
	told["name"] = order.Name
	return told, nil
}

func note(requestID string) error {
	path, wanted := os.LookupEnv("CALLS")
	if !wanted {
		return nil
	}
	calls, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer calls.Close()
	_, err = fmt.Fprintln(calls, requestID)
	return err
}

func describe(ctx context.Context, lambdaContext *lambdacontext.LambdaContext) map[string]any {
	deadline, _ := ctx.Deadline()
	return map[string]any{
		"requestId":       lambdaContext.AwsRequestID,
		"remainingMs":     time.Until(deadline).Milliseconds(),
		"functionArn":     lambdaContext.InvokedFunctionArn,
		"functionName":    lambdacontext.FunctionName,
		"functionVersion": lambdacontext.FunctionVersion,
		"memoryMB":        lambdacontext.MemoryLimitInMB,
		"appTitle":        orNull(lambdaContext.ClientContext.Client.AppTitle),
		"custom":          lambdaContext.ClientContext.Custom,
		"tenantId":        orNull(lambdaContext.TenantID),
		"traceId":         orNull(os.Getenv("_X_AMZN_TRACE_ID")),
		"processId":       os.Getpid(),
	}
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}
