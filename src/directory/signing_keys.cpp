#include "directory/signing_keys.h"

#include <fmt/format.h>

#include <algorithm>

#include "directory/reading.h"

namespace yubin::directory {

namespace {

using kv::Changes;
using kv::Table;
using Keys = std::vector<SigningKey>;

template <class Source>
Result<Keys> all_of(Source const& source, mime::Domain const& domain) {
  Keys all;
  for (kv::Range range = signing_key_rows_of(domain);;) {
    TRY(kv::Page page, source.scan(Table::directory, range, {}));
    for (kv::Row const& row : page.rows) {
      TRY(SigningKey key, decode_signing_key(row.value));
      all.push_back(std::move(key));
    }
    if (!page.next) return all;
    range.from = *std::move(page.next);
  }
}

Result<Keys> change_keys(Changes& changes, mime::Domain const& domain, SigningKeys::Edit const& edit) {
  TRY(std::optional<Domain> known, find_domain(changes, domain));
  if (!known) return fail(Errc::not_found, "no such domain: " + domain.text());
  TRY(Keys const before, all_of(changes, domain));
  Keys after = before;
  TRY_VOID(edit(after));
  if (after.size() > kMaxSigningKeys)
    return fail(Errc::limit, fmt::format("{} has {} keys already", domain.text(), kMaxSigningKeys));
  for (SigningKey const& key : before) {
    bool const stays = std::ranges::find(after, key.selector, &SigningKey::selector) != after.end();
    if (!stays) changes.erase(Table::directory, signing_key_key(domain, key.selector));
  }
  for (SigningKey const& key : after) {
    if (std::ranges::find(before, key) == before.end())
      changes.put(Table::directory, signing_key_key(domain, key.selector), encode_signing_key(key));
  }
  return after;
}

}  // namespace

Result<std::vector<SigningKey>> SigningKeys::of(mime::Domain const& domain) const {
  return all_of(key_value_, domain);
}

kv::Ticket<std::vector<SigningKey>> SigningKeys::change(mime::Domain domain, Edit edit) {
  return changer_.change<Keys>({kv::kServerAccount}, Lane::delivery,
                               [domain = std::move(domain), edit = std::move(edit)](Changes& changes) {
                                 return change_keys(changes, domain, edit);
                               });
}

}  // namespace yubin::directory
