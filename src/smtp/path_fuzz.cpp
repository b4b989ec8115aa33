// Paths and parameters: what was parsed and printed parses to the same, and holds nothing that breaks a line.
#include <algorithm>
#include <cstdint>

#include "base/assert.h"
#include "smtp/grammar.h"

namespace yubin::smtp {
namespace {

template <class Path>
void check_path(std::string_view input) {
  auto path = Path::parse(input);
  if (!path) return;
  std::string const text = path->text();
  YUBIN_ASSERT(std::ranges::none_of(text, [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; }));
  auto again = Path::parse(text);
  YUBIN_ASSERT(again && *again == *path);
}

void check_parameters(std::string_view input) {
  Cursor in(input);
  auto params = mail_parameters(in);
  if (!params) return;
  YUBIN_ASSERT(in.at_end());
  std::string text;
  for (EsmtpParamView const& p : *params) {
    YUBIN_ASSERT(!p.keyword.empty());
    text += " " + std::string(p.keyword) + (p.value.empty() ? "" : "=") + std::string(p.value);
  }
  Cursor again(text);
  YUBIN_ASSERT(mail_parameters(again)->size() == params->size());
}

}  // namespace
}  // namespace yubin::smtp

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const input(reinterpret_cast<char const*>(data), size);
  yubin::smtp::check_path<yubin::smtp::ReversePath>(input);
  yubin::smtp::check_path<yubin::smtp::ForwardPath>(input);
  yubin::smtp::check_parameters(input);
  return 0;
}
