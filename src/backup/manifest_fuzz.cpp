// A manifest is refused, or printed and read again it is the same, and its files lie below the backup. Since no input
// carries the right checksum by chance, the fuzzer's bytes get one.
#include <cstdint>

#include "backup/checksum.h"
#include "backup/manifest.h"
#include "base/assert.h"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace yubin;
  using namespace yubin::backup;
  std::string lines(reinterpret_cast<char const*>(data), size);
  if (!lines.ends_with('\n')) lines += "\n";
  auto const manifest = parse_manifest(lines + "end " + checksum_of(lines) + "\n");
  if (!manifest) {
    YUBIN_ASSERT(!manifest.error().detail.empty());
    return 0;
  }
  for (FileEntry const& file : manifest->files) {
    YUBIN_ASSERT(!file.path.starts_with('/') && !("/" + file.path + "/").contains("/../"));
  }
  YUBIN_ASSERT(parse_manifest(encode_manifest(*manifest)) == manifest);
  return 0;
}
