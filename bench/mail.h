// The mail that all benchmarks send: always the same bytes for the same number and size.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace yubin::bench {

// A message of about `size` bytes (at least 1 KB; within 3 %), lines ending in CR LF, no line over 78 bytes and none
// that begins with a dot. Japanese text in UTF-8; from 16 KB on with a base64 attachment that has a Japanese name.
// Message-ID: <bench.NUMBER@load.example>.
std::string make_mail(std::uint64_t number, std::size_t size);

}  // namespace yubin::bench
