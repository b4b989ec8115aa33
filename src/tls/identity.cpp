#include "tls/identity.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace yubin::tls {
namespace {

constexpr std::size_t kMaxFile = 1 << 20;

Result<std::string> read_pem(std::filesystem::path const& path, std::string_view what) {
  auto cannot = [&](std::string_view why) {
    return fail(Errc::temporary,
                fmt::format("cannot read the {} file {}: {}; check the path and that the server's user may read it",
                            what, path.string(), why));
  };
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "re"), &std::fclose);
  if (!file) return cannot(std::strerror(errno));
  std::setvbuf(file.get(), nullptr, _IONBF, 0);  // no copy of the key in a buffer that nobody wipes
  std::string bytes(kMaxFile + 1, '\0');
  bytes.resize(std::fread(bytes.data(), 1, bytes.size(), file.get()));
  if (std::ferror(file.get())) return cannot(std::strerror(errno));
  if (bytes.size() > kMaxFile) return cannot("it is larger than 1 MiB");
  return bytes;
}

}  // namespace

Identity::~Identity() {
  OPENSSL_cleanse(key_pem.data(), key_pem.size());
}

Result<Identity> read_identity(std::filesystem::path const& chain, std::filesystem::path const& key) {
  Identity identity;
  TRY(identity.chain_pem, read_pem(chain, "certificate"));
  TRY(identity.key_pem, read_pem(key, "key"));
  identity.chain_name = chain.string();
  identity.key_name = key.string();
  return identity;
}

}  // namespace yubin::tls
