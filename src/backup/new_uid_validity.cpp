#include "backup/new_uid_validity.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/clock.h"
#include "kv/rocks_key_value.h"
#include "store/format.h"
#include "store/keys.h"
#include "store/records.h"

namespace yubin::backup {

namespace {

using kv::Table;
using store::AccountKey;
using store::AccountRecord;
using store::UidValidity;

class Renewal {
 public:
  Renewal(kv::KeyValue& rows, std::int64_t now) : rows_(rows), now_(now) {}

  Result<> all() {
    std::string from(sizeof(std::uint64_t), '\0');
    for (;;) {
      TRY(kv::Page page, rows_.scan(Table::mail, {from, ""}, {.rows = 1}));
      if (page.rows.empty()) return {};
      TRY(std::uint64_t id, ByteReader(page.rows.front().key).u64());
      TRY_VOID(account(kv::AccountId(id)));
      from = store::account_range(kv::AccountId(id)).to;
      if (from.empty()) return {};
    }
  }

 private:
  Result<> account(kv::AccountId account) {
    std::string const key = AccountKey{account}.encode();
    TRY(auto row, rows_.get(Table::mail, key));
    if (!row) return {};  // rows without an account: nobody can reach them
    TRY(AccountRecord record, store::decode_account(*row));
    kv::Batch batch;
    kv::Range range = store::mailboxes_range(account);
    for (;;) {
      TRY(kv::Page page, rows_.scan(Table::mail, range, {}));
      for (kv::Row const& mailbox : page.rows) TRY_VOID(renew(account, record, mailbox, batch));
      if (!page.next) break;
      range.from = std::move(*page.next);
    }
    batch.put(Table::mail, key, store::encode_account(record));
    kv::Batch const* const batches[] = {&batch};
    TRY(auto results, rows_.write(batches));
    return results.front();
  }

  Result<> renew(kv::AccountId account, AccountRecord& record, kv::Row const& row, kv::Batch& batch) {
    TRY(store::MailboxKey key, store::MailboxKey::decode(row.key));
    TRY(store::Mailbox mailbox, store::decode_mailbox(key.mailbox, row.value));
    constexpr std::int64_t kHighest = 0xffffffff;
    std::int64_t const above = std::int64_t{record.uid_validity_floor.value()} + 1;
    if (above > kHighest) return fail(Errc::limit, "an account has no UIDVALIDITY left");
    record.uid_validity_floor = UidValidity(static_cast<std::uint32_t>(std::max(above, std::min(now_, kHighest / 2))));
    mailbox.uid_validity = record.uid_validity_floor;
    batch.put(Table::mail, row.key, store::encode_mailbox(mailbox));
    batch.put(Table::mail, store::NameKey{account, mailbox.name.text()}.encode(),
              store::encode_name({mailbox.id, mailbox.uid_validity}));
    return {};
  }

  kv::KeyValue& rows_;
  std::int64_t const now_;
};

}  // namespace

Result<> renew_uid_validities(std::filesystem::path const& directory) {
  TRY(std::unique_ptr<kv::RocksKeyValue> rows, kv::RocksKeyValue::open(directory / "rows", {}));
  TRY_VOID(store::check_format(*rows));
  auto const now = std::chrono::floor<std::chrono::seconds>(SystemClock().now()).time_since_epoch().count();
  return Renewal(*rows, now).all();
}

}  // namespace yubin::backup
