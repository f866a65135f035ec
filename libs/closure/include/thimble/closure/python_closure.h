#pragma once
// A Python interpreter, its standard library, packages and a handler, as trees for an image.

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <thimble/base/result.h>
#include <thimble/closure/native_closure.h>
#include <thimble/image/tree.h>

namespace thimble::closure {

// A CPython of this machine, as it describes itself. That of a virtual environment is the one the
// environment was made from.
struct PythonInstall {
  std::filesystem::path executable;  // No link.
  std::filesystem::path prefix;      // sys.base_prefix
  std::filesystem::path stdlib;      // "/usr/lib/python3.11"
  std::string version;               // "3.11.7"
  std::string short_version;         // "3.11"
  std::string cache_tag;             // "cpython-311"
  std::string identity;              // Changes with what it compiles to: version and magic number.
  std::string library;               // "libpython3.11.so.1.0", empty if there is none.
  std::filesystem::path library_folder;
};

// Runs `python` ("python3", or a path) and asks. kNotFound if there is no such program; kInvalid if
// it is no CPython of 3.8 or later.
[[nodiscard]] Result<PythonInstall> find_python(const std::string& python);

// Which sources are in the image beside their compiled form. A module without starts as fast and is
// a third of the size; tracebacks show no lines of its code, and inspect.getsource finds none. The
// app's are always there, and those which do not compile.
enum class PythonSources : std::uint8_t { kAll, kOfPackages, kOfApp };

struct PythonOptions {
  std::string python = "python3";
  std::string home = "var/lang";  // Where the interpreter goes: HOME/bin/python3.

  image::Tree packages = {};  // What `pip install --target` made, where it goes.
  image::Tree app = {};       // The handler's own files, where they go.

  // Modules of the standard library and of packages that are left out though others import them:
  // "ssl", "botocore.data". Who imports one gets a ModuleNotFoundError.
  std::vector<std::string> exclude_modules = {};
  std::string task_root = "var/task";  // Where Python looks for packages.

  // What is opened at run time, as in NativeClosureOptions.
  std::vector<std::string> include = {};

  // What the image is built on, null for nothing; see add_to_tree().
  const FileView* base = nullptr;

  // The standard library with what no handler needs, and its sources.
  bool whole = false;

  PythonSources sources = PythonSources::kOfPackages;

  // Where compiled modules are kept from one build to the next; empty for nowhere. It never grows
  // beyond `cache_limit` bytes for long, and may be deleted at any time.
  std::filesystem::path cache = {};
  std::uint64_t cache_limit = std::uint64_t{256} << 20;

  unsigned jobs = 2;  // Processes that compile at a time. The result does not depend on it.
};

struct PythonClosure {
  PythonInstall python;
  std::string interpreter;  // In the image: "/var/lang/bin/python3.11".

  // In the order of how often they change, each on top of those before it.
  image::Tree runtime;   // Interpreter, standard library, their native libraries.
  image::Tree packages;  // Packages and the native libraries which only they need.
  image::Tree app;

  std::vector<MissingLibrary> missing;

  // What of the standard library and of the packages was left out: name and bytes, largest first.
  std::vector<std::pair<std::string, std::uint64_t>> left_out;
};

// Collects all that is needed to run the packages and the app. Modules are compiled to .pyc files
// with unchecked hashes (PEP 552), which stay valid whatever a layer does to times of files; the
// same sources, interpreter and paths give the same bytes. Shared libraries lose their debug
// information.
//
// Of the standard library, unless it is to be whole, these are left out: test, idlelib, tkinter,
// turtledemo, ensurepip, lib2to3, pydoc_data, venv, curses, static libraries, and the extension
// modules for terminals, dbm and CPython's own tests; of packages what pip notes about this
// machine.
//
// kInvalid if a package was built for another machine or another version of Python; kNotFound for a
// module to exclude that is not there.
[[nodiscard]] Result<PythonClosure> python_closure(const PythonOptions& options);

}  // namespace thimble::closure
