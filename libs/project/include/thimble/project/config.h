#pragma once
// What a project says about itself: thimble.toml, variables and flags, as one typed value.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <thimble/base/env.h>
#include <thimble/base/result.h>
#include <thimble/image/manifest.h>
#include <thimble/project/setting.h>

namespace thimble::project {

// What a handler is written in, or rather whose tool builds it.
enum class Language : std::uint8_t {
  kDetect,   // What the folder looks like.
  kCommand,  // None: a command that is there, or that `build` makes.
  kCpp,
  kGo,
  kNode,
  kPython,
  kRust,
};

// Lambda's word for a processor.
enum class Arch : std::uint8_t { kX86_64, kArm64 };

// How much of Python's standard library and of the packages an image leaves out.
enum class Slim : std::uint8_t {
  kOff,    // Nothing.
  kOn,     // What a handler never needs.
  kTrace,  // Whatever the events of the project do not import.
};

// Who may call a function's URL.
enum class Url : std::uint8_t {
  kOff,     // There is none.
  kIam,     // Whom IAM lets.
  kPublic,  // Everybody.
};

[[nodiscard]] std::string_view name_of(Language language);
[[nodiscard]] std::string_view name_of(Arch arch);
[[nodiscard]] std::string_view name_of(Slim slim);
[[nodiscard]] std::string_view name_of(Url url);

struct Megabytes {
  std::int64_t count = 0;
  friend auto operator<=>(const Megabytes&, const Megabytes&) = default;
};

// A program and its arguments. As text it is split at white space; '...' and "..." keep words
// together, no shell is involved.
struct CommandLine {
  std::vector<std::string> words = {};
  friend bool operator==(const CommandLine&, const CommandLine&) = default;
};

// "SOURCE:TARGET": a file or folder of the project, and the absolute path it has in the image.
struct Addition {
  std::filesystem::path source;
  std::string target;
  friend bool operator==(const Addition&, const Addition&) = default;
};

using StringTable = std::map<std::string, Setting<std::string>, std::less<>>;

// [image], or [functions.NAME.image]
struct ImageSettings {
  Setting<std::string> base = {};  // A reference or a path; empty is from scratch.
  Setting<std::string> user = {};  // "UID[:GID]" or a name; empty is the builder's choice.
  Setting<bool> emulator = {true};
  Setting<std::vector<Addition>> add = {};
  Setting<std::string> python = {};  // A program, a version, or empty: python3.
  Setting<Slim> slim = {Slim::kOn};
  StringTable labels = {};
  Setting<std::vector<std::string>> extensions = {};  // Images whose /opt is copied in.
  Setting<std::vector<std::string>> include = {};     // Files that are opened at run time only.
  Setting<std::vector<std::string>> exclude_modules = {};  // Python's: "ssl".
  Setting<std::vector<image::Platform>> platforms = {};
};

// [function], or one of [functions.NAME]
struct Function {
  std::string key;                 // NAME, if there are [functions.NAME]; else empty.
  Setting<std::string> name = {};  // Never empty.
  Setting<std::string> handler = {};
  Setting<Megabytes> memory = {Megabytes{128}};
  Setting<std::chrono::seconds> timeout = {std::chrono::seconds(3)};
  Setting<Arch> arch = {};            // By default this machine's.
  StringTable env = {};               // Variables that the function sees.
  Setting<CommandLine> command = {};  // What starts in the image.
  Setting<std::string> build = {};    // For `sh -c` in `directory`, instead of the language's tool.
  Setting<Language> language = {};
  Setting<std::filesystem::path> directory = {"."};  // Relative to the project's.
  ImageSettings image = {};
};

struct RunSettings {
  Setting<std::uint16_t> port = {8080};
  Setting<unsigned> concurrency = {1};
  Setting<bool> watch = {true};
};

struct PushSettings {
  Setting<std::string> repository = {};
  Setting<bool> sbom = {true};
  Setting<std::string> sign = {};  // A key.
};

struct DeploySettings {
  Setting<std::string> role = {};
  Setting<Url> url = {};
  Setting<std::string> region = {};
};

// [events.NAME]: something to invoke the function with.
struct Event {
  std::string name;
  Setting<std::string> source = {};           // "apigw-v2", "sqs", ...
  Setting<std::string> request = {};          // "GET /hello?name=Chris"
  Setting<std::filesystem::path> event = {};  // A file with the event's JSON.
  Setting<std::string> expect = {};           // JSON that the answer must contain.
  Setting<std::string> function = {};         // For one of several; empty is for each.
};

struct Project {
  std::filesystem::path folder;
  std::filesystem::path file;       // thimble.toml, or empty without one.
  std::vector<Function> functions;  // At least one, sorted by their keys.
  RunSettings run;
  PushSettings push;
  DeploySettings deploy;
  std::map<std::string, std::string> exports;  // [export.NAME], each as JSON; read by who exports.
  std::vector<Event> events;

  // The function called `name`, or the only one if that is empty. Fails naming all there are.
  [[nodiscard]] Result<const Function*> find_function(std::string_view name) const;
  [[nodiscard]] std::vector<Event> events_of(const Function& function) const;
};

// One value from a flag. `key` is as in the file: "image.base", "function.env.LOG". For functions
// and images it goes to all of the project's.
struct FlagValue {
  std::string key;
  std::string value;
  std::string flag;  // "--base"
};

struct LoadOptions {
  std::filesystem::path folder;
  const Env& env;
  std::filesystem::path file = {};  // Instead of `folder`/thimble.toml; then it must exist.
  std::string environment = {};     // The NAME of an [env.NAME].
  std::vector<FlagValue> flags = {};
};

// Reads a project. Of two sources the stronger one counts, of tables each member by itself. Errors
// begin with the file and line, the variable, or the flag.
[[nodiscard]] Result<Project> load(const LoadOptions& options);

// The same from the text of a thimble.toml; `name` is what errors call it.
[[nodiscard]] Result<Project> parse(std::string_view text, const LoadOptions& options,
                                    const std::string& name = "thimble.toml");

// Sets one value from text, unless a stronger source has said it; for what a base image's
// configuration says, and what is known later than load().
[[nodiscard]] Result<void> set(Project& project, std::string_view key, std::string_view value,
                               const Origin& origin);

// One value, for people to read.
struct DescribedSetting {
  std::string key;    // "image.base", "functions.hello.memory"
  std::string value;  // As in TOML. Of variables that sound like secrets: "(hidden)".
  Origin origin;
};
[[nodiscard]] std::vector<DescribedSetting> describe(const Project& project);

}  // namespace thimble::project
