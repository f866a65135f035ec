"""Projects of each language, built by their own tools: what would go into an image.

Nothing is fetched: packages are made here, and pip and npm are told where they are.
"""

import base64
import hashlib
import json
import os
import re
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DRIVER = Path(os.environ.get("PROJECT_DRIVER", ROOT / "build/dev/bin/project_driver"))
MACHINE = {"x86_64": "amd64", "aarch64": "arm64"}[os.uname().machine]
OTHER = {"amd64": "arm64", "arm64": "amd64"}[MACHINE]


def attempt(folder, *arguments, platform=f"linux/{MACHINE}", environment=None):
    """Builds the project in `folder`; how that ended."""
    command = [DRIVER, folder, "--platform", platform, *arguments]
    environment = {**os.environ, **(environment or {})}
    return subprocess.run(list(map(str, command)), env=environment, capture_output=True, text=True, timeout=300)


def build(folder, *arguments, **options):
    done = attempt(folder, *arguments, **options)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def refusal(folder, *arguments, **options):
    done = attempt(folder, *arguments, **options)
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout == ""
    return done.stderr[done.stderr.index("refused: ") + 9 :]


def commands(folder, *arguments, **options):
    """The first words of what a build ran."""
    done = attempt(folder, *arguments, **options)
    assert done.returncode == 0, done.stderr
    return [line[2:] for line in done.stderr.splitlines() if line.startswith("$ ")]


@pytest.fixture
def project(tmp_path):
    """Makes a project out of {path: text}."""

    def make(files, name="hello"):
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
        return folder

    return make


def run(artifact, path):
    """What a program of an artifact prints."""
    source = artifact["executables"][path]
    return subprocess.run([source], capture_output=True, text=True, timeout=60, check=True).stdout


# thimble.toml

GUIDE = (ROOT / "docs/guides/thimble-toml.md").read_text()


def test_the_guides_example_is_taken_and_every_key_is_in_the_guide(project):
    example = re.search(r"```toml\n(.*?)```", GUIDE, flags=re.S).group(1)
    folder = project({"thimble.toml": example})
    settings = build(folder, "--describe", "--environment", "prod", "run.port=1234")
    assert settings["function.handler"] == ['"app.handler"', "thimble.toml:3"]
    assert settings["function.memory"][0] == "1024"
    assert settings["image.slim"] == ['"trace"', "thimble.toml:14"]
    assert settings["image.emulator"] == ["true", "default"]
    assert settings["run.port"] == ["1234", "--run.port=1234"]
    keys = {key.split(".")[2 if key.startswith("events") else 1] for key in settings}
    assert {key for key in keys if f"`{key}`" not in GUIDE} == set()


def test_a_variable_beats_the_file(project):
    folder = project({"thimble.toml": "[function]\nmemory = 256\n"})
    settings = build(folder, "--describe", environment={"THIMBLE_FUNCTION_MEMORY": "512"})
    assert settings["function.memory"] == ["512", "THIMBLE_FUNCTION_MEMORY"]


def test_a_typo_is_refused_with_its_line(project):
    message = refusal(project({"thimble.toml": "[function]\n\nmemroy = 1\n"}))
    assert message == "thimble.toml:3: unknown key 'memroy' in [function]: did you mean 'memory'?\n"


# C++

MAIN_CC = '#include <cstdio>\nint main() { std::puts("hello from C++"); }\n'
CMAKE = """cmake_minimum_required(VERSION 3.25)
project(hello LANGUAGES CXX)
add_library(greeting STATIC greeting.cc)
add_executable(hello main.cc)
target_link_libraries(hello PRIVATE greeting)
"""
CPP = {"CMakeLists.txt": CMAKE, "main.cc": MAIN_CC, "greeting.cc": "int greeting() { return 1; }\n"}


def test_cmake_builds_a_program_and_nothing_else_is_shipped(project):
    folder = project(CPP)
    artifact = build(folder)
    assert artifact["language"] == "cpp"
    assert artifact["command"] == ["/var/task/hello"]
    assert list(artifact["application"]) == ["var/task/hello"]
    assert artifact["dependencies"] == {}
    assert run(artifact, "var/task/hello") == "hello from C++\n"
    assert (folder / ".thimble/.gitignore").read_text() == "*\n"


def test_cmake_does_again_only_what_has_changed(project):
    folder = project(CPP)
    build(folder)
    again = attempt(folder).stderr
    assert "Building CXX object" not in again
    (folder / "main.cc").write_text(MAIN_CC.replace("C++", "new C++"))
    changed = attempt(folder).stderr
    assert changed.count("Building CXX object") == 1


def test_cmake_is_asked_again_when_what_it_makes_has_changed(project):
    folder = project(CPP)
    assert [one.split()[1] for one in commands(folder)] == ["-S", "--build"]
    assert [one.split()[1] for one in commands(folder)] == ["--build"]
    project({"CMakeLists.txt": CMAKE.replace("hello main", "other main").replace("(hello P", "(other P")})
    assert build(folder)["command"] == ["/var/task/other"]
    assert run(build(folder, environment={"CXXFLAGS": "-DNDEBUG"}), "var/task/other") == "hello from C++\n"
    folder = folder.rename(folder.parent / "moved")
    assert build(folder)["command"] == ["/var/task/other"]


def test_a_program_is_the_same_in_any_folder(project):
    files = {**CPP, "main.cc": "#include <cassert>\n" + MAIN_CC.replace("{ ", "{ assert(__LINE__ != 0 && __FILE__); ")}
    first = build(project(files, "one"))
    second = build(project(files, "another-one"))
    assert first["application"] == second["application"]


def test_of_several_programs_the_handler_says_which(project):
    files = {**CPP, "CMakeLists.txt": CMAKE.replace("hello main", "one main").replace("(hello P", "(one P")}
    files["CMakeLists.txt"] += "add_executable(two main.cc)\n"
    folder = project(files)
    assert refusal(folder) == (
        "CMakeLists.txt makes several programs, one, two: in thimble.toml under [function], say "
        'handler = "one"\n'
    )
    assert build(folder, "function.handler=two")["command"] == ["/var/task/two"]
    assert "did you mean 'two'?" in refusal(folder, "function.handler=tow")


def test_a_compilers_words_are_shown_when_it_fails(project):
    message = refusal(project({**CPP, "main.cc": "int main() { return nothing; }\n"}))
    assert message.startswith("'cmake --build ")
    assert "'nothing' was not declared" in message or "‘nothing’ was not declared" in message


def test_a_preset_called_thimble_is_used(project):
    presets = {
        "version": 6,
        "configurePresets": [{"name": "thimble", "cacheVariables": {"CMAKE_CXX_FLAGS": "-DWORD=42"}}],
    }
    main = '#include <cstdio>\nint main() { std::printf("%d\\n", WORD); }\n'
    folder = project({**CPP, "main.cc": main, "CMakePresets.json": json.dumps(presets)})
    assert run(build(folder), "var/task/hello") == "42\n"


def test_a_program_for_another_processor_is_refused(project):
    message = refusal(project(CPP), platform=f"linux/{OTHER}")
    assert message == f"'hello' was built for {MACHINE}, not for {OTHER}: name a toolchain for that\n"


def test_what_is_no_native_program_is_refused(project):
    script = CMAKE + 'add_custom_command(TARGET hello POST_BUILD COMMAND sh -c "echo x >$<TARGET_FILE:hello>" VERBATIM)\n'
    assert refusal(project({**CPP, "CMakeLists.txt": script})) == "'hello' was built and is no native program for Linux\n"


# Go

GO_MOD = "module example.org/team/hello/v2\n\ngo 1.21\n"
MAIN_GO = 'package main\n\nfunc main() { println("hello from Go") }\n'


def test_go_builds_a_static_program_for_either_processor(project):
    folder = project({"go.mod": GO_MOD, "main.go": MAIN_GO, "notes.txt": "not shipped"})
    for architecture in (MACHINE, OTHER):
        artifact = build(folder, platform=f"linux/{architecture}")
        assert artifact["command"] == ["/var/task/hello"]
        assert list(artifact["application"]) == ["var/task/hello"]
        head = Path(artifact["executables"]["var/task/hello"]).read_bytes()[:20]
        assert head[18] == {"amd64": 62, "arm64": 183}[architecture]


def test_go_finds_the_program_in_a_folder_of_its_own(project):
    folder = project({"go.mod": GO_MOD, "cmd/one/main.go": MAIN_GO, "lib.go": "package hello\n"})
    assert build(folder)["command"] == ["/var/task/one"]
    project({"cmd/two/main.go": MAIN_GO})
    assert "makes several programs, one, two" in refusal(folder)
    assert build(folder, "function.handler=two")["command"] == ["/var/task/two"]


def test_a_generator_beside_a_library_is_not_the_program_of_go(project):
    generator = MAIN_GO.replace("Go", "generator")
    files = {"go.mod": GO_MOD, "lib.go": "package hello\n", "cmd/one/main.go": MAIN_GO}
    folder = project({**files, "gen.go": "// Makes tables.\n\n//go:build ignore\n\n" + generator})
    assert build(folder)["command"] == ["/var/task/one"]
    (folder / "lib.go").unlink()
    project({"main.go": "//go:build linux\n\n" + MAIN_GO})
    assert run(build(folder), "var/task/hello") == "" and build(folder)["command"] == ["/var/task/hello"]


def test_gos_words_are_shown_when_it_fails(project):
    message = refusal(project({"go.mod": GO_MOD, "main.go": MAIN_GO.replace("println", "nothing")}))
    assert "undefined: nothing" in message


def test_a_missing_tool_is_named_with_how_to_get_it(project, tmp_path):
    folder = project({"go.mod": GO_MOD, "main.go": MAIN_GO})
    message = refusal(folder, environment={"PATH": str(tmp_path)})
    assert message.startswith("'go' is needed and not in PATH: install Go from https://go.dev/dl")


# Rust

CARGO = '[package]\nname = "hello"\nversion = "1.0.0"\nedition = "2021"\n'
MAIN_RS = 'fn main() { println!("hello from Rust"); }\n'


def test_cargo_builds_a_program(project):
    folder = project({"Cargo.toml": CARGO, "src/main.rs": MAIN_RS})
    artifact = build(folder)
    assert artifact["command"] == ["/var/task/hello"]
    assert run(artifact, "var/task/hello") == "hello from Rust\n"
    project({"src/bin/extra.rs": MAIN_RS})
    assert build(folder)["command"] == ["/var/task/hello"]
    assert build(folder, "function.handler=extra")["command"] == ["/var/task/extra"]


def test_cargos_words_are_shown_when_it_fails(project):
    message = refusal(project({"Cargo.toml": CARGO, "src/main.rs": MAIN_RS.replace("println", "nothing")}))
    assert "cannot find macro `nothing`" in message
    assert '"reason"' not in message


# Python


def make_wheel(folder, name, files, version="1.0.0", tag="py3-none-any", script=""):
    """A wheel as PyPI has it."""
    folder.mkdir(parents=True, exist_ok=True)
    info = f"{name}-{version}.dist-info"
    contents = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n",
    }
    if script:
        contents[f"{info}/entry_points.txt"] = f"[console_scripts]\n{script}\n"
    rows = [
        f"{path},sha256={base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip('=')},{len(text)}"
        for path, text in contents.items()
    ]
    contents[f"{info}/RECORD"] = "\n".join([*rows, f"{info}/RECORD,,"]) + "\n"
    with zipfile.ZipFile(folder / f"{name}-{version}-{tag}.whl", "w") as wheel:
        for path, text in contents.items():
            wheel.writestr(path, text)


APP_PY = "import greeting\n\ndef handler(event, context):\n    return greeting.WORD\n"


@pytest.fixture
def wheels(tmp_path):
    folder = tmp_path / "wheels"
    make_wheel(folder, "awslambdaric", {"awslambdaric/__init__.py": ""})
    make_wheel(folder, "greeting", {"greeting.py": "WORD = 'hello'\n"}, script="greet = greeting:main")
    return folder


@pytest.fixture
def offline(wheels):
    return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)}


PYTHON = {"app.py": APP_PY, "requirements.txt": "greeting\nawslambdaric\n"}


def test_pip_installs_what_requirements_name(project, offline):
    folder = project({**PYTHON, "data/words.txt": "x", "__pycache__/app.pyc": "", "venv/pyvenv.cfg": ""})
    artifact = build(folder, environment=offline)
    assert artifact["language"] == "python"
    assert artifact["handler"] == "app.handler"
    interpreter, *rest = artifact["command"]
    assert interpreter.startswith("python3.") and interpreter == artifact["interpreter"]
    assert rest == ["-m", "awslambdaric", "app.handler"]
    assert Path(artifact["interpreter_file"]).is_absolute()
    assert artifact["has_runtime_client"] and artifact["notes"] == []
    assert set(artifact["application"]) == {
        "var/task/app.py",
        "var/task/data/words.txt",
        "var/task/requirements.txt",
    }
    names = set(artifact["dependencies"])
    assert {"var/task/greeting.py", "var/task/awslambdaric/__init__.py"} <= names
    assert not [name for name in names if "/bin/" in name or name.endswith((".pyc", "direct_url.json"))]


def test_packages_are_the_same_in_any_folder_and_record_only_what_is_there(project, offline):
    first, second = (build(project(PYTHON, name), environment=offline) for name in ("one", "another-one"))
    assert first["dependencies"] == second["dependencies"]
    record = "var/task/greeting-1.0.0.dist-info/RECORD"
    lines = [
        f"greeting-1.0.0.dist-info/{name}" for name in ("INSTALLER", "METADATA", "RECORD", "REQUESTED", "WHEEL")
    ] + ["greeting-1.0.0.dist-info/entry_points.txt", "greeting.py"]
    kept = next(project(PYTHON, "one").glob(".thimble/python-*/packages/greeting-1.0.0.dist-info/RECORD"))
    rows = {line.split(",")[0]: line for line in kept.read_text().splitlines()}
    expected = "".join(rows[name] + "\n" for name in lines)
    assert first["dependencies"][record] == hashlib.sha256(expected.encode()).hexdigest()


def test_pip_runs_again_only_when_something_has_changed(project, offline, wheels):
    folder = project(PYTHON)
    assert any(" install " in one for one in commands(folder, environment=offline))
    assert not any(" install " in one for one in commands(folder, environment=offline))
    make_wheel(wheels, "more", {"more.py": ""})
    project({"requirements.txt": "more\nawslambdaric\n"})
    names = build(folder, environment=offline)["dependencies"]
    assert "var/task/more.py" in names and "var/task/greeting.py" not in names


def test_a_constraint_that_changed_counts_too(project, offline):
    folder = project({**PYTHON, "requirements.txt": "-c limits.txt\ngreeting\nawslambdaric\n", "limits.txt": ""})
    build(folder, environment=offline)
    project({"limits.txt": "greeting==1.0.0\n"})
    assert any(" install " in one for one in commands(folder, environment=offline))


def test_pyproject_names_dependencies_too(project, offline):
    files = {"app.py": APP_PY, "pyproject.toml": '[project]\nname = "x"\ndependencies = ["greeting"]\n'}
    artifact = build(project(files), environment=offline)
    assert "var/task/greeting.py" in artifact["dependencies"]
    assert "var/task/awslambdaric/__init__.py" in artifact["dependencies"]
    assert artifact["notes"] == ["added awslambdaric, which requirements.txt does not name"]


CLIENT = "var/task/awslambdaric/__init__.py"


@pytest.mark.parametrize(
    "text",
    ["greeting  # not awslambdaric\n", "# awslambdaric\ngreeting\n", "-c limits.txt\ngreeting\n", "greeting\n-climits.txt"],
    ids=["comment", "line", "constraint", "short"],
)
def test_a_client_that_is_only_spoken_of_is_added(project, offline, text):
    files = {"app.py": APP_PY, "requirements.txt": text, "limits.txt": "awslambdaric==1.0.0\n"}
    artifact = build(project(files), environment=offline)
    assert CLIENT in artifact["dependencies"] and artifact["has_runtime_client"]
    assert artifact["notes"] == ["added awslambdaric, which requirements.txt does not name"]


@pytest.mark.parametrize(
    "line",
    ["AWSLambdaRIC==1.0.0 ; python_version > '3'", "awslambdaric[x] \\\n >=1.0", "vendor/awslambdaric-1.0.0-py3-none-any.whl"],
    ids=["case", "joined", "file"],
)
def test_a_client_that_is_named_in_any_way_is_not_added(project, offline, wheels, line):
    folder = project({"app.py": APP_PY, "requirements.txt": f"greeting\n{line}\n"})
    make_wheel(folder / "vendor", "awslambdaric", {"awslambdaric/__init__.py": ""})
    artifact = build(folder, environment=offline)
    assert CLIENT in artifact["dependencies"] and artifact["notes"] == []


def test_a_client_that_is_not_for_this_machine_is_none(project, offline):
    files = {"app.py": APP_PY, "requirements.txt": "awslambdaric; sys_platform == 'win32'\ngreeting\n"}
    assert not build(project(files), environment=offline)["has_runtime_client"]


@pytest.mark.parametrize("option", ["-rbase.txt", "-r base.txt  # shared", "--requirement=base.txt", "-r 'base.txt'"])
def test_another_file_of_requirements_is_followed(project, offline, wheels, option):
    make_wheel(wheels, "more", {"more.py": ""})
    folder = project({"app.py": APP_PY, "requirements.txt": option + "\n", "base.txt": "greeting\nawslambdaric\n"})
    assert build(folder, environment=offline)["notes"] == []
    project({"base.txt": "more\nawslambdaric\n"})
    assert "var/task/more.py" in build(folder, environment=offline)["dependencies"]


def test_a_wheel_of_the_project_is_never_stale(project, offline):
    folder = project({"app.py": APP_PY, "requirements.txt": "vendor/own-1.0.0-py3-none-any.whl\nawslambdaric\n"})
    for text in ("WORD = 'one'\n", "WORD = 'two'\n"):
        make_wheel(folder / "vendor", "own", {"own.py": text})
        digest = build(folder, environment=offline)["dependencies"]["var/task/own.py"]
        assert digest == hashlib.sha256(text.encode()).hexdigest()


def test_dependencies_that_only_another_tool_reads_are_refused(project, offline):
    hint = "list them in [project] dependencies, or in a requirements.txt\n"
    poetry = '[tool.poetry]\nname = "x"\n\n[tool.poetry.dependencies]\npython = "^3.11"\n'
    folder = project({"app.py": APP_PY, "pyproject.toml": poetry + 'greeting = "*"\n'})
    assert refusal(folder, environment=offline) == (
        "pyproject.toml:4: [tool.poetry.dependencies] is for Poetry alone: 'poetry export -o requirements.txt', or " + hint
    )
    project({"pyproject.toml": '[project]\nname = "x"\ndynamic = ["version", "dependencies"]\n'})
    assert refusal(folder, environment=offline) == f'pyproject.toml:3: the dependencies are "dynamic": {hint}'
    project({"requirements.txt": "greeting\n"})
    assert "var/task/greeting.py" in build(folder, environment=offline)["dependencies"]
    (folder / "requirements.txt").unlink()
    project({"pyproject.toml": poetry})
    assert build(folder, environment=offline)["notes"] != []


@pytest.mark.parametrize("handler", ["shop.app.handler", ""], ids=["named", "found"])
def test_the_modules_may_be_below_src(project, offline, handler):
    files = {"pyproject.toml": '[project]\nname = "x"\n', "src/shop/__init__.py": "", "src/shop/app.py": APP_PY}
    files |= {"src/app.py": APP_PY, "tests/test_app.py": "", ".dockerignore": "src/shop/notes\n", "src/shop/notes": ""}
    setting = [f"function.handler={handler}"] if handler else []
    built = build(project(files), *setting, environment=offline)
    assert built["handler"] == (handler or "app.handler")
    assert {"var/task/shop/__init__.py", "var/task/shop/app.py", "var/task/app.py"} == set(built["application"])


def test_a_base_image_has_its_own_client(project, offline):
    files = {"app.py": APP_PY, "requirements.txt": "greeting\n"}
    artifact = build(project(files), "image.base=example/python", environment=offline)
    assert not artifact["has_runtime_client"]
    assert "var/task/awslambdaric/__init__.py" not in artifact["dependencies"]


def test_wheels_are_those_of_the_images_processor(project, offline, wheels):
    machine = {"amd64": "x86_64", "arm64": "aarch64"}
    for architecture in (MACHINE, OTHER):
        make_wheel(
            wheels,
            "native",
            {"native.py": f"FOR = '{architecture}'\n"},
            tag=f"py3-none-manylinux_2_28_{machine[architecture]}",
        )
    folder = project({**PYTHON, "requirements.txt": "native\nawslambdaric\n"})
    for architecture in (MACHINE, OTHER):
        artifact = build(folder, platform=f"linux/{architecture}", environment=offline)
        expected = hashlib.sha256(f"FOR = '{architecture}'\n".encode()).hexdigest()
        assert artifact["dependencies"]["var/task/native.py"] == expected


def test_pips_words_are_shown_when_it_fails(project, offline):
    message = refusal(project({**PYTHON, "requirements.txt": "no-such-package\n"}), environment=offline)
    assert "No matching distribution found for no-such-package" in message


def test_dockerignore_and_secrets_count(project, offline):
    files = {**PYTHON, "tests/test_app.py": "", ".dockerignore": "tests\n*.md\n!KEEP.md\n", "A.md": "", "KEEP.md": ""}
    folder = project({**files, ".env": "TOKEN=x\n", ".aws/credentials": "", ".git/config": ""})
    artifact = build(folder, environment=offline)
    assert set(artifact["application"]) == {
        "var/task/.aws/credentials",
        "var/task/.env",
        "var/task/KEEP.md",
        "var/task/app.py",
        "var/task/requirements.txt",
    }
    assert artifact["secrets"] == ["var/task/.aws", "var/task/.env"]


# Node.js

INDEX_JS = "exports.handler = async (event) => event;\n"


def make_package(file, manifest, files):
    """A package as npm has it."""
    with tarfile.open(file, "w:gz") as archive:
        for name, text in {"package.json": json.dumps(manifest), **files}.items():
            path = file.parent / name.replace("/", "-")
            path.write_text(text)
            archive.add(path, f"package/{name}")
            path.unlink()


@pytest.fixture
def node_project(project, tmp_path):
    def make(package, files=None):
        folder = project({"index.js": INDEX_JS, "package.json": json.dumps(package), **(files or {})})
        make_package(tmp_path / "p.tgz", {"name": "aws-lambda-ric", "version": "9.0.0", "bin": "index.mjs"}, {"index.mjs": ""})
        (tmp_path / "p.tgz").rename(folder / "client.tgz")
        make_package(tmp_path / "p.tgz", {"name": "dev", "version": "1.0.0"}, {"index.js": ""})
        (tmp_path / "p.tgz").rename(folder / "dev.tgz")
        return folder

    return make


WITH_CLIENT = {
    "name": "hello",
    "version": "1.0.0",
    "dependencies": {"aws-lambda-ric": "file:client.tgz"},
    "devDependencies": {"dev": "file:dev.tgz"},
}


def test_npm_installs_what_package_json_names_in_a_copy(node_project):
    folder = node_project(WITH_CLIENT, {"node_modules/mine/index.js": "not shipped", ".dockerignore": "*.tgz\n"})
    artifact = build(folder)
    assert artifact["language"] == "node"
    assert artifact["handler"] == "index.handler"
    assert artifact["command"] == ["node", "/var/task/node_modules/aws-lambda-ric/index.mjs", "index.handler"]
    assert Path(artifact["interpreter_file"]).is_absolute()
    assert set(artifact["application"]) == {"var/task/index.js", "var/task/package.json"}
    names = set(artifact["dependencies"])
    assert "var/task/node_modules/aws-lambda-ric/index.mjs" in names
    assert not [name for name in names if "/dev/" in name or ".package-lock" in name]
    assert sorted(path.name for path in (folder / "node_modules").iterdir()) == ["mine"]


def test_npm_runs_again_only_when_something_has_changed(node_project):
    folder = node_project(WITH_CLIENT)
    assert any(one.startswith("npm ") for one in commands(folder))
    assert not any(one.startswith("npm ") for one in commands(folder))
    package = {**WITH_CLIENT, "description": "changed"}
    (folder / "package.json").write_text(json.dumps(package))
    assert any(one.startswith("npm ") for one in commands(folder))


NOBODY = {"npm_config_registry": "http://127.0.0.1:9/", "npm_config_fetch_retries": "0"}
MODULES = "var/task/node_modules"


@pytest.mark.parametrize("locked", [False, True], ids=["install", "ci"])
def test_packages_beside_the_project_are_put_where_npm_links_to(node_project, tmp_path, locked):
    shared = {"name": "common", "version": "1.0.0", "dependencies": {"other": "file:../libs/other"}}
    for path, text in {
        "common/package.json": json.dumps(shared),
        "common/index.js": "module.exports = 1;\n",
        "common/node_modules/old/index.js": "",
        "libs/other/package.json": json.dumps({"name": "other", "version": "1.0.0"}),
        "libs/other/index.js": "module.exports = 2;\n",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    package = {**WITH_CLIENT, "dependencies": {**WITH_CLIENT["dependencies"], "common": "file:../common"}}
    folder = node_project(package)
    if locked:
        lock = ["npm", "install", "--package-lock-only", "--no-audit"]
        subprocess.run(lock, cwd=folder, env={**os.environ, **NOBODY}, check=True, capture_output=True, timeout=120)
    for text in ("module.exports = 1;\n", "module.exports = 3;\n"):
        (tmp_path / "common/index.js").write_text(text)
        artifact = build(folder, environment=NOBODY)
        names = artifact["dependencies"]
        assert names[f"{MODULES}/common/index.js"] == hashlib.sha256(text.encode()).hexdigest()
        assert [name for name in names if name.endswith("/other/index.js")]
        assert not [name for name in names if "/old/" in name]
    assert set((tmp_path / "common").iterdir()) == {tmp_path / f"common/{n}" for n in ("package.json", "index.js", "node_modules")}


def test_a_package_that_is_not_there_is_refused(node_project, tmp_path):
    message = refusal(node_project({**WITH_CLIENT, "dependencies": {"common": "../common"}}), environment=NOBODY)
    assert f"package 'common' is to be in '{tmp_path}/common', and nothing is there\n" in message


def test_workspaces_are_the_projects_own_and_are_asked_of_nobody(node_project):
    own = {"name": "own", "version": "1.0.0", "dependencies": {"aws-lambda-ric": "file:../../client.tgz"}}
    package = {"name": "hello", "workspaces": ["packages/*"], "dependencies": {"own": "1.0.0"}}
    files = {"packages/own/package.json": json.dumps(own), "packages/own/index.js": "", "packages/own/node_modules/x.js": ""}
    folder = node_project(package, files)
    artifact = build(folder, environment=NOBODY)
    assert artifact["dependencies"][f"{MODULES}/own"] == "-> ../packages/own"
    assert f"{MODULES}/aws-lambda-ric/index.mjs" in artifact["dependencies"]
    own_files = {path for path in artifact["application"] if "/packages/" in path}
    assert own_files == {"var/task/packages/own/index.js", "var/task/packages/own/package.json"}
    (folder / ".dockerignore").write_text("packages\n")
    assert f"{MODULES}/own/index.js" in build(folder, environment=NOBODY)["dependencies"]


def test_scripts_of_the_project_find_its_files_when_npm_installs(node_project):
    package = {**WITH_CLIENT, "scripts": {"postinstall": "node tools/make.js"}}
    make = 'require("fs").writeFileSync("node_modules/made.js", "");\n'
    artifact = build(node_project(package, {"tools/make.js": make}), environment=NOBODY)
    assert f"{MODULES}/made.js" in artifact["dependencies"]


@pytest.mark.parametrize("name", ["yarn.lock", "pnpm-lock.yaml"])
def test_a_lock_that_npm_does_not_read_is_spoken_of(node_project, name):
    folder = node_project(WITH_CLIENT, {name: ""})
    assert [note for note in build(folder)["notes"] if note.startswith(f"{name} is not read")]
    (folder / name).unlink()
    assert build(folder)["notes"] == []


def test_a_start_script_starts_the_function(node_project):
    folder = node_project({"name": "hello", "scripts": {"start": "node server.js --port '80 80'"}})
    artifact = build(folder)
    assert artifact["command"] == ["node", "server.js", "--port", "80 80"]


def test_node_without_a_client_says_what_to_do(node_project):
    folder = node_project({"name": "hello"})
    assert "'npm install aws-lambda-ric'" in refusal(folder)
    artifact = build(folder, "image.base=example/node")
    assert artifact["command"] == ["index.handler"] and not artifact["has_runtime_client"]


# Commands, and several functions


def test_a_build_command_makes_what_a_command_starts(project):
    compile_it = "mkdir -p bin && c++ -o bin/handler main.cc && echo $TARGETARCH >arch"
    config = f'[function]\nbuild = "{compile_it}"\ncommand = ["./bin/handler", "words.txt", "--fast"]\n'
    folder = project({"thimble.toml": config, "main.cc": MAIN_CC, "words.txt": "x", "Makefile": ""})
    artifact = build(folder)
    assert artifact["language"] == "command"
    assert artifact["command"] == ["/var/task/bin/handler", "words.txt", "--fast"]
    assert set(artifact["application"]) == {"var/task/bin/handler", "var/task/words.txt"}
    assert run(artifact, "var/task/bin/handler") == "hello from C++\n"
    assert (folder / "arch").read_text() == f"{MACHINE}\n"


def test_a_build_command_that_fails_is_shown(project):
    config = '[function]\nbuild = "echo it broke >&2; exit 7"\ncommand = "./handler"\n'
    message = refusal(project({"thimble.toml": config}))
    assert message.startswith("thimble.toml:2: 'sh -c ") and "exit code 7:\nit broke" in message
    message = refusal(project({"thimble.toml": '[function]\ncommand = "./handler"\n'}))
    assert message.startswith("thimble.toml:2: there is no './handler' in ")


def test_a_script_takes_its_folder_along(project):
    folder = project({"run.sh": "#!/bin/sh\n", "lib/a.sh": "", ".dockerignore": "*.md\n", "README.md": ""})
    artifact = build(folder, "function.command=./run.sh one")
    assert artifact["command"] == ["/var/task/run.sh", "one"]
    assert set(artifact["application"]) == {"var/task/run.sh", "var/task/lib/a.sh"}
    artifact = build(folder, "function.command=sh ./run.sh")
    assert artifact["command"] == ["sh", "./run.sh"] and artifact["interpreter"] == "sh"


def test_each_of_several_functions_has_a_folder_of_its_own(project):
    config = '[functions.one]\ndirectory = "one"\n[functions.two]\ndirectory = "two"\n[events.x]\nfunction = "one"\n'
    files = {f"{name}/go.mod": f"module {name}\n" for name in ("one", "two")}
    files |= {f"{name}/main.go": MAIN_GO for name in ("one", "two")}
    folder = project({"thimble.toml": config, **files})
    assert "say which one: one, two" in refusal(folder)
    for name, events in (("one", ["x"]), ("two", [])):
        artifact = build(folder, "--function", name)
        assert artifact["command"] == [f"/var/task/{name}"]
        assert artifact["events"] == events


def test_the_projects_dockerignore_is_for_each_function_that_has_none(project):
    files = {f"{name}/{file}": "" for name in ("one", "two") for file in ("run.sh", "a.md", "b.md")}
    config = '[function]\ncommand = "sh run.sh"\n[functions.one]\ndirectory = "one"\n[functions.two]\ndirectory = "two"\n'
    folder = project({**files, "thimble.toml": config, ".dockerignore": "*/a.md\n", "two/.dockerignore": "b.md\n"})
    one, two = (set(build(folder, "--function", name)["application"]) for name in ("one", "two"))
    assert one == {"var/task/run.sh", "var/task/b.md"}
    assert two == {"var/task/run.sh", "var/task/a.md"}


def test_several_languages_are_refused_until_one_is_chosen(project):
    folder = project({"go.mod": GO_MOD, "main.go": MAIN_GO, "package.json": "{}"})
    assert "has go.mod (go) and package.json (node)" in refusal(folder)
    assert build(folder, "function.language=go")["language"] == "go"
