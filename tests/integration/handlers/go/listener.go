package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
)

// Name of this program as an external extension.
const becomeListener = "listener"

// listen is an extension that listens where Lambda's documentation says, as those for telemetry do, and says where that
// is. It returns on failure only.
func listen() error {
	listener, err := net.Listen("tcp", "sandbox.localdomain:0")
	if err != nil {
		return err
	}
	fmt.Println("listening on", listener.Addr())
	api := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2020-01-01/extension/"
	headers := http.Header{"Lambda-Extension-Name": {becomeListener}}
	registered, err := call("POST", api+"register", `{"events":["INVOKE"]}`, headers)
	if err != nil {
		return err
	}
	identifier := http.Header{"Lambda-Extension-Identifier": {registered.Get("Lambda-Extension-Identifier")}}
	for {
		if _, err := call("GET", api+"event/next", "", identifier); err != nil {
			return err
		}
	}
}

// call returns the reply's headers.
func call(method, url, body string, headers http.Header) (http.Header, error) {
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header = headers
	reply, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer reply.Body.Close()
	if reply.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(reply.Body)
		return nil, fmt.Errorf("%s %s: %s: %s", method, url, reply.Status, text)
	}
	return reply.Header, nil
}
