// Whatever a client calls compressed, it reads the same however it is cut; and what is deflated is inflated.
#include "imap/compression.h"

#include <cstdint>

#include "base/assert.h"

using yubin::Result;
using yubin::imap::Compression;

namespace {

constexpr std::size_t kEnough = 1024 * 1024;

// False: it is no stream.
bool read(Compression& reader, std::string_view bytes, std::string& out) {
  reader.receive(bytes);
  while (reader.has_input() && out.size() < kEnough) {
    Result<std::string> piece = reader.inflate();
    if (!piece) return false;
    YUBIN_ASSERT(piece->size() <= Compression::kPiece);
    out += *piece;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const input(reinterpret_cast<char const*>(data), size);
  std::size_t const cut = size > 0 ? data[0] % size : 0;
  Compression whole;
  Compression cut_in_two;
  std::string first;
  std::string second;
  bool const good = read(whole, input, first);
  bool const again = read(cut_in_two, input.substr(0, cut), second) && read(cut_in_two, input.substr(cut), second);
  if (first.size() < kEnough) YUBIN_ASSERT(good == again && first == second);

  Compression writer;
  Compression reader;
  std::string back;
  YUBIN_ASSERT(read(reader, writer.deflate(input), back) && back == input);
  return 0;
}
