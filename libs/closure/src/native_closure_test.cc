#include "thimble/closure/native_closure.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "elf_bytes.h"
#include "loader_folders.h"
#include "path_resolver.h"

namespace thimble::closure {
namespace {

using image::Tree;
using image::TreeEntry;
using test::elf_bytes;
using test::ElfPlan;
using Strings = std::vector<std::string>;

constexpr const char* kGlibc = "/lib64/ld-linux-x86-64.so.2";
constexpr const char* kMusl = "/lib/ld-musl-x86_64.so.1";

// A root in memory.
class Root {
 public:
  Root& file(const std::string& path, const std::string& bytes) {
    EXPECT_TRUE(tree_.add_bytes(path, bytes, 0755).has_value()) << path;
    return *this;
  }
  Root& elf(const std::string& path, const ElfPlan& plan) { return file(path, elf_bytes(plan)); }
  Root& link(const std::string& path, const std::string& target) {
    EXPECT_TRUE(tree_.add(path, {TreeEntry::Link{target}, 0777}).has_value()) << path;
    return *this;
  }

  // As Debian has it: /lib and /lib64 are links into /usr.
  static Root debian() {
    Root root;
    root.link("lib", "usr/lib").link("lib64", "usr/lib64").link("bin", "usr/bin");
    root.link("usr/lib64/ld-linux-x86-64.so.2", "/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2");
    root.elf("usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", {.soname = "ld-linux-x86-64.so.2"});
    root.elf("usr/lib/x86_64-linux-gnu/libc.so.6",
             {.needed = {"ld-linux-x86-64.so.2"}, .soname = "libc.so.6", .calls = {"GLIBC_2.34"}});
    return root;
  }

  [[nodiscard]] NativeClosure closure(const Strings& programs,
                                      const NativeClosureOptions& options = {}) const {
    auto closure = native_closure(TreeView(tree_), programs, options);
    EXPECT_TRUE(closure.has_value()) << closure.error().message;
    return closure.value_or(NativeClosure{});
  }
  [[nodiscard]] const Tree& tree() const { return tree_; }

 private:
  Tree tree_;
};

bool has(const NativeClosure& closure, const std::string& path) {
  return std::ranges::find(closure.paths, path) != closure.paths.end();
}

const Strings kLibc = {"lib", "lib64", "usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
                       "usr/lib/x86_64-linux-gnu/libc.so.6", "usr/lib64/ld-linux-x86-64.so.2"};

Strings with_libc(Strings paths) {
  paths.insert(paths.end(), kLibc.begin(), kLibc.end());
  std::ranges::sort(paths);
  return paths;
}

TEST(NativeClosure, HasTheLoaderTheLibrariesAndTheLinksOnTheWay) {
  Root root = Root::debian();
  root.elf("usr/bin/app", {.interpreter = kGlibc, .needed = {"libz.so.1", "libc.so.6"}});
  root.link("usr/lib/x86_64-linux-gnu/libz.so.1", "libz.so.1.2.13");
  root.elf("usr/lib/x86_64-linux-gnu/libz.so.1.2.13",
           {.needed = {"libc.so.6"}, .soname = "libz.so.1"});
  const NativeClosure closure = root.closure({"/bin/app"});
  EXPECT_EQ(closure.paths, with_libc({"bin", "usr/bin/app", "usr/lib/x86_64-linux-gnu/libz.so.1",
                                      "usr/lib/x86_64-linux-gnu/libz.so.1.2.13"}));
  EXPECT_TRUE(closure.missing.empty());
  EXPECT_EQ(closure.interpreter, kGlibc);
  EXPECT_EQ(closure.machine->architecture(), "amd64");
}

TEST(NativeClosure, OfAStaticProgramIsTheProgram) {
  Root root;
  root.elf("bootstrap", {.type = ET_EXEC, .machine = EM_AARCH64});
  EXPECT_EQ(root.closure({"/bootstrap"}).paths, Strings{"bootstrap"});
}

TEST(NativeClosure, ListsWhatIsMissingAndWhoNeedsIt) {
  Root root = Root::debian();
  root.elf("app", {.interpreter = kGlibc, .needed = {"liba.so", "libgone.so.1"}});
  root.elf("usr/lib/liba.so", {.needed = {"libother.so"}});
  root.elf("usr/lib/libother.so", {.machine = EM_AARCH64});
  const NativeClosure closure = root.closure({"app"});
  ASSERT_EQ(closure.missing.size(), 2U);
  EXPECT_EQ(closure.missing[0], (MissingLibrary{"libgone.so.1", "/app", false}));
  EXPECT_EQ(closure.missing[1], (MissingLibrary{"libother.so", "/usr/lib/liba.so", true}));
}

TEST(NativeClosure, ListsAMissingLoader) {
  Root root;
  root.elf("app", {.interpreter = kGlibc});
  ASSERT_EQ(root.closure({"app"}).missing.size(), 1U);
  EXPECT_EQ(root.closure({"app"}).missing[0].name, kGlibc);
}

TEST(NativeClosure, RefusesProgramsOfTwoMachines) {
  Root root;
  root.elf("a", {.type = ET_EXEC}).elf("b", {.type = ET_EXEC, .machine = EM_AARCH64});
  const TreeView view(root.tree());
  const auto closure = native_closure(view, {"a", "b"});
  ASSERT_FALSE(closure.has_value());
  EXPECT_EQ(closure.error().message, "program 'b' is for arm64, others are for amd64");
  EXPECT_EQ(native_closure(view, {"c"}).error().code, ErrorCode::kNotFound);
}

TEST(NativeClosure, PassesOverALibraryForAnotherMachine) {
  Root root = Root::debian();
  root.elf("app", {.interpreter = kGlibc, .needed = {"liba.so"}, .runpath = "/opt/arm:/opt/x86"});
  root.elf("opt/arm/liba.so", {.machine = EM_AARCH64}).elf("opt/x86/liba.so", {});
  const NativeClosure closure = root.closure({"app"});
  EXPECT_TRUE(has(closure, "opt/x86/liba.so"));
  EXPECT_FALSE(has(closure, "opt/arm/liba.so"));
}

TEST(NativeClosure, OriginIsTheFolderOfWhoNeedsTheLibrary) {
  Root root = Root::debian();
  root.elf("var/task/bin/app",
           {.interpreter = kGlibc, .needed = {"liba.so"}, .runpath = "$ORIGIN/../lib"});
  root.elf("var/task/lib/liba.so", {.needed = {"libb.so"}, .runpath = "${ORIGIN}/deep"});
  root.elf("var/task/lib/deep/libb.so", {});
  const NativeClosure closure = root.closure({"var/task/bin/app"});
  EXPECT_TRUE(closure.missing.empty());
  EXPECT_TRUE(has(closure, "var/task/lib/deep/libb.so"));
}

TEST(NativeClosure, LibAndPlatformAreThoseOfTheMachine) {
  Root root = Root::debian();
  root.elf("app", {.interpreter = kGlibc,
                   .needed = {"liba.so", "libb.so"},
                   .runpath = "/opt/$LIB:/opt/${PLATFORM}"});
  root.elf("opt/lib/x86_64-linux-gnu/liba.so", {}).elf("opt/x86_64/libb.so", {});
  EXPECT_TRUE(root.closure({"app"}).missing.empty());
}

TEST(NativeClosure, RunpathIsForOnesOwnLibrariesAndRpathForThoseBelowToo) {
  for (const bool rpath : {false, true}) {
    Root root = Root::debian();
    ElfPlan app{.interpreter = kGlibc, .needed = {"liba.so"}};
    (rpath ? app.rpath : app.runpath) = "/opt";
    root.elf("app", app).elf("opt/liba.so", {.needed = {"libb.so"}}).elf("opt/libb.so", {});
    EXPECT_EQ(root.closure({"app"}).missing.empty(), rpath);
  }
}

TEST(NativeClosure, RpathIsNothingWhereThereIsARunpath) {
  Root root = Root::debian();
  root.elf("app", {.interpreter = kGlibc, .needed = {"liba.so"}, .rpath = "/a", .runpath = "/b"});
  root.elf("a/liba.so", {}).elf("b/liba.so", {});
  EXPECT_TRUE(has(root.closure({"app"}), "b/liba.so"));
  EXPECT_FALSE(has(root.closure({"app"}), "a/liba.so"));
}

TEST(NativeClosure, ALibraryThatIsLoadedAlreadyIsNotSearchedAgain) {
  Root root = Root::debian();
  root.elf("app", {.interpreter = kGlibc, .needed = {"liba.so", "libb.so"}, .runpath = "/private"});
  root.elf("private/liba.so", {.soname = "liba.so"});
  root.elf("usr/lib/liba.so", {.soname = "liba.so"});
  root.elf("usr/lib/libb.so", {.needed = {"liba.so"}});
  const NativeClosure closure = root.closure({"app"});
  EXPECT_TRUE(has(closure, "private/liba.so"));
  EXPECT_FALSE(has(closure, "usr/lib/liba.so"));
}

TEST(NativeClosure, ConfiguredFoldersAreSearchedAndLinkedFromWhereEveryLoaderLooks) {
  Root root = Root::debian();
  root.file("etc/ld.so.conf", "# comment\ninclude ld.so.conf.d/*.conf\n");
  root.file("etc/ld.so.conf.d/a.conf", "/opt/a/lib # mine\n");
  root.file("etc/ld.so.conf.d/loop.conf", "include /etc/ld.so.conf\n");
  root.elf("app", {.interpreter = kGlibc, .needed = {"liba.so.1"}});
  root.elf("opt/a/lib/liba.so.1", {.needed = {"libb.so.1"}, .runpath = "$ORIGIN/more"});
  root.elf("opt/a/lib/more/libb.so.1", {});
  const NativeClosure closure = root.closure({"app"});
  EXPECT_TRUE(closure.missing.empty());

  Tree tree;
  const TreeView view(root.tree());
  ASSERT_TRUE(add_to_tree(tree, view, closure).has_value());
  EXPECT_EQ(std::get<TreeEntry::Link>(tree.find("usr/lib/liba.so.1")->what).target,
            "/opt/a/lib/liba.so.1");
  const TreeView result(tree);
  const auto checked = check_programs(result, {"app"});
  ASSERT_TRUE(checked.has_value());
  EXPECT_TRUE(checked->missing.empty()) << checked->missing[0].name;

  EXPECT_EQ(check_programs(view, {"app"})->missing.size(), 1U) << "there is no cache";
}

TEST(NativeClosure, IncludesWhatIsOpenedAtRunTime) {
  Root root = Root::debian();
  root.elf("app", {.interpreter = kGlibc, .needed = {"libc.so.6"}});
  root.elf("usr/lib/app/plugin-a.so", {.needed = {"libz.so.1"}});
  root.elf("usr/lib/libz.so.1", {});
  root.elf("usr/lib/x86_64-linux-gnu/libnss_sss.so.2", {});
  root.file("usr/lib/data/deep/table", "1").link("usr/lib/data/nowhere", "/gone");
  const NativeClosure closure =
      root.closure({"app"}, {.include = {"/usr/lib/app/*.so", "libnss_*.so.2", "/usr/lib/data"}});
  for (const char* path : {"usr/lib/app/plugin-a.so", "usr/lib/libz.so.1",
                           "usr/lib/data/deep/table", "usr/lib/x86_64-linux-gnu/libnss_sss.so.2"}) {
    EXPECT_TRUE(has(closure, path)) << path;
  }
  const TreeView view(root.tree());
  EXPECT_EQ(native_closure(view, {"app"}, {.include = {"/usr/lib/none*"}}).error().message,
            "nothing matches '/usr/lib/none*' to be included");
}

TEST(NativeClosure, BringsWhatGlibcOpensByItself) {
  for (const bool old : {false, true}) {
    Root root = Root::debian();
    const std::string folder = "usr/lib/x86_64-linux-gnu/";
    if (old) root.elf(folder + "libc.so.6", {.soname = "libc.so.6", .calls = {"GLIBC_2.33"}});
    root.elf(folder + "libgcc_s.so.1", {}).elf(folder + "libnss_dns.so.2", {});
    root.elf(
        "app",
        {.interpreter = kGlibc, .needed = {"libc.so.6"}, .calls = {"pthread_exit", "getaddrinfo"}});
    root.elf("plain", {.interpreter = kGlibc, .needed = {"libc.so.6"}});
    EXPECT_TRUE(has(root.closure({"app"}), folder + "libgcc_s.so.1"));
    EXPECT_EQ(has(root.closure({"app"}), folder + "libnss_dns.so.2"), old);
    EXPECT_FALSE(has(root.closure({"plain"}), folder + "libgcc_s.so.1"));
  }
}

TEST(NativeClosure, SearchesAsMuslDoes) {
  Root root;
  root.elf("lib/ld-musl-x86_64.so.1", {.soname = "libc.so"});
  root.elf("app", {.interpreter = kMusl,
                   .needed = {"libc.musl-x86_64.so.1", "liba.so", "libb.so"},
                   .runpath = "/opt"});
  root.elf("opt/liba.so", {.needed = {"libbelow.so"}}).elf("opt/libbelow.so", {});
  root.elf("usr/local/lib/libb.so", {});
  EXPECT_TRUE(root.closure({"app"}).missing.empty()) << "a RUNPATH is for libraries below too";

  root.file("etc/ld-musl-x86_64.path", "/lib\n/elsewhere:/usr/lib\n");
  const NativeClosure closure = root.closure({"app"});
  ASSERT_EQ(closure.missing.size(), 1U);
  EXPECT_EQ(closure.missing[0].name, "libb.so");
  EXPECT_TRUE(has(closure, "etc/ld-musl-x86_64.path"));
}

TEST(NativeClosure, OfAScriptIsThatOfItsInterpreter) {
  Root root = Root::debian();
  root.file("run", "#!/usr/bin/env -S tool --fast\n").file("other", "#! /bin/gone\n");
  root.elf("usr/bin/env", {.interpreter = kGlibc, .needed = {"libc.so.6"}});
  root.elf("usr/bin/tool", {.type = ET_EXEC});
  const NativeClosure closure = root.closure({"run"});
  EXPECT_EQ(closure.paths, with_libc({"run", "usr/bin/env", "usr/bin/tool"}));
  EXPECT_EQ(root.closure({"other"}).missing[0], (MissingLibrary{"/bin/gone", "/other", false}));
}

TEST(NativeClosure, ResolvesLinksInsideTheRoot) {
  Root root = Root::debian();
  root.elf("app", {.interpreter = kGlibc, .needed = {"liba.so"}});
  root.link("usr/lib/liba.so", "../../../../opt/../opt/liba.so.1");
  root.elf("opt/liba.so.1", {});
  EXPECT_TRUE(has(root.closure({"app"}), "opt/liba.so.1"));
}

TEST(NativeClosure, GivesUpOnLinksThatGoInCircles) {
  Root root = Root::debian();
  root.elf("app", {.interpreter = kGlibc, .needed = {"liba.so"}});
  root.link("usr/lib/liba.so", "libb.so").link("usr/lib/libb.so", "liba.so");
  EXPECT_EQ(root.closure({"app"}).missing.size(), 1U);
}

TEST(NativeClosure, CopesWithWhatIsNoLibrary) {
  Root root = Root::debian();
  root.elf("app", {.interpreter = kGlibc, .needed = {"liba.so", "/opt", ""}});
  root.file("usr/lib/liba.so",
            "\x7f"
            "ELF but not for long")
      .file("opt/x", "");
  EXPECT_EQ(root.closure({"app"}).missing.size(), 3U);
}

// The way to /lib64 in a tree on top of `base`.
Tree placed(const Root& root, const Root& base) {
  Tree tree;
  const TreeView view(root.tree());
  const TreeView below(base.tree());
  const auto added = add_to_tree(tree, view, root.closure({"bin/app"}), &below);
  EXPECT_TRUE(added.has_value()) << added.error().message;
  const TreeView above(tree);
  const LayeredView both({&above, &below});
  const auto checked = check_programs(both, {"bin/app"});
  EXPECT_TRUE(checked.has_value());
  for (const auto& missing : checked->missing) ADD_FAILURE() << missing.name;
  return tree;
}

TEST(AddToTree, KeepsTheFoldersOfABaseThatHasNoLinks) {
  Root root = Root::debian();
  root.elf("usr/bin/app", {.interpreter = kGlibc, .needed = {"libc.so.6"}});
  Root base;
  base.file("lib/old", "").file("lib64/old", "").file("bin/old", "");
  const Tree tree = placed(root, base);
  EXPECT_TRUE(tree.find("lib64")->is_folder());
  EXPECT_EQ(std::get<TreeEntry::Link>(tree.find("lib64/ld-linux-x86-64.so.2")->what).target,
            "/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2");
  EXPECT_TRUE(tree.find("bin/app")->is_link());
}

TEST(AddToTree, PutsFilesWhereTheLinksOfABaseLead) {
  Root root;
  root.elf("lib64/ld-linux-x86-64.so.2", {});
  root.elf("lib/x86_64-linux-gnu/libc.so.6", {.soname = "libc.so.6"});
  root.elf("bin/app", {.interpreter = kGlibc, .needed = {"libc.so.6"}});
  Root base;
  base.link("lib", "usr/lib").link("lib64", "usr/lib64").link("bin", "usr/bin");
  base.file("usr/lib/x", "").file("usr/lib64/x", "").file("usr/bin/x", "");
  const Tree tree = placed(root, base);
  EXPECT_EQ(tree.find("lib"), nullptr);
  EXPECT_TRUE(tree.find("usr/lib/x86_64-linux-gnu/libc.so.6")->is_file());
  EXPECT_TRUE(tree.find("usr/bin/app")->is_file());
}

TEST(LoaderFolders, AreReadFromTheLoaderItself) {
  using detail::folders_in_loader;
  static constexpr char kBytes[] =
      "\x01/lib/x86_64-linux-gnu/\0/usr/lib/\0x\0/lib64/\0/usr/lib64/\0/x/lib/\0\0/lib/";
  const std::string_view bytes(kBytes, sizeof kBytes);
  EXPECT_EQ(folders_in_loader(bytes), (Strings{"/lib64", "/usr/lib64", "/x/lib"}));
  EXPECT_EQ(folders_in_loader("/lib/"), Strings());
}

TEST(Resolve, StaysInTheRoot) {
  Root root;
  root.file("etc/passwd", "x").link("up", "../../../etc").link("abs", "/etc/passwd");
  const TreeView view(root.tree());
  EXPECT_EQ(detail::resolve(view, "up/passwd")->path, "etc/passwd");
  EXPECT_EQ(detail::resolve(view, "/../abs")->path, "etc/passwd");
  EXPECT_FALSE(detail::resolve(view, "etc/passwd/x").has_value());
  EXPECT_FALSE(detail::resolve(view, "etc/none").has_value());
  EXPECT_EQ(detail::resolve_folder(view, "up/new/../newer"), "etc/newer");
  EXPECT_EQ(detail::resolve_folder(view, "abs/new"), std::nullopt);
}

}  // namespace
}  // namespace thimble::closure
