// Stored bytes that are not what was written: refused, or read as something that is written and read the same.
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "store/records.h"

using namespace yubin;
using namespace yubin::store;

namespace {

template <class Decode, class Encode>
void check(std::string_view value, Decode decode, Encode encode) {
  auto first = decode(value);
  if (!first) {
    YUBIN_ASSERT(first.error().code == Errc::corrupt);
    return;
  }
  auto again = decode(encode(*first));
  YUBIN_ASSERT(again.has_value() && *again == *first);
}

}  // namespace

// The first byte chooses the kind of record.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view const value(reinterpret_cast<char const*>(data) + 1, size - 1);
  auto mailbox = [](std::string_view v) { return decode_mailbox(MailboxId(1), v); };
  auto states = [](std::string_view v) { return decode_states(1, v); };
  switch (data[0] % 8) {
    case 0:
      check(value, decode_account, encode_account);
      break;
    case 1:
      check(value, decode_name, encode_name);
      break;
    case 2:
      check(value, mailbox, encode_mailbox);
      break;
    case 3:
      check(value, decode_card, encode_card);
      break;
    case 4:
      check(value, decode_log_entry, encode_log_entry);
      break;
    case 5:
      check(value, states, encode_states);
      break;
    case 6:
      check(value, decode_uids, encode_uids);
      break;
    case 7:
      check(value, decode_thread, encode_thread);
      break;
  }
  return 0;
}
