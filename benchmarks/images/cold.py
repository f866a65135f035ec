"""From `docker run` to the first answer, beyond that of a static program that does nothing but answer."""

import http.client
import json
import subprocess
import time

from place import free_port

_TRIVIAL = r"""
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char** argv) {
  static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
  char request[65536];
  int on = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[argc - 1]))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int server = socket(AF_INET, SOCK_STREAM, 0);
  setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(server, (struct sockaddr*)&address, sizeof address) != 0 || listen(server, 8) != 0) return 1;
  for (;;) {
    int peer = accept(server, NULL, NULL);
    if (read(peer, request, sizeof request) > 0) (void)!write(peer, answer, sizeof answer - 1);
    close(peer);
  }
}
"""
_EVENT = {
    "version": "2.0",
    "rawPath": "/hello",
    "rawQueryString": "name=Chris",
    "queryStringParameters": {"name": "Chris"},
    "headers": {},
    "requestContext": {"http": {"method": "GET", "path": "/hello"}, "stage": "$default"},
    "isBase64Encoded": False,
}
_COLD = {"C++": "C++", "Python and powertools": "Python and powertools, full", "Python and powertools, traced": None}


class _Image:
    def __init__(self, site, tag, layout=None):
        self.site, self.tag = site, tag
        if layout is None:
            self.words = []
            return
        site.run("skopeo", "copy", "--insecure-policy", f"oci:{layout}:latest", f"docker-daemon:{tag}",
                 *(["--dest-daemon-host", site.environment["DOCKER_HOST"]] if "DOCKER_HOST" in site.environment else []))  # fmt: skip
        config = json.loads(site.run("docker", "inspect", "--format", "{{json .Config}}", tag))
        self.words = (config["Entrypoint"] or [])[1:] + (config["Cmd"] or [])

    def first_answer(self):
        """Seconds from `docker run` to the answer of the first invocation."""
        port, name = free_port(), f"thimble-cold-{time.monotonic_ns()}"
        address = ["--runtime-interface-emulator-address", f"127.0.0.1:{port}"]
        address += ["--runtime-api-address", f"127.0.0.1:{free_port()}"]
        words = ["docker", "run", "--rm", "--network", "host", "--name", name]
        words += ["--entrypoint", "/lambda-entrypoint", self.tag, *address, *self.words] if self.words else [self.tag, str(port)]
        begin = time.monotonic()
        container = subprocess.Popen(words, env=self.site.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            self._invoke(port, container)
            return time.monotonic() - begin
        finally:
            self.site.run("docker", "kill", name)
            container.wait()

    def _invoke(self, port, container):
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            try:
                connection.request("POST", "/2015-03-31/functions/function/invocations", json.dumps(_EVENT))
                answer = connection.getresponse()
                body = answer.read()
                if answer.status != 200 or b"errorMessage" in body:
                    raise SystemExit(f"{self.tag}: {answer.status} {body}")
                return
            except OSError:
                if container.poll() is not None:
                    raise SystemExit(f"{self.tag} ended") from None
                time.sleep(0.0005)
            finally:
                connection.close()


def _trivial(site):
    folder = site.folder / "trivial"
    folder.mkdir()
    (folder / "main.c").write_text(_TRIVIAL)
    site.run("cc", "-Os", "-static", "-s", "-o", folder / "trivial", folder / "main.c")
    (folder / "Dockerfile").write_text('FROM scratch\nCOPY trivial /trivial\nENTRYPOINT ["/trivial"]\n')
    site.run("docker", "build", "--quiet", "--tag", "thimble-cold:trivial", folder)
    return _Image(site, "thimble-cold:trivial")


def measure(site, images, rounds):
    """Name: seconds until the first answer, and those beyond the trivial program's, a value for each round."""
    trivial = _trivial(site)
    started = {}
    for number, (name, image) in enumerate(_COLD.items()):
        started[name] = _Image(site, f"thimble-cold:{number}", images[image or name])
    times = {"docker run alone": {"all": [], "beyond": []}}
    times |= {name: {"all": [], "beyond": []} for name in started}
    for number in range(rounds + 1):
        floor = trivial.first_answer()
        took = {"docker run alone": floor} | {name: image.first_answer() for name, image in started.items()}
        for name, seconds in took.items():
            if number > 0:  # The first round fills caches.
                times[name]["all"].append(seconds)
                times[name]["beyond"].append(seconds - floor)
    site.run("docker", "rmi", "--force", trivial.tag, *(image.tag for image in started.values()))
    return times
