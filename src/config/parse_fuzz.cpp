// Any bytes as a configuration: either sentences, in the order of their lines, or values; and what `yubin config show`
// prints of the values means the same again.
#include "base/assert.h"
#include "config/config.h"
#include "config/print.h"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  namespace config = yubin::config;
  std::string_view const text(reinterpret_cast<char const*>(data), size);
  auto const loaded = config::parse(text, "f");
  if (!loaded) {
    YUBIN_ASSERT(!loaded.error().empty());
    for (std::string const& sentence : loaded.error()) YUBIN_ASSERT(sentence.starts_with("f:"));
    return 0;
  }
  auto const again = config::parse(config::effective(*loaded, "f"), "f");
  YUBIN_ASSERT(again.has_value());
  YUBIN_ASSERT(again->config.listeners == loaded->config.listeners);
  for (auto const& option : config::options().rows())
    YUBIN_ASSERT(option.show(again->config) == option.show(loaded->config));
  return 0;
}
