#include "store/stat.h"

#include "base/bytes.h"
#include "store/keys.h"
#include "store/rows.h"

namespace yubin::store {

namespace {

struct Files {
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
};

// What vanishes meanwhile counts as nothing: files come and go under a running server.
Files files_in(std::filesystem::path const& folder) {
  Files files;
  std::error_code error;
  for (auto const& entry : std::filesystem::directory_iterator(folder, error)) {
    std::error_code gone;
    auto const size = entry.file_size(gone);
    if (gone) continue;
    ++files.count;
    files.bytes += size;
  }
  return files;
}

}  // namespace

Result<Stat> stat(kv::KeyValue const& rows, std::filesystem::path const& directory) {
  Stat stat;
  for (std::string from = account_range(AccountId(0)).from;;) {
    TRY(kv::Page page, rows.scan(kv::Table::mail, {from, {}}, kv::Limit{.rows = 1}));
    if (page.rows.empty()) break;
    TRY(std::uint64_t id, ByteReader(page.rows.front().key).u64());
    TRY(std::optional<AccountRecord> record, find_account_row(rows, AccountId(id)));
    if (record) {
      ++stat.accounts;
      stat.mailboxes += record->mailboxes;
      stat.messages += record->usage.messages;
      stat.bytes += record->usage.bytes;
    }
    from = account_range(AccountId(id)).to;
  }
  stat.rows_bytes = files_in(directory / "rows").bytes;
  Files const segments = files_in(directory / "bodies");
  stat.body_bytes = segments.bytes;
  stat.body_files = segments.count;
  return stat;
}

}  // namespace yubin::store
