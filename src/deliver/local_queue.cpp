// What LocalDelivery does with a message for more accounts than one change may have.
#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "base/bytes.h"
#include "base/log.h"
#include "deliver/local.h"
#include "deliver/mailbox_copy.h"
#include "deliver/own_mail.h"
#include "kv/body_refs.h"
#include "kv/changer.h"
#include "store/held_body.h"

namespace yubin::deliver {

namespace {

using queue::LocalKey;
using queue::LocalRow;
using queue::LocalTarget;

constexpr LogEvent kDamaged{"deliver.queue_damaged", LogLevel::error,
                            "a row of the queue cannot be read; it is left where it is"};

LocalRow row_of(LocalMessage const& message, std::int64_t accepted, std::span<LocalTarget const> targets) {
  return {.body = message.body.ref,
          .summary = message.summary,
          .trace = message.trace,
          .reverse_path = message.reverse_path,
          .accepted = accepted,
          .service = message.entry.service,
          .message_id = message.entry.message_id,
          .targets = {targets.begin(), targets.end()}};
}

// The parts' values; a part has fewer targets than it might if its value became too long.
std::vector<std::string> parts_of(LocalMessage const& message, std::int64_t accepted) {
  std::vector<std::string> parts;
  std::vector<LocalTarget> targets = message.targets;
  std::erase_if(targets, is_own);
  std::span<LocalTarget const> rest = targets;
  std::size_t most = kv::Changer::kMaxAccounts;
  while (!rest.empty()) {
    std::size_t const count = std::min(most, rest.size());
    std::string value = encode_local(row_of(message, accepted, rest.first(count)));
    if (value.size() > kv::kMaxValue && count > 1) {
      most = count / 2;
      continue;
    }
    parts.push_back(std::move(value));
    rest = rest.subspan(count);
  }
  return parts;
}

void add_queued(journal::Entry& entry, std::vector<LocalTarget> const& targets) {
  std::vector<std::pair<std::string, std::size_t>> counts;  // in the order of the recipients' first targets
  for (LocalTarget const& target : targets) {
    if (is_own(target)) continue;
    auto found = std::ranges::find(counts, target.recipient, &std::pair<std::string, std::size_t>::first);
    if (found == counts.end()) found = counts.insert(found, {target.recipient, 0});
    ++found->second;
  }
  for (auto const& [recipient, count] : counts)
    entry.recipients.push_back({recipient, "queued", "2.0.0", fmt::format("for {} mailboxes", count)});
}

// What the journal says of a part: its id leads to the entry about the acceptance.
journal::Entry entry_of(LocalKey const& key, LocalRow const& row, journal::EntryId id) {
  journal::Entry entry;
  entry.id = id;
  entry.kind = journal::Kind::delivery;
  entry.service = row.service;
  entry.sender = row.reverse_path;
  entry.message_id = row.message_id;
  entry.size = row.body.size;
  entry.verdict = "delivered";
  entry.facts = {{"accepted as", key.id.text()}};
  return entry;
}

void add_fate(journal::Entry& entry, LocalTarget const& target, Result<Copied> const& copied) {
  if (!copied) {
    entry.recipients.push_back({target.recipient, "failed", "5.2.0", target.mailbox + ": " + copied.error().detail});
  } else if (*copied == Copied::no_such_account) {
    entry.recipients.push_back({target.recipient, "failed", "5.1.1", target.mailbox + ": the account is gone"});
  } else {
    entry.recipients.push_back({target.recipient, "delivered", "2.0.0", "INBOX of " + target.mailbox});
  }
}

// Takes a part out of the queue, in the batch that delivers it.
void remove_part(store::Changes& changes, UniqueIds& ids, LocalKey const& key, LocalRow const& row) {
  changes.kv().erase_blind(kv::Table::queue, key.encode());
  // It may have found no mailbox at all, and been the body's last use.
  kv::list_unused(changes.kv(), ids, {&row.body.id, 1});
  store::release_body(changes.kv(), row.body.id, key.part);
}

}  // namespace

kv::Ticket<journal::EntryId> LocalDelivery::enqueue(LocalMessage message) {
  auto fn = [this, on_queued = on_queued_, message = std::move(message),
             accepted = now()](store::Changes& changes) -> Result<journal::EntryId> {
    journal::Entry entry = message.entry;
    std::uint32_t part = 0;
    for (std::string& value : parts_of(message, accepted)) {
      changes.kv().put_blind(kv::Table::queue, LocalKey{entry.id, part}.encode(), std::move(value));
      store::hold_body(changes.kv(), message.body, part);
      ++part;
    }
    add_queued(entry, message.targets);
    put_outgoing(changes, message, entry);
    put_own_mail(changes, message, accepted, entry);
    for (kv::Row const& row : message.rows) changes.kv().put_blind(kv::Table::queue, row.key, row.value);
    journal::Journal::put(changes.kv(), entry);
    if (on_queued) changes.kv().after_commit([on_queued] { (*on_queued)(); });
    return entry.id;
  };
  return store_.change<journal::EntryId>({}, Lane::delivery, std::move(fn));
}

Result<Turn> LocalDelivery::deliver_queued() {
  TRY(kv::Page page, key_value_.scan(kv::Table::queue, {next_, queue::local_range().to}, kv::Limit{.rows = 1}));
  if (page.rows.empty()) {
    next_ = queue::local_range().from;
    TRY_VOID(std::exchange(run_, {}));
    return Turn::done;
  }
  kv::Row const& row = page.rows.front();
  next_ = row.key + '\0';
  Result<LocalKey> const key = LocalKey::decode(row.key);
  Result<LocalRow> const part = queue::decode_local(row.value);
  if (!key || !part) {
    log(kDamaged, {{"key", to_hex(row.key)}, {"detail", key ? part.error().detail : key.error().detail}});
    return Turn::more;
  }
  Result<> const delivered = deliver_part(*key, *part);
  if (!delivered && run_) run_ = delivered;
  return Turn::more;
}

Result<> LocalDelivery::deliver_part(LocalKey const& key, LocalRow const& row) {
  std::vector<kv::AccountId> accounts;
  for (LocalTarget const& target : row.targets) accounts.push_back(target.account);
  auto fn = [this, key, row, id = journal_.next_id()](store::Changes& changes) -> Result<> {
    journal::Entry entry = entry_of(key, row, id);
    kv::SealedBody const body{row.body, {}};  // its place was written when it was accepted
    Original const original{body, row.summary, row.trace, row.reverse_path, row.accepted};
    for (LocalTarget const& target : row.targets) {
      TRY(Copied copied, copy_into_inbox(changes, original, target, store::QuotaRule::accepted));
      add_fate(entry, target, copied);
    }
    remove_part(changes, ids_, key, row);
    journal::Journal::put(changes.kv(), entry);
    return {};
  };
  Result<> const delivered = store_.change<void>(std::move(accounts), Lane::delivery, std::move(fn)).wait();
  if (delivered || delivered.error().code == Errc::temporary) return delivered;
  return deliver_one_by_one(key, row);
}

// One account that takes nothing any more must not keep the message from the others.
Result<> LocalDelivery::deliver_one_by_one(LocalKey const& key, LocalRow row) {
  std::vector<LocalTarget> const targets = row.targets;
  Result<> result;
  for (LocalTarget const& target : targets) {
    LocalRow rest = row;
    std::erase(rest.targets, target);
    auto fn = [&](store::Changes& changes, Result<Copied> const* verdict) -> Result<> {
      journal::Entry entry = entry_of(key, row, journal_.next_id());
      kv::SealedBody const body{row.body, {}};
      Original const original{body, row.summary, row.trace, row.reverse_path, row.accepted};
      Result<Copied> copied =
          verdict != nullptr ? *verdict : copy_into_inbox(changes, original, target, store::QuotaRule::accepted);
      if (!copied && verdict == nullptr) return std::unexpected(copied.error());
      add_fate(entry, target, copied);
      if (rest.targets.empty()) {
        remove_part(changes, ids_, key, row);
      } else {
        changes.kv().put_blind(kv::Table::queue, key.encode(), encode_local(rest));
      }
      journal::Journal::put(changes.kv(), entry);
      return {};
    };
    auto change = [&](Result<Copied> const* verdict) {
      auto with_verdict = [&, verdict](store::Changes& changes) { return fn(changes, verdict); };
      return store_.change<void>({target.account}, Lane::delivery, std::move(with_verdict)).wait();
    };
    Result<> done = change(nullptr);
    // A limit that is reached does not pass; anything else may be mended, and until then the message waits.
    if (!done && done.error().code == Errc::limit) {
      Result<Copied> const failed = std::unexpected(done.error());
      done = change(&failed);
    }
    if (done) {
      row = std::move(rest);
    } else if (result) {
      result = done;
    }
  }
  return result;
}

}  // namespace yubin::deliver
