"""How long it takes to build the Go example and push it, once more: with each tool, in turns."""

import shutil
import tarfile

CHANGES = ("nothing changed", "one line changed")
_FLAGS = ("-tags", "lambda.norpc", "-trimpath", "-buildvcs=false", "-ldflags=-s -w")
_KO = "builds: [{id: main, flags: [-tags, lambda.norpc, -buildvcs=false], ldflags: [-s, -w]}]\n"
_DOCKERFILE = 'FROM scratch\nCOPY aws-lambda-rie /lambda-entrypoint\nCOPY hello /hello\nENTRYPOINT ["/lambda-entrypoint"]\nCMD ["/hello"]\n'


class _Tool:
    """A copy of the sources, and how an image of them gets into the registry."""

    def __init__(self, name, site):
        self.name = name
        self.site = site
        self.folder = site.folder / name.replace(" ", "-")
        self.folder.mkdir()
        for file in ("main.go", "go.mod", "go.sum"):
            shutil.copy(site.ROOT / "examples/go-hello" / file, self.folder)
        self.source = (self.folder / "main.go").read_text()
        self.reference = f"{site.registry}/{self.folder.name}"

    def change(self, number):
        (self.folder / "main.go").write_text(self.source.replace('"Not found"', f'"Not found: {self.name} {number}"'))

    def go_build(self):
        self.site.run("go", "build", *_FLAGS, "-o", self.folder / "hello", ".", cwd=self.folder)

    def emulator(self):
        return self.site.ROOT / "build/bin/aws-lambda-rie"


class _Thimble(_Tool):
    def push(self):
        self.site.run(self.site.thimble, "build", "--push", self.reference, "-q", cwd=self.folder)


class _Ko(_Tool):
    def push(self):
        if not (self.folder / ".ko.yaml").exists():
            (self.folder / ".ko.yaml").write_text(_KO)
        self.site.run(
            self.site.peers["ko"], "build", "--bare", "--sbom=none", "--platform=linux/amd64", ".",
            cwd=self.folder, KO_DOCKER_REPO=self.reference, KO_DEFAULTBASEIMAGE=f"{self.site.registry}/base",
        )  # fmt: skip


class _Crane(_Tool):
    def push(self):
        self.go_build()
        layer = self.folder / "layer.tar.gz"
        with tarfile.open(layer, "w:gz", compresslevel=6) as tar:
            tar.add(self.folder / "hello", "hello")
        crane = self.site.peers["crane"]
        self.site.run(crane, "append", "--base", f"{self.site.registry}/base", "-f", layer, "-t", self.reference)


class _Docker(_Tool):
    def push(self):
        self.go_build()
        if not (self.folder / "Dockerfile").exists():
            (self.folder / "Dockerfile").write_text(_DOCKERFILE)
            shutil.copy(self.emulator(), self.folder / "aws-lambda-rie")
        self.site.run("docker", "build", "--quiet", "--tag", self.reference, self.folder)
        self.site.run("docker", "push", "--quiet", self.reference)


class _Compiler(_Tool):
    def push(self):
        self.go_build()


def _push_base(site):
    """What ko and crane build on: the emulator, in the layout of a layer."""
    layer = site.folder / "base.tar.gz"
    with tarfile.open(layer, "w:gz") as tar:
        tar.add(site.ROOT / "build/bin/aws-lambda-rie", "lambda-entrypoint")
    crane = site.peers["crane"]
    site.run(crane, "append", "--oci-empty-base", "-f", layer, "-t", f"{site.registry}/base")
    site.run(crane, "mutate", "--set-platform=linux/amd64", f"{site.registry}/base", "-t", f"{site.registry}/base")


def measure(site, rounds):
    tools = [_Thimble("thimble", site)]
    if "crane" in site.peers:
        _push_base(site)
        if "ko" in site.peers:
            tools.append(_Ko("ko", site))
        tools.append(_Crane("crane append", site))
    if site.docker:
        tools.append(_Docker("docker build", site))
    compiler = _Compiler("go build alone", site)
    compiler.push()
    results = {tool.name: {} for tool in (*tools, compiler)}

    def note(tool, what):
        kept = results[tool.name].setdefault(what, {"all": [], "beyond": [], "cpu": []})
        for kind, seconds in site.time(tool.push).items():
            kept[kind].append(seconds)

    for tool in (*tools, compiler):
        note(tool, "first")
    for number in range(rounds):
        order = [*tools, compiler]
        for tool in order[number % len(order) :] + order[: number % len(order)]:
            note(tool, "nothing changed")
            tool.change(number)
            note(tool, "one line changed")
    return results, (compiler.folder / "hello").stat().st_size
