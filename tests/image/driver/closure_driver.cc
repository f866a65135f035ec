// Prints the closure of programs as JSON, and puts it into a folder.
//
//   closure_driver native [--root R] [--include P]... [--module P]... [--out FOLDER] PROGRAM...

#include <cstdio>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <thimble/closure/native_closure.h>
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

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments = parse(argc, argv);
  const std::string verb = arguments.rest.empty() ? "" : arguments.rest[0];
  Result<std::string> done = fail(ErrorCode::kInvalid, "closure_driver native|python ...");
  if (verb == "native") done = native(arguments);
  if (!done) {
    std::fprintf(stderr, "%s\n", done.error().message.c_str());
    return 1;
  }
  std::puts(done->c_str());
  return 0;
}
