// Greets whoever GET /hello?name= or /goodbye?name= names.
package main

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
)

var greetings = map[string]string{"GET /hello": "Hello", "GET /goodbye": "Goodbye"}

func main() {
	lambda.Start(handler(time.Now))
}

// handler answers API Gateway HTTP API events (payload format 2.0); now tells the time to put into answers.
func handler(now func() time.Time) func(events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
	return func(request events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
		greeting, found := greetings[request.RequestContext.HTTP.Method+" "+request.RawPath]
		if !found {
			return answer(404, "Not found", now())
		}
		name := request.QueryStringParameters["name"] // decoded by API Gateway
		if name == "" {
			name = "World"
		}
		return answer(200, fmt.Sprintf("%s, %s!", greeting, name), now())
	}
}

type body struct {
	Timestamp string `json:"timestamp"`
	Status    int    `json:"status"`
	Message   string `json:"message"`
}

func answer(status int, message string, now time.Time) (events.APIGatewayV2HTTPResponse, error) {
	text, err := json.Marshal(body{now.UTC().Format(time.RFC3339), status, message})
	return events.APIGatewayV2HTTPResponse{
		StatusCode: status,
		Headers:    map[string]string{"content-type": "application/json"},
		Body:       string(text),
	}, err
}
