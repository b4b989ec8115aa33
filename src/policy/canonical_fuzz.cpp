// Canonical forms: a body whole or in pieces is the same, and what is canonical stays as it is.
#include <algorithm>
#include <cstdint>

#include "base/assert.h"
#include "policy/canonical.h"

namespace {

using namespace yubin;
using namespace yubin::policy;

std::string body_of(Canonicalization form, std::string_view text, std::size_t piece) {
  std::string out;
  BodyCanonicalizer canonicalizer(form, [&out](std::string_view slice) { out += slice; });
  for (; !text.empty(); text.remove_prefix(std::min(piece, text.size()))) canonicalizer.feed(text.substr(0, piece));
  canonicalizer.finish();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const text(reinterpret_cast<char const*>(data), size);
  for (Canonicalization form : {Canonicalization::simple, Canonicalization::relaxed}) {
    std::string const whole = body_of(form, text, size + 1);
    YUBIN_ASSERT(whole == body_of(form, text, 1));
    YUBIN_ASSERT(whole == body_of(form, text, 1 + (size == 0 ? 0 : data[0] % 7)));
    YUBIN_ASSERT(whole == body_of(form, whole, whole.size() + 1));
    YUBIN_ASSERT(whole.empty() || whole.ends_with("\r\n"));
    std::string const field = canonical_field(form, "Name: " + std::string(text) + "\r\n");
    YUBIN_ASSERT(field == canonical_field(form, field));
  }
  return 0;
}
