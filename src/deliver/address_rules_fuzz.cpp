// A message in pieces is rewritten as it is whole, and without rules it stays as it is.
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "deliver/address_rules.h"

namespace {

std::string rewritten(yubin::deliver::AddressRules const& rules, std::string_view first, std::string_view second) {
  yubin::deliver::AddressRewriter rewriter(rules);
  std::string out = rewriter.pass(first);
  out += rewriter.pass(second);
  return out + rewriter.finish();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace yubin::deliver;
  static AddressRules const none;
  static AddressRules const rules{.canonical = {CanonicalRule::parse("@b.test=@c.test").value()},
                                  .masquerade = {"example.org"}};
  std::string_view const input(reinterpret_cast<char const*>(data), size);
  std::size_t const cut = size > 0 ? data[0] % size : 0;
  YUBIN_ASSERT(rewritten(none, input, "") == input);
  YUBIN_ASSERT(rewritten(rules, input, "") == rewritten(rules, input.substr(0, cut), input.substr(cut)));
  return 0;
}
