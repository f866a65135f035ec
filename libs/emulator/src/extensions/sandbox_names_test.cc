#include "extensions/sandbox_names.h"

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace thimble::emulator {
namespace {

namespace fs = std::filesystem;

const std::string kId(64, 'a');

std::string mount(const std::string& source, const std::string& target = "/etc/hosts") {
  return "1 0 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n722 711 8:1 " + source + " " + target +
         " rw,relatime - ext4 /dev/sda1 rw,discard\n";
}

TEST(EnginesHostsFile, IsMountedFromWhereTheEngineKeepsIt) {
  for (const std::string& source :
       {"/var/lib/docker/containers/" + kId + "/hosts", "/docker/containers/" + kId + "/hosts",
        "/var/lib/nerdctl/1935db59/etchosts/default/" + kId + "/hosts",
        "/containers/storage/overlay-containers/" + kId + "/userdata/hosts",
        std::string("/var/lib/kubelet/pods/5d0c8a6e-1f3b-4d54-9a35-4d7a8a3a0a11/etc-hosts")}) {
    EXPECT_TRUE(is_engines_hosts_file(mount(source))) << source;
  }
}

TEST(EnginesHostsFile, IsNoOtherFile) {
  EXPECT_FALSE(is_engines_hosts_file(""));
  EXPECT_FALSE(is_engines_hosts_file("1 0 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n"));
  for (const std::string& source :
       {std::string("/etc/hosts"), std::string("/srv/me/containers/hosts"), std::string("hosts"),
        std::string("/hosts"), "/" + kId, "/" + kId + "/my-hosts", "/" + kId + "0/hosts",
        std::string("/srv/me/etc-hosts")}) {
    EXPECT_FALSE(is_engines_hosts_file(mount(source))) << source;
  }
  const std::string source = "/var/lib/docker/containers/" + kId + "/hosts";
  EXPECT_FALSE(is_engines_hosts_file(mount(source, "/etc/hostname")));
  EXPECT_FALSE(is_engines_hosts_file(mount(source) + mount("/etc/hosts"))) << "mounted over it";
  EXPECT_TRUE(is_engines_hosts_file(mount("/etc/hosts") + mount(source)));
}

TEST(MissingSandboxNames, AreOneLine) {
  EXPECT_EQ(missing_sandbox_names("127.0.0.1\tlocalhost\n"),
            "127.0.0.1 sandbox.localdomain sandbox\n");
  EXPECT_EQ(missing_sandbox_names(""), "127.0.0.1 sandbox.localdomain sandbox\n");
  EXPECT_EQ(missing_sandbox_names("127.0.0.1 localhost"),
            "\n127.0.0.1 sandbox.localdomain sandbox\n");
  EXPECT_EQ(missing_sandbox_names("127.0.0.1 sandboxes my.sandbox #sandbox sandbox.localdomain\n"
                                  "# 127.0.0.1 sandbox\n"),
            "127.0.0.1 sandbox.localdomain sandbox\n");
  EXPECT_EQ(missing_sandbox_names("127.0.0.1 sandbox\n"), "127.0.0.1 sandbox.localdomain\n");
}

TEST(MissingSandboxNames, AreNotThoseThatSomebodyHasGiven) {
  EXPECT_EQ(missing_sandbox_names("127.0.0.1 sandbox.localdomain sandbox\n"), "");
  EXPECT_EQ(missing_sandbox_names("10.0.0.1\tsandbox # mine\r\n::1  x sandbox.localdomain"), "");
}

// Files of its own in the place of /etc/hosts and /proc/self/mountinfo.
class SandboxNames : public testing::Test {
 protected:
  SandboxNames() {
    std::string pattern = fs::temp_directory_path() / "thimble-test-XXXXXX";
    if (::mkdtemp(pattern.data()) != nullptr) folder_ = pattern;
    write("mountinfo", mount("/var/lib/docker/containers/" + kId + "/hosts"));
  }
  ~SandboxNames() override { fs::remove_all(folder_); }

  void write(const std::string& name, std::string_view text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  std::string hosts() {
    std::ifstream file(folder_ / "hosts", std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void add() { add_sandbox_names((folder_ / "hosts").c_str(), (folder_ / "mountinfo").c_str()); }

  fs::path folder_;
};

TEST_F(SandboxNames, AreAddedOnce) {
  write("hosts", "127.0.0.1 localhost\n");
  for (int i = 0; i < 3; ++i) add();
  EXPECT_EQ(hosts(), "127.0.0.1 localhost\n127.0.0.1 sandbox.localdomain sandbox\n");
}

TEST_F(SandboxNames, AreNotAddedToAFileThatIsNotTheEngines) {
  write("hosts", "127.0.0.1 localhost\n");
  write("mountinfo", mount("/etc/hosts"));
  add();
  fs::remove(folder_ / "mountinfo");
  add();
  EXPECT_EQ(hosts(), "127.0.0.1 localhost\n");
}

TEST_F(SandboxNames, AreNotAddedWhereThereIsNoFile) {
  add();
  EXPECT_FALSE(fs::exists(folder_ / "hosts"));
}

TEST_F(SandboxNames, AreAddedToAFileOfAnyOrdinaryLength) {
  const std::string text(100000, '#');
  write("hosts", text);
  add();
  EXPECT_EQ(hosts(), text + "\n127.0.0.1 sandbox.localdomain sandbox\n");
}

}  // namespace
}  // namespace thimble::emulator
