#pragma once
// What a function is written in, told from the files in its folder.

#include <filesystem>
#include <string>
#include <string_view>

#include <thimble/base/result.h>
#include <thimble/project/config.h>

namespace thimble::project {

struct Detection {
  Language language = Language::kDetect;  // Never kDetect in an answer.
  std::string because;                    // "go.mod", "thimble.toml:3", "--command"
};

// `function.language` if it is set; else kCommand if there is a command; else what the folder's
// files say: CMakeLists.txt, go.mod, Cargo.toml, pyproject.toml or requirements.txt, package.json;
// else a file with a handler in it under a name that is usual. Fails if there is none, or more than
// one, saying how to choose.
[[nodiscard]] Result<Detection> detect(const Function& function,
                                       const std::filesystem::path& folder);

// "app.handler": `function.handler` if it is set, else the first that the folder has of those that
// are usual in Python or Node. Fails if there is none, or if its file is not there.
[[nodiscard]] Result<std::string> find_handler(const Function& function, Language language,
                                               const std::filesystem::path& folder);

}  // namespace thimble::project
