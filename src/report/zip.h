// ZIP archives as reports come in: read by their central directory, stored or deflated, nothing else.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace yubin::report {

struct ZipFile {
  std::string name;  // as the archive has it: any bytes
  std::string bytes;
};

bool is_zip(std::string_view bytes);  // begins as such
// Its files in the directory's order, without folders: at most `most`. `room` is how many bytes may come out of all;
// what did is taken from it, also on an error. Errors: syntax (broken, encrypted, in several volumes, a method that is
// not ours, a checksum that does not match), limit.
Result<std::vector<ZipFile>> read_zip(std::string_view archive, std::size_t most, std::size_t& room);

}  // namespace yubin::report
