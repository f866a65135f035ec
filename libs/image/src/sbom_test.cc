#include "thimble/image/sbom.h"

#include <unistd.h>

#include <gtest/gtest.h>

#include <thimble/base/file.h>

namespace thimble::image {
namespace {

namespace fs = std::filesystem;

TEST(PackageUrl, EncodesWhatItMust) {
  EXPECT_EQ(package_url({"npm", "@scope/name", "1", "", ""}), "pkg:npm/%40scope/name@1");
  EXPECT_EQ(package_url({"pypi", "Ruamel.yaml_x", "1+b", "", ""}), "pkg:pypi/ruamel-yaml-x@1%2Bb");
  EXPECT_EQ(package_url({"golang", "hello", "", "", ""}), "pkg:golang/hello");
}

TEST(CargoLock, ListsWhatIsOfARegistry) {
  const auto packages = packages_of_cargo_lock(
      "version = 3\n\n[[package]]\nname = \"own\"\nversion = \"0.1.0\"\ndependencies = [\n "
      "\"serde\",\n]\n"
      "\n[[package]]\nname = \"serde\"\nversion = \"1.0.200\"\nsource = \"registry+x\"\n");
  ASSERT_EQ(packages.size(), 1U);
  EXPECT_EQ(package_url(packages[0]), "pkg:cargo/serde@1.0.200");
}

TEST(DebianPackages, AreThoseThatOwnTheFiles) {
  std::string name = (fs::temp_directory_path() / "sbom-test-XXXXXX").string();
  const fs::path root = ::mkdtemp(name.data());
  const fs::path dpkg = root / "var/lib/dpkg";
  ASSERT_TRUE(write_file(dpkg / "status",
                         "Package: libc6\nStatus: install ok installed\nVersion: 2\n\n"
                         "Package: other\nStatus: install ok installed\nVersion: 3\n"));
  ASSERT_TRUE(write_file(dpkg / "info/libc6:amd64.list", "/.\n/lib/libc.so.6\n"));
  ASSERT_TRUE(write_file(dpkg / "info/other.list", "/.\n/usr/lib/other.so\n"));
  // Debian's merged /usr: the package says /lib, the linker says /usr/lib.
  const auto packages = debian_packages_of({"/usr/lib/libc.so.6", "/opt/mine"}, root);
  fs::remove_all(root);
  ASSERT_EQ(packages.size(), 1U);
  EXPECT_EQ(package_url(packages[0]), "pkg:deb/debian/libc6@2");
}

}  // namespace
}  // namespace thimble::image
