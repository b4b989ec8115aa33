// Stored records are checked like outside bytes: a decoder refuses them or gives a value that encodes and decodes to
// itself. The first byte chooses the record.
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "directory/rows.h"
#include "directory/sending_counts.h"

namespace {

using namespace yubin;
using namespace yubin::directory;

template <class Decode, class Encode>
void check(std::string_view record, Decode decode, Encode encode) {
  auto value = decode(record);
  if (!value) {
    YUBIN_ASSERT(value.error().code == Errc::corrupt);
    return;
  }
  auto again = decode(encode(*value));
  YUBIN_ASSERT(again.has_value() && *again == *value);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view record(reinterpret_cast<char const*>(data) + 1, size - 1);
  switch (data[0]) {
    case 'd':
      check(record, decode_domain, encode_domain);
      break;
    case 'a':
      check(record, decode_account, encode_account);
      break;
    case 'n':
      check(record, decode_name, encode_name);
      break;
    case 's':
      check(record, decode_settings, encode_settings);
      break;
    case 'p':
      check(record, decode_app_password, encode_app_password);
      break;
    case 'k':
      check(record, decode_secret, [](std::string const& secret) { return encode_secret(secret); });
      break;
    case 'q':
      check(record, decode_quota, encode_quota);
      break;
    case 'r':
      check(record, decode_removed, encode_removed);
      break;
    case 'l':
      check(record, decode_known, encode_known);
      break;
    case 'g':
      check(record, decode_signing_key, encode_signing_key);
      break;
    case 'u':
      check(record, [](std::string_view one) { return decode_sending_count("a@b.test", one); }, encode_sending_count);
      break;
    case 'c':
      check(record, decode_counter, encode_counter);
      break;
    default:
      break;
  }
  return 0;
}
