#include "thimble/closure/native_closure.h"

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "glob.h"
#include "library_search.h"
#include "loader_folders.h"
#include "path_resolver.h"

namespace thimble::closure {
namespace {

using namespace detail;
using Kind = FileView::Kind;

constexpr std::size_t kMostObjects = 20000;
constexpr std::size_t kMostScripts = 8;  // An interpreter may be a script itself.

// "#!/usr/bin/env -S python3 -u": the words after "#!".
std::vector<std::string> interpreter_line(std::string_view bytes) {
  std::vector<std::string> words;
  if (!bytes.starts_with("#!")) return words;
  bytes = bytes.substr(2, std::min(bytes.find('\n'), bytes.size()) - 2);
  while (!bytes.empty()) {
    const std::size_t end = std::min(bytes.find_first_of(" \t\r"), bytes.size());
    if (end > 0) words.emplace_back(bytes.substr(0, end));
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
  }
  return words;
}

// What was loaded into one process, by the names under which the loader knows it.
using Process = std::map<std::string, const Object*>;

class Builder final {
 public:
  Builder(const FileView& view, const NativeClosureOptions& options)
      : view_(view), options_(options), files_(view) {}

  Result<NativeClosure> build(const std::vector<std::string>& programs) {
    for (const std::string& program : programs) {
      if (auto added = add_program(program, 0); !added) return fail(std::move(added.error()));
    }
    for (const std::string& module : options_.modules) {
      if (auto added = add_opened(module); !added) return fail(std::move(added.error()));
    }
    for (const std::string& pattern : options_.include) {
      if (auto added = add_included(pattern); !added) return fail(std::move(added.error()));
    }
    add_companions();
    closure_.paths.assign(paths_.begin(), paths_.end());
    closure_.missing.assign(missing_.begin(), missing_.end());
    return std::move(closure_);
  }

 private:
  Result<void> add_program(const std::string& program, std::size_t depth) {
    const auto resolved = resolve(view_, program);
    if (!resolved || resolved->node.kind != Kind::kFile) {
      return fail(ErrorCode::kNotFound, "program '" + program + "' is not there");
    }
    add_path(program, *resolved);
    const ElfFile* elf = files_.find(resolved->path);
    if (elf == nullptr) return add_script(*resolved, depth);
    if (!closure_.machine) closure_.machine = elf->machine;
    if (elf->machine != *closure_.machine) {
      return fail(ErrorCode::kInvalid, "program '" + program + "' is for " +
                                           elf->machine.architecture() + ", others are for " +
                                           closure_.machine->architecture());
    }
    if (!elf->interpreter.empty()) {
      if (closure_.interpreter.empty()) closure_.interpreter = elf->interpreter;
      add_interpreter(elf->interpreter, program);
    }
    use_loader(elf->interpreter);
    const Object& object = keep({.path = resolved->path, .found = resolved->path, .elf = elf});
    Process process;
    // The loader is there before all others and is never searched.
    if (!elf->interpreter.empty()) process.emplace(name_of(elf->interpreter), &object);
    load(object, process);
    if (first_ == nullptr) {
      first_ = &object;
      first_process_ = std::move(process);
    }
    return {};
  }

  Result<void> add_script(const Resolved& script, std::size_t depth) {
    const auto bytes = view_.read(script.path, 256);
    if (!bytes) return fail(bytes.error());
    const auto words = interpreter_line(*bytes);
    if (words.empty()) return {};
    const std::string who = "/" + script.path;
    if (depth == kMostScripts) {
      return fail(ErrorCode::kInvalid, "script '" + who + "' has too many interpreters");
    }
    if (!resolve(view_, words[0])) {
      missing_.insert({.name = words[0], .needed_by = who});
      return {};
    }
    if (auto added = add_program(words[0], depth + 1); !added) return added;
    if (name_of(words[0]) != "env") return {};
    const auto wanted = std::find_if(words.begin() + 1, words.end(), [](const std::string& word) {
      return !word.starts_with('-') && word.find('=') == std::string::npos;
    });
    if (wanted == words.end()) return {};
    for (const char* folder :
         {"usr/local/sbin", "usr/local/bin", "usr/sbin", "usr/bin", "sbin", "bin"}) {
      const std::string path = join(folder, *wanted);
      if (resolve(view_, path)) return add_program("/" + path, depth + 1);
    }
    missing_.insert({.name = *wanted, .needed_by = who});
    return {};
  }

  void add_interpreter(const std::string& interpreter, const std::string& program) {
    const auto resolved = resolve(view_, interpreter);
    if (!resolved || resolved->node.kind != Kind::kFile) {
      missing_.insert({.name = interpreter, .needed_by = display(program)});
      return;
    }
    const ElfFile* elf = files_.find(resolved->path);
    if (elf != nullptr && elf->machine != *closure_.machine) {
      missing_.insert({.name = interpreter, .needed_by = display(program), .other_machine = true});
      return;
    }
    add_path(interpreter, *resolved);
  }

  // Changes over to the loader of another program.
  void use_loader(const std::string& interpreter) {
    if (search_ && loader_ == interpreter) return;
    loader_ = interpreter;
    folders_ = loader_folders(view_, interpreter, *closure_.machine, options_.configured_folders);
    if (!folders_.musl_path_file.empty()) {
      if (const auto file = resolve(view_, folders_.musl_path_file)) {
        add_path(folders_.musl_path_file, *file);
      }
    }
    search_ = std::make_unique<LibrarySearch>(view_, files_, folders_, options_.library_paths,
                                              *closure_.machine);
  }

  // Loads all that `object` needs, breadth first as the loader does.
  void load(const Object& object, Process& process) {
    std::deque<const Object*> queue{&object};
    remember(object, std::string(name_of(object.found)), process);
    while (!queue.empty() && objects_.size() < kMostObjects) {
      const Object& needing = *queue.front();
      queue.pop_front();
      note_companions(needing);
      for (const std::string& name : needing.elf->needed) {
        if (process.contains(name) || search_->is_loader_itself(name)) continue;
        bool other_machine = false;
        const auto found = search_->find(name, needing, other_machine);
        if (!found) {
          missing_.insert({name, "/" + needing.path, other_machine});
          continue;
        }
        add_found(name, *found);
        const Object& loaded = keep({.path = found->resolved.path,
                                     .found = found->asked,
                                     .elf = files_.find(found->resolved.path),
                                     .loader = &needing,
                                     .configured = found->configured});
        if (name_of(loaded.path).starts_with("libc.so.6") || name == "libc.so.6") libc_ = &loaded;
        remember(loaded, name, process);
        queue.push_back(&loaded);
      }
    }
  }

  static void remember(const Object& object, const std::string& name, Process& process) {
    process.emplace(name, &object);
    if (!object.elf->soname.empty()) process.emplace(object.elf->soname, &object);
  }

  void note_companions(const Object& object) {
    if (object.elf->unwinds) companions_.insert("libgcc_s.so.1");
    if (object.elf->looks_names_up) names_looked_up_ = true;
  }

  // What glibc opens by itself. It does without where that is not there.
  void add_companions() {
    if (!search_ || folders_.musl || libc_ == nullptr) return;
    if (names_looked_up_ && is_old_libc()) {
      companions_.insert("libnss_files.so.2");
      companions_.insert("libnss_dns.so.2");
    }
    for (const std::string& name : companions_) {
      if (const auto found = search_->find_in_system(name)) open(name, *found);
    }
  }

  // Whether this glibc has name services in files of their own: before version 2.34.
  bool is_old_libc() {
    const auto bytes = view_.read(libc_->path, std::size_t{64} << 20);
    return bytes && bytes->find(std::string_view("\0GLIBC_2.34\0", 12)) == std::string::npos;
  }

  // Loads what the first program opens at run time.
  void open(const std::string& name, const Found& found) {
    add_found(name, found);
    const ElfFile* elf = files_.find(found.resolved.path);
    if (elf == nullptr || first_ == nullptr) return;
    Process process = first_process_;
    load(keep({.path = found.resolved.path,
               .found = found.asked,
               .elf = elf,
               .loader = first_,
               .configured = found.configured}),
         process);
  }

  Result<void> add_opened(const std::string& path) {
    auto resolved = resolve(view_, path);
    if (!resolved) return fail(ErrorCode::kNotFound, "'" + path + "' is not there");
    if (resolved->node.kind == Kind::kFolder) {
      add_path(path, *resolved);
      for (const std::string& name : view_.list(resolved->path)) {
        const std::string inside = join(resolved->path, name);
        if (!resolve(view_, inside)) continue;  // A link that leads nowhere.
        if (++opened_ > kMostObjects) {
          return fail(ErrorCode::kLimit, "'" + path + "' holds too many files");
        }
        if (auto added = add_opened(inside); !added) return added;
      }
      return {};
    }
    if (resolved->node.kind != Kind::kFile) return {};
    const ElfFile* elf = files_.find(resolved->path);
    add_path(path, *resolved);
    if (elf == nullptr || elf->type == ElfFile::Type::kOther) return {};
    if (closure_.machine && elf->machine != *closure_.machine) {
      missing_.insert({path, first_ != nullptr ? "/" + first_->path : "", true});
      return {};
    }
    std::string asked = path.substr(std::min(path.find_first_not_of('/'), path.size()));
    open(std::string(name_of(path)), Found{std::move(*resolved), std::move(asked), false});
    return {};
  }

  Result<void> add_included(const std::string& pattern) {
    std::vector<std::string> found;
    if (pattern.find('/') != std::string::npos) {
      found = glob(view_, pattern);
    } else {
      std::set<std::string> names;
      for (const std::string& folder : folders_.all) {
        for (const std::string& path : glob(view_, join(folder, pattern))) {
          if (names.insert(std::string(name_of(path))).second) found.push_back(path);
        }
      }
    }
    if (found.empty()) {
      return fail(ErrorCode::kNotFound, "nothing matches '" + pattern + "' to be included");
    }
    for (const std::string& path : found) {
      if (auto added = add_opened(path); !added) return added;
    }
    return {};
  }

  void add_found(const std::string& name, const Found& found) {
    add_path(found.asked, found.resolved);
    if (found.configured && name.find('/') == std::string::npos && !folders_.built_in.empty()) {
      const std::string& folder = folders_.built_in.back();
      const std::string asked = join(folder.substr(1), name);
      if (noted_.insert(asked).second) closure_.configured.push_back({asked, found.resolved.path});
    }
  }

  // A file, and the links on the way to it.
  void add_path(std::string_view asked, const Resolved& resolved) {
    if (resolved.node.kind == Kind::kFile) paths_.insert(resolved.path);
    paths_.insert(resolved.links.begin(), resolved.links.end());
    asked.remove_prefix(std::min(asked.find_first_not_of('/'), asked.size()));
    // One with ".." in it depends on what the folders before that are links to.
    if (resolved.node.kind != Kind::kFile || asked == resolved.path ||
        asked.find("..") != std::string_view::npos) {
      return;
    }
    std::string name(asked);
    if (noted_.insert(name).second) closure_.names.push_back({std::move(name), resolved.path});
  }

  static std::string display(std::string_view path) {
    return path.starts_with('/') ? std::string(path) : "/" + std::string(path);
  }

  const Object& keep(Object object) {
    return *objects_.emplace_back(std::make_unique<Object>(std::move(object)));
  }

  const FileView& view_;
  const NativeClosureOptions& options_;
  ElfFiles files_;
  NativeClosure closure_;
  std::set<std::string> paths_;
  std::set<std::string> noted_;
  std::set<MissingLibrary> missing_;
  std::vector<std::unique_ptr<Object>> objects_;
  std::size_t opened_ = 0;

  std::string loader_;
  LoaderFolders folders_;
  std::unique_ptr<LibrarySearch> search_;
  const Object* first_ = nullptr;
  Process first_process_;
  const Object* libc_ = nullptr;
  std::set<std::string> companions_;
  bool names_looked_up_ = false;
};

}  // namespace

Result<NativeClosure> native_closure(const FileView& view, const std::vector<std::string>& programs,
                                     const NativeClosureOptions& options) {
  return Builder(view, options).build(programs);
}

Result<NativeClosure> check_programs(const FileView& view,
                                     const std::vector<std::string>& programs) {
  return native_closure(view, programs,
                        {.configured_folders = resolve(view, "etc/ld.so.cache").has_value()});
}

}  // namespace thimble::closure
