#include "app/signing_key.h"

#include <fmt/format.h>

#include <array>

#include "app/files.h"
#include "base/base64.h"
#include "base/text.h"
#include "directory/signing_keys.h"
#include "kv/file_system.h"
#include "policy/key_seal.h"

namespace yubin::app {

namespace {

namespace fs = std::filesystem;

// Under another name first: half a key must never be found.
Result<> write_durably(fs::path const& file, std::string_view content) {
  kv::FileSystem& files = kv::posix_file_system();
  fs::path const unfinished = file.native() + ".unfinished";
  std::error_code error;
  fs::remove(unfinished, error);
  TRY(auto const out, files.create(unfinished));
  TRY_VOID(out->write(0, content));
  TRY_VOID(out->sync());
  fs::rename(unfinished, file, error);
  if (error) return fail(Errc::temporary, fmt::format("{}: {}", file.native(), error.message()));
  return files.sync_directory(file.parent_path());
}

}  // namespace

Result<Secret> signing_key(fs::path const& folder, Random& random) {
  fs::path const file = folder / directory::kSigningKeyFile;
  std::error_code error;
  if (fs::exists(file, error) || error) {
    Secret const line(read_file(file).value_or(""));
    std::optional<std::string> bytes = from_base64(trim(line.view()));
    if (bytes && bytes->size() == policy::KeySeal::kKey) return Secret(*std::move(bytes));
    return fail(Errc::corrupt,
                fmt::format("{} is damaged; bring it back from a backup, or remove it and give each domain "
                            "new keys with `yubin dkim rotate`",
                            file.native()));
  }
  std::array<std::byte, policy::KeySeal::kKey> bytes;
  random.fill(bytes);
  Secret key(std::string(reinterpret_cast<char const*>(bytes.data()), bytes.size()));
  Secret const line(to_base64(key.view()) + "\n");
  TRY_VOID(write_durably(file, line.view()));
  return key;
}

}  // namespace yubin::app
