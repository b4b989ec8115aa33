#include "store/verify.h"

#include <algorithm>

#include "base/bytes.h"
#include "kv/body_refs.h"
#include "store/account_verifier.h"
#include "store/held_body.h"
#include "store/keys.h"
#include "store/rows.h"

namespace yubin::store {

namespace {

// The first account with a row at or after `from`.
Result<std::optional<AccountId>> next_account(kv::KeyValue const& engine, std::string from) {
  TRY(kv::Page page, engine.scan(kv::Table::mail, {std::move(from), {}}, kv::Limit{.rows = 1}));
  if (page.rows.empty()) return std::nullopt;
  ByteReader reader(page.rows.front().key);
  TRY(std::uint64_t account, reader.u64());
  return AccountId(account);
}

Result<bool> has_such_card(kv::KeyValue const& engine, BodyRefKey const& ref) {
  TRY(std::optional<std::string> value,
      engine.get(kv::Table::mail, CardKey{ref.account, ref.mailbox, ref.uid}.encode()));
  if (!value) return false;
  Result<Card> card = decode_card(*value);
  return card && card->body.id == ref.body;
}

void append(std::vector<std::string>& all, std::vector<std::string>&& more) {
  for (std::string& finding : more) all.push_back(std::move(finding));
}

}  // namespace

Result<std::vector<std::string>> verify_account(kv::KeyValue const& engine, AccountId account) {
  AccountVerifier verifier(engine, account);
  auto take = [&](kv::Row const& row) -> Result<bool> {
    TRY_VOID(verifier.take(row));
    return true;
  };
  TRY_VOID(for_each_row(engine, kv::Table::mail, account_range(account), kv::Limit{}, take));
  return verifier.finish();
}

Result<std::vector<std::string>> verify_body_refs(kv::KeyValue const& engine) {
  std::vector<std::string> findings;
  auto check = [&](kv::Row const& row) -> Result<bool> {
    Result<BodyRefKey> ref = BodyRefKey::decode(row.key);
    if (!ref) {
      findings.push_back("body reference " + to_hex(row.key) + " cannot be read");
      return true;
    }
    if (is_held(*ref)) return true;
    TRY(bool found, has_such_card(engine, *ref));
    if (!found) findings.push_back("body reference " + to_hex(row.key) + " is that of no card");
    return true;
  };
  TRY_VOID(for_each_row(engine, kv::Table::body_ref, kv::body_refs_range(), kv::Limit{}, check));
  return findings;
}

Result<std::vector<std::string>> verify_bodies(kv::KeyValue const& engine) {
  std::vector<kv::BodyId> known;  // in use or listed
  auto take_ref = [&](kv::Row const& row) -> Result<bool> {
    Result<BodyRefKey> const ref = BodyRefKey::decode(row.key);
    if (ref && (known.empty() || known.back() != ref->body)) known.push_back(ref->body);
    return true;
  };
  auto take_list = [&](kv::Row const& row) -> Result<bool> {
    if (auto const listed = kv::decode_unused(row.value)) known.insert(known.end(), listed->begin(), listed->end());
    return true;
  };
  TRY_VOID(for_each_row(engine, kv::Table::body_ref, kv::body_refs_range(), kv::Limit{}, take_ref));
  TRY_VOID(for_each_row(engine, kv::Table::body_ref, {kv::body_refs_range().to, {}}, kv::Limit{}, take_list));
  std::ranges::sort(known);
  std::vector<std::string> findings;
  auto check = [&](kv::Row const& row) -> Result<bool> {
    Result<kv::BodyId> const id = kv::BodyId::from_bytes(row.key);
    if (!id || !std::ranges::binary_search(known, *id))
      findings.push_back("body " + to_hex(row.key) + " is placed, but nobody uses it and no list has it");
    return true;
  };
  TRY_VOID(for_each_row(engine, kv::Table::body, kv::Range{}, kv::Limit{}, check));
  return findings;
}

Result<std::vector<std::string>> verify(kv::KeyValue const& engine) {
  std::vector<std::string> findings;
  std::string from;
  for (;;) {
    TRY(std::optional<AccountId> account, next_account(engine, from));
    if (!account) break;
    TRY(std::vector<std::string> found, verify_account(engine, *account));
    append(findings, std::move(found));
    from = account_range(*account).to;
    if (from.empty()) break;
  }
  TRY(std::vector<std::string> refs, verify_body_refs(engine));
  append(findings, std::move(refs));
  TRY(std::vector<std::string> bodies, verify_bodies(engine));
  append(findings, std::move(bodies));
  return findings;
}

}  // namespace yubin::store
