// Typed rows from anything that has get() and scan(): the engine (committed state) or the changes of a batch (what they
// put as well). Private to the store.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "kv/types.h"
#include "store/keys.h"
#include "store/records.h"
#include "store/uid_ranges.h"

namespace yubin::store {

// Calls visit(kv::Row const&) -> Result<bool> for each row of the range in order, until it says false.
template <class Source, class Visit>
Result<> for_each_row(Source const& source, kv::Table table, kv::Range range, kv::Limit limit, Visit visit) {
  for (;;) {
    TRY(kv::Page page, source.scan(table, range, limit));
    for (kv::Row const& row : page.rows) {
      TRY(bool more, visit(row));
      if (!more) return {};
    }
    if (!page.next) return {};
    range.from = std::move(*page.next);
  }
}

// The first account from `from` on that has a row.
template <class Source>
Result<std::optional<AccountId>> find_next_account(Source const& source, AccountId from) {
  TRY(kv::Page page, source.scan(kv::Table::mail, {account_range(from).from, {}}, kv::Limit{.rows = 1}));
  if (page.rows.empty()) return std::nullopt;
  TRY(std::uint64_t account, ByteReader(page.rows.front().key).u64());
  return AccountId(account);
}

template <class Source>
Result<std::optional<AccountRecord>> find_account_row(Source const& source, AccountId account) {
  TRY(std::optional<std::string> value, source.get(kv::Table::mail, AccountKey{account}.encode()));
  if (!value) return std::nullopt;
  return decode_account(*value);
}

template <class Source>
Result<std::optional<NameRecord>> find_name_row(Source const& source, AccountId account, MailboxName const& name) {
  TRY(std::optional<std::string> value, source.get(kv::Table::mail, NameKey{account, name.text()}.encode()));
  if (!value) return std::nullopt;
  return decode_name(*value);
}

template <class Source>
Result<std::optional<Mailbox>> find_mailbox_row(Source const& source, AccountId account, MailboxId mailbox) {
  TRY(std::optional<std::string> value, source.get(kv::Table::mail, MailboxKey{account, mailbox}.encode()));
  if (!value) return std::nullopt;
  return decode_mailbox(mailbox, *value);
}

template <class Source>
Result<Mailbox> get_mailbox_row(Source const& source, AccountId account, MailboxId mailbox) {
  TRY(std::optional<Mailbox> found, find_mailbox_row(source, account, mailbox));
  if (!found) return fail(Errc::not_found, "no such mailbox");
  return *std::move(found);
}

template <class Source>
Result<std::optional<Mailbox>> find_mailbox_named(Source const& source, AccountId account, MailboxName const& name) {
  TRY(std::optional<NameRecord> row, find_name_row(source, account, name));
  if (!row || !row->live()) return std::nullopt;
  TRY(std::optional<Mailbox> mailbox, find_mailbox_row(source, account, row->mailbox));
  // Committed rows are read one after the other; between the two the mailbox may have been renamed or removed.
  if (mailbox && mailbox->name != name) return std::nullopt;
  return mailbox;
}

template <class Source>
Result<std::optional<Card>> find_card_row(Source const& source, AccountId account, MailboxId mailbox, Uid uid) {
  TRY(std::optional<std::string> value, source.get(kv::Table::mail, CardKey{account, mailbox, uid}.encode()));
  if (!value) return std::nullopt;
  return decode_card(*value);
}

// Calls visit(Uid, Card&&) -> Result<> for each card of `uids` (normalized), in UID order. One scan a range: a get for
// each message would cost several times as much.
template <class Source, class Visit>
Result<> for_each_card(Source const& source, AccountId account, MailboxId mailbox, std::vector<UidRange> const& uids,
                       Visit visit) {
  auto decode_and_visit = [&](kv::Row const& row) -> Result<bool> {
    TRY(CardKey key, CardKey::decode(row.key));
    TRY(Card card, decode_card(row.value));
    TRY_VOID(visit(key.uid, std::move(card)));
    return true;
  };
  for (UidRange const& range : uids) {
    TRY_VOID(
        for_each_row(source, kv::Table::mail, cards_range(account, mailbox, range), kv::Limit{}, decode_and_visit));
  }
  return {};
}

// Calls visit(std::vector<MessageState>&&) -> Result<bool> for each row of states that holds one of `uids`
// (normalized), with all states of the row.
template <class Source, class Visit>
Result<> for_each_states_row(Source const& source, AccountId account, MailboxId mailbox,
                             std::vector<UidRange> const& uids, Visit visit) {
  bool more = true;
  auto decode_and_visit = [&](std::uint32_t chunk, std::string_view value) -> Result<bool> {
    TRY(std::vector<MessageState> states, decode_states(chunk, value));
    TRY(more, visit(std::move(states)));
    return more;
  };
  auto visit_row = [&](kv::Row const& row) -> Result<bool> {
    TRY(StatesKey key, StatesKey::decode(row.key));
    return decode_and_visit(key.chunk, row.value);
  };
  for (UidRange const& range : widened_to_rows(uids)) {
    std::uint32_t const chunk = states_chunk(range.first);
    if (chunk == states_chunk(range.last)) {
      // Most often it is one message whose flags change: a get costs less than a scan.
      TRY(std::optional<std::string> value, source.get(kv::Table::mail, StatesKey{account, mailbox, chunk}.encode()));
      if (value) TRY_VOID(decode_and_visit(chunk, *value));
    } else {
      kv::Limit const limit{.rows = 4096 / kStatesPerRow};  // a page of 4096 messages
      TRY_VOID(for_each_row(source, kv::Table::mail, states_range(account, mailbox, range), limit, visit_row));
    }
    if (!more) break;
  }
  return {};
}

// Calls visit(MessageState&&) -> Result<bool> for each message of `uids` (normalized), in UID order.
template <class Source, class Visit>
Result<> for_each_state(Source const& source, AccountId account, MailboxId mailbox, std::vector<UidRange> const& uids,
                        Visit visit) {
  RisingMembership wanted(uids);
  auto each = [&](std::vector<MessageState>&& states) -> Result<bool> {
    for (MessageState& state : states) {
      if (!wanted.contains(state.uid)) continue;
      TRY(bool more, visit(std::move(state)));
      if (!more) return false;
    }
    return true;
  };
  return for_each_states_row(source, account, mailbox, uids, each);
}

}  // namespace yubin::store
