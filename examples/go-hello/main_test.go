package main

import (
	"encoding/json"
	"net/url"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
)

func noon() time.Time {
	return time.Date(2026, 11, 23, 13, 0, 0, 0, time.FixedZone("CET", 3600))
}

// readJSON decodes a file of events/ into value.
func readJSON(t *testing.T, name string, value any) {
	t.Helper()
	text, err := os.ReadFile("events/" + name)
	if err == nil {
		err = json.Unmarshal(text, value)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// request makes of "GET /path?query" the event API Gateway makes of it.
func request(t *testing.T, line string) events.APIGatewayV2HTTPRequest {
	t.Helper()
	method, target, _ := strings.Cut(line, " ")
	parsed, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	var event events.APIGatewayV2HTTPRequest
	readJSON(t, "hello.json", &event)
	event.RawPath, event.RequestContext.HTTP.Path = parsed.Path, parsed.Path
	event.RequestContext.HTTP.Method = method
	event.RawQueryString = parsed.RawQuery
	event.QueryStringParameters = nil
	for key, values := range parsed.Query() {
		if event.QueryStringParameters == nil {
			event.QueryStringParameters = map[string]string{}
		}
		event.QueryStringParameters[key] = strings.Join(values, ",")
	}
	return event
}

func TestRoutes(t *testing.T) {
	for _, c := range []struct {
		line    string
		status  int
		message string
	}{
		{"GET /hello?name=Chris", 200, "Hello, Chris!"},
		{"GET /goodbye?name=Chris", 200, "Goodbye, Chris!"},
		{"GET /hello", 200, "Hello, World!"},
		{"GET /goodbye", 200, "Goodbye, World!"},
		{"GET /hello?name=", 200, "Hello, World!"},
		{"GET /hello?other=x", 200, "Hello, World!"},
		{"GET /hello?name=J%C3%BCrgen%20%22J%22+M%C3%BCller", 200, `Hello, Jürgen "J" Müller!`},
		{"GET /hello?name=%3Cb%3E%26%2B", 200, "Hello, <b>&+!"},
		{"GET /", 404, "Not found"},
		{"GET /hello/", 404, "Not found"},
		{"GET /Hello", 404, "Not found"},
		{"POST /hello?name=Chris", 404, "Not found"},
	} {
		t.Run(c.line, func(t *testing.T) {
			got, err := handler(noon)(request(t, c.line))
			if err != nil {
				t.Fatal(err)
			}
			var gotBody body
			if err := json.Unmarshal([]byte(got.Body), &gotBody); err != nil {
				t.Fatal(err)
			}
			if want := (body{"2026-11-23T12:00:00Z", c.status, c.message}); gotBody != want {
				t.Errorf("body %+v, want %+v", gotBody, want)
			}
			if got.StatusCode != c.status || got.Headers["content-type"] != "application/json" {
				t.Errorf("answer %+v", got)
			}
		})
	}
}

func TestTheEventInEventsGivesTheExpectedAnswer(t *testing.T) {
	var event events.APIGatewayV2HTTPRequest
	readJSON(t, "hello.json", &event)
	var want struct {
		StatusCode int               `json:"statusCode"`
		Headers    map[string]string `json:"headers"`
		Body       body              `json:"body"`
	}
	readJSON(t, "hello.expected.json", &want)

	got, err := handler(time.Now)(event)
	if err != nil {
		t.Fatal(err)
	}

	var gotBody body
	if err := json.Unmarshal([]byte(got.Body), &gotBody); err != nil {
		t.Fatal(err)
	}
	told, err := time.Parse(time.RFC3339, gotBody.Timestamp)
	if err != nil || time.Since(told).Abs() > time.Minute {
		t.Errorf("timestamp %q: %v", gotBody.Timestamp, err)
	}
	gotBody.Timestamp = ""
	if got.StatusCode != want.StatusCode || !reflect.DeepEqual(got.Headers, want.Headers) || gotBody != want.Body {
		t.Errorf("answer %+v, want %+v", got, want)
	}
}
