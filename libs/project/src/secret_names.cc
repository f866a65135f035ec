// What names give away.

#include <array>
#include <string_view>

#include <thimble/project/secrets.h>

namespace thimble::project {
namespace {

struct Known {
  std::string_view name;
  std::string_view what;
};

// Folders, whatever is in them.
constexpr std::array kFolders{
    Known{".git", "a repository's history (.git)"},
    Known{".aws", "AWS credentials (.aws)"},
    Known{".ssh", "SSH keys (.ssh)"},
    Known{".gnupg", "PGP keys (.gnupg)"},
    Known{".azure", "Azure credentials (.azure)"},
    Known{".kube", "Kubernetes credentials (.kube)"},
};

// The ends of paths, from a slash on.
constexpr std::array kPaths{
    Known{".docker/config.json", "credentials of registries (.docker/config.json)"},
    Known{".config/gh/hosts.yml", "GitHub credentials (.config/gh)"},
    Known{".config/gcloud/credentials.db", "Google Cloud credentials (.config/gcloud)"},
    Known{".config/gcloud/application_default_credentials.json",
          "Google Cloud credentials (.config/gcloud)"},
};

constexpr std::array kFiles{
    Known{".env", "variables, which are often secret (.env)"},
    Known{".npmrc", "npm's settings, often with a token (.npmrc)"},
    Known{".pypirc", "PyPI credentials (.pypirc)"},
    Known{".netrc", "credentials of hosts (.netrc)"},
    Known{"_netrc", "credentials of hosts (_netrc)"},
    Known{".git-credentials", "git's credentials (.git-credentials)"},
    Known{".dockercfg", "credentials of registries (.dockercfg)"},
    Known{".htpasswd", "passwords (.htpasswd)"},
    Known{".pgpass", "passwords of databases (.pgpass)"},
    Known{".my.cnf", "passwords of databases (.my.cnf)"},
    Known{".boto", "AWS credentials (.boto)"},
    Known{".s3cfg", "AWS credentials (.s3cfg)"},
    Known{".vault-token", "a token of Vault (.vault-token)"},
    Known{".bash_history", "a shell's history (.bash_history)"},
    Known{".zsh_history", "a shell's history (.zsh_history)"},
    Known{"id_rsa", "a private SSH key (id_rsa)"},
    Known{"id_dsa", "a private SSH key (id_dsa)"},
    Known{"id_ecdsa", "a private SSH key (id_ecdsa)"},
    Known{"id_ed25519", "a private SSH key (id_ed25519)"},
    Known{"secring.gpg", "private PGP keys (secring.gpg)"},
    Known{"credentials.json", "credentials (credentials.json)"},
    Known{"terraform.tfstate", "Terraform's state, which has secrets in it (.tfstate)"},
    Known{"terraform.tfstate.backup", "Terraform's state, which has secrets in it (.tfstate)"},
};

constexpr std::array kEndings{
    Known{".tfstate", "Terraform's state, which has secrets in it (.tfstate)"},
    Known{".kdbx", "a store of passwords (.kdbx)"},
    Known{".kdb", "a store of passwords (.kdb)"},
    Known{".jks", "a store of keys (.jks)"},
    Known{".p12", "a store of keys (.p12)"},
    Known{".pfx", "a store of keys (.pfx)"},
    Known{".ppk", "a private SSH key (.ppk)"},
};

// ".env.production" is one, ".env.example" is there to be read.
bool is_env_file(std::string_view name) {
  if (!name.starts_with(".env.")) return false;
  for (const std::string_view harmless : {"example", "sample", "template", "dist", "defaults"}) {
    if (name.ends_with(harmless)) return false;
  }
  return true;
}

}  // namespace

std::string_view secret_by_name(std::string_view path) {
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t slash = path.find('/', at);
    if (slash == path.npos) break;
    for (const Known& known : kFolders) {
      if (path.substr(at, slash - at) == known.name) return known.what;
    }
    at = slash + 1;
  }
  const std::string_view name = path.substr(path.rfind('/') + 1);
  for (const Known& known : kFiles) {
    if (name == known.name) return known.what;
  }
  for (const Known& known : kPaths) {
    if (!path.ends_with(known.name)) continue;
    const std::string_view before = path.substr(0, path.size() - known.name.size());
    if (before.empty() || before.ends_with('/')) return known.what;
  }
  for (const Known& known : kEndings) {
    if (name.size() > known.name.size() && name.ends_with(known.name)) return known.what;
  }
  return is_env_file(name) ? kFiles.front().what : std::string_view();
}

}  // namespace thimble::project
