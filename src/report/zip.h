// ZIP archives as reports come in: read by their central directory, stored or deflated, nothing else.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace yubin::report {

struct ZipLimits {
  std::size_t files = 50;
  std::size_t bytes = 32 * 1024 * 1024;  // of all files together, unpacked
};

struct ZipFile {
  std::string name;  // as the archive has it: any bytes
  std::string bytes;
};

bool is_zip(std::string_view bytes);  // begins as such
// Its files in the directory's order, without folders. Errors: syntax (broken, encrypted, in several volumes, a method
// that is not ours, a checksum that does not match), limit.
Result<std::vector<ZipFile>> read_zip(std::string_view archive, ZipLimits const& limits);

}  // namespace yubin::report
