// Framer and grammar. However the bytes are cut, the same commands are found; what the grammar takes and a response
// writes, the grammar reads again.
#include <cstdint>
#include <string>
#include <vector>

#include "base/assert.h"
#include "imap/append_grammar.h"
#include "imap/command.h"
#include "imap/fetch_grammar.h"
#include "imap/framer.h"
#include "imap/list_grammar.h"
#include "imap/mutf7.h"
#include "imap/response.h"
#include "imap/search_key.h"
#include "imap/select_grammar.h"

using namespace yubin;        // NOLINT
using namespace yubin::imap;  // NOLINT

namespace {

void take_units(Framer& framer, std::vector<std::string>& out) {
  for (;;) {
    Framer::Unit unit = framer.next();
    if (std::holds_alternative<Framer::More>(unit)) return;
    if (auto* command = std::get_if<Framer::Command>(&unit)) out.push_back("command " + command->text);
    if (auto* broken = std::get_if<Framer::Broken>(&unit)) {
      out.push_back("broken " + std::to_string(static_cast<int>(broken->flaw)));
      if (broken->flaw == Framer::Flaw::too_long) {
        framer.clear();
        return;
      }
    }
    if (auto* literal = std::get_if<Framer::Literal>(&unit)) {
      out.push_back("literal " + std::to_string(literal->size));
      if (framer.fits(*literal)) {
        framer.collect(*literal);
      } else {
        framer.abandon();
      }
    }
  }
}

std::vector<std::string> units(std::string_view first, std::string_view second) {
  Framer framer({.text = 512, .literals = 512});
  std::vector<std::string> out;
  framer.receive(first);
  take_units(framer, out);
  bool const lost = !out.empty() && out.back() == "broken 0";
  if (lost) return out;
  framer.receive(second);
  take_units(framer, out);
  return out;
}

void check_astring(std::string_view text) {
  Cursor cursor(text);
  Result<std::string> value = astring(cursor);
  if (!value || value->find('\0') != std::string::npos) return;
  std::string written;
  put_astring(written, *value);
  Cursor again(written);
  YUBIN_ASSERT(astring(again) == *value && again.at_end());
}

void check_mailbox(std::string_view text) {
  if (std::optional<std::string> name = decode_mutf7(text)) YUBIN_ASSERT(encode_mutf7(*name) == text);
}

template <class Production>
void run(Production production, std::string_view text) {
  Cursor cursor(text, {.depth = 16, .list = 100});
  auto result = production(cursor);
  // What goes to the client is our own words.
  if (!result) YUBIN_ASSERT(result.error().detail.find_first_of("\r\n") == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const input(reinterpret_cast<char const*>(data), size);
  std::size_t const cut = size > 0 ? data[0] % size : 0;
  YUBIN_ASSERT(units(input, "") == units(input.substr(0, cut), input.substr(cut)));
  check_astring(input);
  check_mailbox(input);
  run(fetch_arguments, input);
  run(search_arguments, input);
  run(list_arguments, input);
  run(sequence_set, input);
  run(flag_list, input);
  run(date_time, input);
  run(select_arguments, input);
  run(message_head, input);
  run(partial_range, input);
  run(uid_set, input);
  (void)ends_in_message(input, NameForm::mutf7);
  (void)ends_in_message(input, NameForm::utf8);
  return 0;
}
