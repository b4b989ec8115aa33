#include "app/login_key.h"

#include <array>
#include <cerrno>
#include <system_error>

#include "app/files.h"
#include "auth/authenticator.h"
#include "base/base64.h"
#include "base/log.h"
#include "base/text.h"

namespace yubin::app {

namespace {

constexpr LogEvent kNotKept{"app.login_key_not_kept", LogLevel::warning,
                            "the key of remembered logins cannot be written; after a restart each password is hashed "
                            "again"};

std::optional<Secret> read_key(std::filesystem::path const& file) {
  std::optional<std::string> text = read_file(file);
  if (!text) return std::nullopt;
  Secret const line(*std::move(text));
  std::optional<std::string> bytes = from_base64(trim(line.view()));
  if (!bytes || bytes->size() != auth::Authenticator::kKey) return std::nullopt;
  return Secret(*std::move(bytes));
}

}  // namespace

Secret login_key(std::filesystem::path const& folder, Random& random) {
  std::filesystem::path const file = folder / "login.key";
  if (std::optional<Secret> kept = read_key(file)) return *std::move(kept);
  std::array<std::byte, auth::Authenticator::kKey> bytes;
  random.fill(bytes);
  Secret key(std::string(reinterpret_cast<char const*>(bytes.data()), bytes.size()));
  Secret const line(to_base64(key.view()) + "\n");
  if (Result<> written = write_secret(file, line.view()); !written) log(kNotKept, {{"detail", written.error().detail}});
  return key;
}

}  // namespace yubin::app
