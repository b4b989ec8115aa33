// Any message for a 7-bit channel: the same whole and cut in two; no body that is changed has 8-bit bytes or lines that
// are too long; each leaf holds what it held.
#include <cstdint>

#include "base/assert.h"
#include "mime/message_parser.h"
#include "mime/recoding.h"

namespace {

using namespace yubin::mime;

Part root_of(std::string_view message) {
  MessageParser parser;
  parser.feed(message);
  return std::move(parser).finish().root;
}

std::string recoded(std::string_view first, std::string_view second, Part const& root) {
  Planner planner(root, Planner::Channel::seven_bit);
  planner.feed(first);
  planner.feed(second);
  auto recoding = std::move(planner).finish();
  if (!recoding) return "refused";
  Recoder recoder(*std::move(recoding));
  std::string out;
  recoder.feed(first, out);
  recoder.feed(second, out);
  recoder.finish(out);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const input(reinterpret_cast<char const*>(data), size);
  std::size_t const cut = size > 0 ? data[0] % size : 0;
  Part const root = root_of(input);
  std::string const out = recoded(input, "", root);
  YUBIN_ASSERT(out == recoded(input.substr(0, cut), input.substr(cut), root));
  if (out == "refused" || root.kind != Part::Kind::leaf) return 0;
  LineScan scan;
  Part const after = root_of(out);
  scan.feed(std::string_view(out).substr(after.body_begin));
  YUBIN_ASSERT(!scan.eight_bit() && !scan.too_long());
  return 0;
}
