#include "policy/dkim_key.h"

#include <algorithm>

#include "base/text.h"
#include "policy/tag_list.h"

namespace yubin::policy {

Result<DkimKey> parse_dkim_key(std::string_view text) {
  TRY(TagList const tags, TagList::parse(text));
  // v= is not needed, but if it is there it is the first and names this version.
  auto const version = tags.find("v");
  if (version && (*version != "DKIM1" || tags.tags().front().name != "v"))
    return fail(Errc::not_found, "the record is not of version DKIM1");
  DkimKey key;
  std::string_view const type = tags.find("k").value_or("rsa");
  if (type != "rsa" && type != "ed25519") return fail(Errc::not_found, "a key of kind " + quoted(type, 40));
  key.type = type == "rsa" ? KeyType::rsa : KeyType::ed25519;
  auto const p = tags.find("p");
  if (!p) return fail(Errc::syntax, "p= is missing");
  auto bytes = decode_base64_tag(*p);
  if (!bytes) return fail(Errc::syntax, "p= is no base64");
  key.bytes = *std::move(bytes);
  if (auto const hashes = tags.find("h")) key.hashes = colon_list(*hashes);
  if (auto const services = tags.find("s")) {
    auto for_mail = [](std::string const& service) { return service == "*" || service == "email"; };
    key.for_mail = std::ranges::any_of(colon_list(*services), for_mail);
  }
  for (std::string const& flag : colon_list(tags.find("t").value_or(""))) {
    if (flag == "y") key.testing = true;
    if (flag == "s") key.exact_domain = true;
  }
  return key;
}

}  // namespace yubin::policy
