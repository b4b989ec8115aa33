// PROXY headers: whole or byte by byte, the same is taken and the same comes out; the ends are told in text that
// parses.
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "net/proxy_header.h"

namespace yubin::net {
namespace {

struct Outcome {
  bool refused = false;
  bool complete = false;
  std::size_t taken = 0;
  std::optional<ProxiedEnds> ends;

  friend bool operator==(Outcome const&, Outcome const&) = default;
};

Outcome read(std::string_view input, std::size_t step) {
  ProxyHeader header;
  Outcome outcome;
  while (!header.complete() && outcome.taken < input.size()) {
    std::string_view const piece = input.substr(outcome.taken, std::min(step, header.wants()));
    outcome.taken += piece.size();
    YUBIN_ASSERT(outcome.taken <= ProxyHeader::kLimit);
    if (!header.take(piece)) {
      outcome.refused = true;
      return outcome;
    }
  }
  outcome.complete = header.complete();
  outcome.ends = header.ends();
  return outcome;
}

}  // namespace
}  // namespace yubin::net

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace yubin::net;
  std::string_view const input(reinterpret_cast<char const*>(data), size);
  Outcome const whole = read(input, input.size());
  YUBIN_ASSERT(whole == read(input, 1));
  if (whole.ends) YUBIN_ASSERT(Endpoint::parse(whole.ends->source.text()) == whole.ends->source);
  return 0;
}
