// /etc/aliases with anything in it: it is refused, or each name leads somewhere in bounded time, and no target is one
// that was to be refused.
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "cli/aliases.h"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const text(reinterpret_cast<char const*>(data), size);
  if (text.find("include") != std::string_view::npos) return 0;  // no files here
  auto const aliases = yubin::cli::Aliases::parse(text);
  if (!aliases) return 0;
  for (std::string_view name : {"a", "b", "root"}) {
    auto const targets = aliases->expand(name);
    if (!targets) continue;
    for (std::string const& target : *targets) YUBIN_ASSERT(!target.starts_with('|') && !target.starts_with('/'));
  }
  return 0;
}
