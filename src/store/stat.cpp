#include "store/stat.h"

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
  for (AccountId from{0};;) {
    TRY(std::optional<AccountId> id, find_next_account(rows, from));
    if (!id) break;
    TRY(std::optional<AccountRecord> record, find_account_row(rows, *id));
    if (record) {
      ++stat.accounts;
      stat.mailboxes += record->mailboxes;
      stat.messages += record->usage.messages;
      stat.bytes += record->usage.bytes;
    }
    from = id->next();
  }
  stat.rows_bytes = files_in(directory / "rows").bytes;
  Files const segments = files_in(directory / "bodies");
  stat.body_bytes = segments.bytes;
  stat.body_files = segments.count;
  return stat;
}

}  // namespace yubin::store
