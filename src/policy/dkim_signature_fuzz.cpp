// Signatures, keys and chains as header fields and records: any bytes end in a value or an error, and the field without
// its signature is the same however often it is taken out.
#include <cstdint>

#include "base/assert.h"
#include "policy/dkim_key.h"
#include "policy/dns_name.h"
#include "policy/message_reader.h"

namespace {

using namespace yubin;
using namespace yubin::policy;

void check_signature(std::string const& text) {
  std::string const field = "DKIM-Signature:" + text + "\r\n";
  std::string const bare = without_signature(field);
  YUBIN_ASSERT(bare == without_signature(bare));
  auto const signature = parse_signature(text, SignatureKind::dkim);
  if (!signature) {
    YUBIN_ASSERT(!signature.error().detail.empty());
    return;
  }
  YUBIN_ASSERT(is_query_name(signature->selector + "._domainkey." + signature->domain));
  YUBIN_ASSERT(is_within(signature->identity.substr(signature->identity.rfind('@') + 1), signature->domain));
  YUBIN_ASSERT(!signature->signature.empty() && !signature->body_hash.empty());
}

void check_key(std::string const& text) {
  auto const key = parse_dkim_key(text);
  if (key) (void)PublicKey::parse(key->type, key->bytes);  // must end; whatever it says
}

// A whole message: chosen signatures are few, and a chain has no gap.
void check_message(std::string const& text) {
  MessageReader whole;
  whole.feed(text);
  whole.finish();
  MessageReader pieces;
  for (char c : text) pieces.feed({&c, 1});
  pieces.finish();
  YUBIN_ASSERT(whole.header().text() == pieces.header().text());
  YUBIN_ASSERT(whole.signatures().size() == pieces.signatures().size());
  YUBIN_ASSERT(whole.signatures().size() <= MessageReader::kMaxSignatures);
  YUBIN_ASSERT(whole.arc_sets().has_value() == pieces.arc_sets().has_value());
  YUBIN_ASSERT(!whole.arc_sets() || whole.arc_sets()->size() <= kMaxArcSets);
  for (SignatureField const& one : whole.signatures()) {
    if (one.signature) YUBIN_ASSERT(whole.body(one.signature->body).hash == pieces.body(one.signature->body).hash);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string const text(reinterpret_cast<char const*>(data), size);
  check_signature(text);
  check_key(text);
  check_message(text);
  return 0;
}
