// What is signed verifies, whatever the message is; in pieces it is signed as it is whole.
#include <algorithm>
#include <cstdint>

#include "base/assert.h"
#include "policy/dkim_check.h"
#include "policy/dkim_sign.h"
#include "policy/run_check.h"

namespace {

using namespace yubin;
using namespace yubin::policy;

constexpr SigningTimes kTimes{.time = 1700000000, .expires = 1700864000};
Signer const kSigner{.domain = "one.test", .selector = "s"};

std::string field_of(PrivateKey const& key, std::string_view message, std::size_t cut) {
  MessageReader reader;
  reader.want(kSignedBody);
  reader.feed(message.substr(0, cut));
  reader.feed(message.substr(cut));
  reader.finish();
  return sign_message(reader, kSigner, key, kTimes).value_or("");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  static PrivateKey const key = PrivateKey::make(KeyType::ed25519).value();
  // What goes out begins with our Received field.
  std::string const text = "Received: by one.test\r\n" + std::string(reinterpret_cast<char const*>(data), size);
  std::string const field = field_of(key, text, text.size());
  if (field.empty()) return 0;
  YUBIN_ASSERT(field == field_of(key, text, size % text.size()));
  auto message = std::make_shared<MessageReader>();
  message->feed(field + text);
  message->finish();
  AnswerTable table;
  table.add("s._domainkey.one.test", Txt{key_record(KeyType::ed25519, key.public_bytes())});
  DkimCheck check(message, WallTime(std::chrono::seconds(kTimes.time)));
  YUBIN_ASSERT(run_check(check, table).has_value());
  auto passes = [](DkimOutcome const& one) { return one.result == SignatureResult::pass; };
  YUBIN_ASSERT(std::ranges::any_of(check.outcomes(), passes) || message->header_too_large() ||
               message->signatures_left_out() > 0);  // those of the author are looked at before ours
  return 0;
}
