#pragma once
// What the interpreter is asked to run, in its own language: any CPython from 3.8 on.

namespace thimble::closure::detail {

// Prints what PythonInstall holds.
inline constexpr const char* kDescribe = R"py(
import importlib.util, json, os, sys, sysconfig

executable = getattr(sys, "_base_executable", None) or sys.executable
shared = sysconfig.get_config_var("Py_ENABLE_SHARED")
print(json.dumps({
    "implementation": sys.implementation.name,
    "executable": os.path.realpath(executable),
    "prefix": os.path.realpath(sys.base_prefix),
    "stdlib": os.path.dirname(os.path.realpath(os.__file__)),
    "version": "%d.%d.%d" % sys.version_info[:3],
    "short_version": "%d.%d" % sys.version_info[:2],
    "cache_tag": sys.implementation.cache_tag,
    "identity": sys.version + importlib.util.MAGIC_NUMBER.hex() + sys.platform,
    "library": (sysconfig.get_config_var("INSTSONAME") or "") if shared else "",
    "library_folder": os.path.realpath(sysconfig.get_config_var("LIBDIR") or "/"),
}))
)py";

// Compiles [[source, name, target], ...] of its stdin. What marshal writes depends on which strings
// the process has interned and how many own them, thus on what it compiled before: so each file has
// a process of its own, made by a fork of one which never changes.
inline constexpr const char* kCompile = R"py(
import gc, json, os, py_compile, sys

def compile_one(source, name, target):
    try:
        py_compile.compile(source, target, name, doraise=True,
                           invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    except Exception:
        pass  # Templates and sources of another version: they cannot be imported anyway.
    finally:
        os._exit(0)

work = json.load(sys.stdin)
running, most = 0, int(sys.argv[1])
gc.freeze()
for source, name, target in work:
    if running == most:
        os.wait()
        running -= 1
    if os.fork() == 0:
        compile_one(source, name, target)
    running += 1
while running:
    os.wait()
    running -= 1
)py";

// Runs a runtime client ([command, environment, events, timeout, wants files] on its stdin) against
// a Runtime API of its own, and prints how each event was answered, and which files were opened.
inline constexpr const char* kServeEvents = R"py(
import http.server, json, os, signal, subprocess, sys, threading, time

command, environment, events, timeout, wants_files = json.load(sys.stdin)
done, outcomes, lock = threading.Event(), [], threading.Lock()
bodies = []
for path in events:
    with open(path, "rb") as file:
        bodies.append(file.read())

class RuntimeApi(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        with lock:
            index = len(outcomes)
        if index >= len(bodies):
            done.set()
            self.close_connection = True
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Lambda-Runtime-Aws-Request-Id", "8476a536-e9f4-11e8-9739-%012d" % index)
        self.send_header("Lambda-Runtime-Deadline-Ms", str(int((time.time() + timeout) * 1000)))
        self.send_header("Lambda-Runtime-Invoked-Function-Arn",
                         "arn:aws:lambda:us-east-1:012345678912:function:function")
        self.send_header("Lambda-Runtime-Trace-Id",
                         "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0")
        self.send_header("Content-Length", str(len(bodies[index])))
        self.end_headers()
        self.wfile.write(bodies[index])

    def do_POST(self):
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            body = b""
            while True:
                size = int(self.rfile.readline().split(b";")[0], 16)
                body += self.rfile.read(size)
                self.rfile.readline()
                if size == 0:
                    break
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        kind = self.path.rsplit("/", 1)[-1]
        if "/init/" in self.path:
            kind = "init-error"
        with lock:
            outcomes.append([kind, body.decode("utf-8", "replace")[:4000]])
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()
        if kind == "init-error":
            done.set()

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), RuntimeApi)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
environment["AWS_LAMBDA_RUNTIME_API"] = "127.0.0.1:%d" % server.server_address[1]
reading, writing = os.pipe()
files = []

def collect():
    with os.fdopen(reading, "rb") as stream:
        files.append(stream.read())

environment["THIMBLE_TRACE_FD"] = str(writing)
child = subprocess.Popen(command, env=environment, pass_fds=[writing], start_new_session=True,
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
os.close(writing)
collector = threading.Thread(target=collect)
collector.start()
output = []
reader = threading.Thread(target=lambda: output.append(child.stdout.read()))
reader.start()

def watch():
    child.wait()
    done.set()

threading.Thread(target=watch, daemon=True).start()
in_time = done.wait(timeout)
try:
    child.wait(5 if in_time else 0)
except subprocess.TimeoutExpired:
    pass
try:
    os.killpg(child.pid, signal.SIGKILL)
except ProcessLookupError:
    pass
child.wait()
collector.join(5)
reader.join(5)
names = b"".join(files).split(b"\0") if wants_files else []
print(json.dumps({
    "in_time": in_time,
    "outcomes": outcomes,
    "output": b"".join(output)[-8000:].decode("utf-8", "replace"),
    "files": sorted({name.decode("utf-8", "replace") for name in names if name}),
}))
)py";

// Goes into a root and executes: ROOT FOLDER COMMAND...
inline constexpr const char* kEnter = R"py(
import os, sys
root, folder, *command = sys.argv[1:]
if root:
    os.chroot(root)
os.chdir(folder)
os.execve(command[0], command, dict(os.environ))
)py";

// As `python3 -m MODULE ARGUMENTS...` after MODULES, one in each line, are imported; writes down
// the files it opens. Its arguments are: MODULES MODULE ARGUMENTS...
inline constexpr const char* kTrace = R"py(
import sys

def start():
    import os
    fd = int(os.environ.pop("THIMBLE_TRACE_FD"))
    os.set_inheritable(fd, False)
    def note(path):
        if isinstance(path, str) and path:
            path = path.encode("utf-8", "surrogateescape")
        if isinstance(path, bytes) and path:
            os.write(fd, (path if path.startswith(b"/") else os.getcwdb() + b"/" + path) + b"\0")
    def hook(event, arguments):
        if event == "open":
            note(arguments[0])
        elif event == "import":
            note(arguments[1])
        elif event == "ctypes.dlopen" and arguments[0] and "/" in str(arguments[0]):
            note(arguments[0])
    for module in list(sys.modules.values()):
        note(getattr(module, "__file__", None))
    sys.addaudithook(hook)

start()
del start
import importlib, os, runpy
sys.path[0] = os.getcwd()
for name in sys.argv[1].split():
    importlib.import_module(name)
sys.argv = sys.argv[2:]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
)py";

}  // namespace thimble::closure::detail
