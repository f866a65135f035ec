// The same work on aws-lambda-go: the bytes of the event back, without decoding them.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"
)

type echo struct{}

func (echo) Invoke(_ context.Context, event []byte) ([]byte, error) { return event, nil }

func main() { lambda.StartHandler(echo{}) }
