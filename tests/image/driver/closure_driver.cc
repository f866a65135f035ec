// Prints the closure of programs as JSON, and puts it into a folder.
//
//   closure_driver native [--root R] [--include P]... [--module P]... [--out FOLDER] PROGRAM...
//   closure_driver python [--python P] [--packages FOLDER] [--app FOLDER] [--cache FOLDER] [--jobs
//   N]
//                         [--sources all|packages|app] [--whole yes] [--out FOLDER]
//                         [--handler H --event FILE... --client M --keep PATH... --drop MODULE...]

#include <cstdio>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <thimble/closure/native_closure.h>
#include <thimble/closure/python_trace.h>
#include <thimble/closure/write_tree.h>
#include <thimble/json/writer.h>

namespace {

using namespace thimble;

// "--name value" any number of times, and everything else.
struct Arguments {
  std::map<std::string, std::vector<std::string>> options;
  std::vector<std::string> rest;

  [[nodiscard]] std::string one(const std::string& name, const std::string& otherwise) const {
    const auto found = options.find(name);
    return found == options.end() ? otherwise : found->second.back();
  }
  [[nodiscard]] std::vector<std::string> all(const std::string& name) const {
    const auto found = options.find(name);
    return found == options.end() ? std::vector<std::string>() : found->second;
  }
};

Arguments parse(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word.starts_with("--") && i + 1 < argc) {
      arguments.options[word.substr(2)].emplace_back(argv[++i]);
    } else {
      arguments.rest.push_back(word);
    }
  }
  return arguments;
}

void write_missing(json::Writer& out, const std::vector<closure::MissingLibrary>& missing) {
  out.key("missing").begin_array();
  for (const auto& library : missing) {
    out.begin_object().key("name").string(library.name).key("needed_by").string(library.needed_by);
    out.key("other_machine").boolean(library.other_machine).end_object();
  }
  out.end_array();
}

Result<std::string> native(const Arguments& arguments) {
  const closure::FolderView root(arguments.one("root", "/"));
  const std::vector<std::string> programs(arguments.rest.begin() + 1, arguments.rest.end());
  const auto found = closure::native_closure(
      root, programs, {.include = arguments.all("include"), .modules = arguments.all("module")});
  if (!found) return fail(found.error());
  image::Tree tree;
  if (auto added = closure::add_to_tree(tree, root, *found); !added) return fail(added.error());
  if (const std::string folder = arguments.one("out", ""); !folder.empty()) {
    if (auto written = closure::write_tree(tree, folder); !written) return fail(written.error());
  }
  std::string text;
  json::Writer out(text);
  out.begin_object().key("paths").begin_array();
  for (const auto& [path, entry] : tree.entries()) {
    if (!entry.is_folder()) out.string(path);
  }
  out.end_array().key("interpreter").string(found->interpreter);
  out.key("architecture").string(found->machine ? found->machine->architecture() : "");
  write_missing(out, found->missing);
  out.end_object();
  return text;
}

using Sizes = std::vector<std::pair<std::string, std::uint64_t>>;

void write_sizes(json::Writer& out, const char* name, const Sizes& sizes) {
  out.key(name).begin_object();
  for (const auto& [what, bytes] : sizes) out.key(what).integer(bytes);
  out.end_object();
}

Result<std::string> python(const Arguments& arguments) {
  closure::PythonOptions options{.python = arguments.one("python", "python3"),
                                 .cache = arguments.one("cache", "")};
  const std::string sources = arguments.one("sources", "");
  if (sources == "all") options.sources = closure::PythonSources::kAll;
  if (sources == "app") options.sources = closure::PythonSources::kOfApp;
  options.whole = arguments.one("whole", "no") == "yes";
  options.include = arguments.all("include");
  options.exclude_modules = arguments.all("exclude");
  options.jobs = static_cast<unsigned>(std::stoul(arguments.one("jobs", "2")));
  for (auto [name, tree] : {std::pair("packages", &options.packages), {"app", &options.app}}) {
    const std::string folder = arguments.one(name, "");
    if (folder.empty()) continue;
    if (auto added = tree->add_folder("var/task", folder); !added) return fail(added.error());
  }
  auto built = closure::python_closure(options);
  if (!built) return fail(built.error());
  std::string text;
  json::Writer out(text);
  out.begin_object();
  if (arguments.options.contains("handler")) {
    closure::TraceOptions trace{.events = {}, .handler = arguments.one("handler", "")};
    for (const std::string& event : arguments.all("event")) trace.events.emplace_back(event);
    trace.keep = arguments.all("keep");
    trace.include = options.include;
    trace.client = arguments.one("client", "awslambdaric");
    auto traced = closure::trace_python(*built, trace);
    if (!traced) return fail(traced.error());
    *built = std::move(traced->closure);
    write_sizes(out, "dropped_modules", traced->dropped_modules);
    out.key("dropped_bytes").integer(traced->dropped_bytes);
    out.key("dropped_files").integer(traced->dropped_files);
    out.key("isolation").string(traced->isolation).key("caveat").string(traced->caveat);
  }
  image::Tree tree;
  out.key("layers").begin_object();
  for (const auto& [name, part] : {std::pair("runtime", &built->runtime),
                                   {"packages", &built->packages},
                                   {"app", &built->app}}) {
    if (auto merged = tree.merge(*part); !merged) return fail(merged.error());
    out.key(name).begin_array();
    for (const auto& [path, entry] : part->entries()) {
      if (!entry.is_folder()) out.string(path);
    }
    out.end_array();
  }
  out.end_object();
  if (const std::string folder = arguments.one("out", ""); !folder.empty()) {
    if (auto written = closure::write_tree(tree, folder); !written) return fail(written.error());
  }
  out.key("interpreter").string(built->interpreter).key("version").string(built->python.version);
  write_missing(out, built->missing);
  write_sizes(out, "left_out", built->left_out);
  out.end_object();
  return text;
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments = parse(argc, argv);
  const std::string verb = arguments.rest.empty() ? "" : arguments.rest[0];
  Result<std::string> done = fail(ErrorCode::kInvalid, "closure_driver native|python ...");
  if (verb == "native") done = native(arguments);
  if (verb == "python") done = python(arguments);
  if (!done) {
    std::fprintf(stderr, "%s\n", done.error().message.c_str());
    return 1;
  }
  std::puts(done->c_str());
  return 0;
}
