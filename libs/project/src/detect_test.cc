#include "thimble/project/detect.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <thimble/base/file.h>

namespace thimble::project {
namespace {

namespace fs = std::filesystem;

using Files = std::vector<std::pair<std::string, std::string>>;

// A folder with files in it, removed in the end.
class Folder final {
 public:
  explicit Folder(const Files& files) {
    std::string name = fs::temp_directory_path() / "detect.XXXXXX";
    path_ = ::mkdtemp(name.data());
    for (const auto& [file, bytes] : files) EXPECT_TRUE(write_file(path_ / file, bytes));
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { fs::remove_all(path_); }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

Folder folder_with(const Files& files) {
  return Folder(files);
}

TEST(Detect, KnowsEachLanguageByItsManifest) {
  const std::pair<std::string, Language> rows[] = {
      {"CMakeLists.txt", Language::kCpp},      {"go.mod", Language::kGo},
      {"Cargo.toml", Language::kRust},         {"pyproject.toml", Language::kPython},
      {"requirements.txt", Language::kPython}, {"package.json", Language::kNode},
  };
  for (const auto& [file, language] : rows) {
    const Folder folder = folder_with({{file, ""}});
    const auto detected = detect({}, folder.path());
    ASSERT_TRUE(detected) << file;
    EXPECT_EQ(detected->language, language) << file;
    EXPECT_EQ(detected->because, file);
  }
}

TEST(Detect, KnowsAFileWithAHandlerUnderAUsualName) {
  const Folder python = folder_with({{"app.py", "def handler(event, context):\n  pass\n"}});
  EXPECT_EQ(detect({}, python.path())->language, Language::kPython);
  const Folder node = folder_with({{"index.mjs", "export const handler = async () => 1;\n"}});
  EXPECT_EQ(detect({}, node.path())->language, Language::kNode);
  const Folder neither = folder_with({{"app.py", "print('handler')\n"}});
  EXPECT_FALSE(detect({}, neither.path()));
}

TEST(Detect, TakesTwoManifestsOfOneLanguageForOne) {
  const Folder folder = folder_with({{"pyproject.toml", ""}, {"requirements.txt", ""}});
  EXPECT_EQ(detect({}, folder.path())->because, "pyproject.toml");
}

TEST(Detect, OfSeveralLanguagesSaysHowToChoose) {
  const Folder folder = folder_with({{"go.mod", ""}, {"package.json", ""}});
  const auto detected = detect({}, folder.path());
  ASSERT_FALSE(detected);
  EXPECT_EQ(detected.error().message,
            "'" + folder.path().string() +
                "' has go.mod (go) and package.json (node): in thimble.toml under [function], say "
                "language = \"go\"");
  Function function;
  function.language = {Language::kNode, {Source::kFile, "thimble.toml:2"}};
  EXPECT_EQ(detect(function, folder.path())->language, Language::kNode);
}

TEST(Detect, TakesACommandForWhatItIs) {
  const Folder folder = folder_with({{"go.mod", ""}});
  Function function;
  function.command = {{{"./handler"}}, {Source::kFlag, "--command"}};
  const auto detected = detect(function, folder.path());
  EXPECT_EQ(detected->language, Language::kCommand);
  EXPECT_EQ(detected->because, "--command");
  function.language = {Language::kGo, {Source::kFlag, "--language"}};
  EXPECT_EQ(detect(function, folder.path())->language, Language::kGo);
}

TEST(Detect, NamesWhatItLookedForInAnEmptyFolder) {
  const Folder folder = folder_with({});
  const auto detected = detect({}, folder.path());
  ASSERT_FALSE(detected);
  EXPECT_NE(detected.error().message.find("there is no CMakeLists.txt, go.mod, Cargo.toml"),
            std::string::npos);
  EXPECT_EQ(detect({}, folder.path() / "none").error().code, ErrorCode::kNotFound);
}

struct HandlerRow {
  Language language;
  std::string file;
  std::string text;
  std::string handler;  // Empty: none is found.
};

TEST(FindHandler, LooksForTheUsualNames) {
  const HandlerRow rows[] = {
      {Language::kPython, "app.py", "def handler(event, context):", "app.handler"},
      {Language::kPython, "app.py", "import x\n\nasync def handler (e, c):", "app.handler"},
      {Language::kPython, "app.py", "handler = Mangum(app)", "app.handler"},
      {Language::kPython, "app.py", "from service import handler", "app.handler"},
      {Language::kPython, "app.py", "def lambda_handler(e, c):", "app.lambda_handler"},
      {Language::kPython, "lambda_function.py",
       "def lambda_handler(e, c):", "lambda_function.lambda_handler"},
      {Language::kPython, "app.py", "  def handler(self):", ""},
      {Language::kPython, "app.py", "def handlers(e, c):", ""},
      {Language::kPython, "app.py", "handler == 1", ""},
      {Language::kPython, "other.py", "def handler(e, c):", ""},
      {Language::kNode, "index.js", "exports.handler = async () => 1", "index.handler"},
      {Language::kNode, "index.mjs", "export async function handler() {}", "index.handler"},
      {Language::kNode, "app.cjs", "module.exports = { handler };", "app.handler"},
      {Language::kNode, "app.mjs", "export { x as handler }", "app.handler"},
      {Language::kNode, "index.js", "const handler = 1", ""},
      {Language::kNode, "index.js", "exports.handlers = 1", ""},
  };
  for (const HandlerRow& row : rows) {
    const Folder folder = folder_with({{row.file, row.text + "\n"}});
    const auto handler = find_handler({}, row.language, folder.path());
    EXPECT_EQ(handler.value_or(""), row.handler) << row.file << ": " << row.text;
  }
}

TEST(FindHandler, TakesTheOneThatIsNamedIfItsFileIsThere) {
  const Folder folder =
      folder_with({{"api/orders.py", ""}, {"package/__init__.py", ""}, {"src/app.mjs", ""}});
  Function function;
  const auto find = [&](std::string handler, Language language) {
    function.handler = {std::move(handler), {Source::kFile, "thimble.toml:2"}};
    return find_handler(function, language, folder.path());
  };
  EXPECT_EQ(find("api.orders.get", Language::kPython).value(), "api.orders.get");
  EXPECT_EQ(find("package.get", Language::kPython).value(), "package.get");
  EXPECT_EQ(find("src/app.handler", Language::kNode).value(), "src/app.handler");
  EXPECT_EQ(find("api.missing.get", Language::kPython).error().message,
            "thimble.toml:2: 'handler': 'api.missing.get' is in no file of '" +
                folder.path().string() + "'");
  EXPECT_EQ(find("handler", Language::kPython).error().message,
            "thimble.toml:2: 'handler': 'handler' is not like \"app.handler\", MODULE.FUNCTION");
}

}  // namespace
}  // namespace thimble::project
