#include "store/account_verifier.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/text.h"
#include "store/keys.h"

namespace yubin::store {

namespace {

constexpr std::size_t kKindAt = 8;  // after the account

}  // namespace

void AccountVerifier::found(std::string sentence) {
  findings_.push_back(fmt::format("account {}: {}", account_.value(), sentence));
}

std::string AccountVerifier::describe(Counted const& mailbox) const {
  return fmt::format("mailbox {} {}", mailbox.record.id.value(), quoted(mailbox.record.name.text()));
}

AccountVerifier::Counted* AccountVerifier::mailbox_of(MailboxId id, std::string_view what) {
  auto mailbox = mailboxes_.find(id);
  if (mailbox != mailboxes_.end()) return &mailbox->second;
  found(fmt::format("{} of mailbox {}, which does not exist", what, id.value()));
  return nullptr;
}

Result<> AccountVerifier::take(kv::Row const& row) {
  any_row_ = true;
  Result<> taken = take_row(row);
  if (taken || taken.error().code != Errc::corrupt) return taken;
  found(fmt::format("row {} cannot be read: {}", to_hex(row.key), taken.error().detail));
  return {};
}

Result<> AccountVerifier::take_row(kv::Row const& row) {
  if (row.key.size() <= kKindAt) return fail(Errc::corrupt, "key is too short");
  switch (static_cast<RowKind>(row.key[kKindAt])) {
    case RowKind::account:
      return take_account(row);
    case RowKind::mailbox:
      return take_mailbox(row);
    case RowKind::name:
      return take_name(row);
    case RowKind::states:
      return take_states(row);
    case RowKind::card:
      return take_card(row);
    case RowKind::log:
      return take_log(row);
    case RowKind::uids:
      return take_uids(row);
    case RowKind::trash:
      return take_trash(row);
    case RowKind::thread:
      return take_thread(row);
  }
  return fail(Errc::corrupt, "unknown kind of row");
}

Result<> AccountVerifier::take_account(kv::Row const& row) {
  TRY_VOID(AccountKey::decode(row.key));
  TRY(record_, decode_account(row.value));
  return {};
}

Result<> AccountVerifier::take_mailbox(kv::Row const& row) {
  TRY(MailboxKey key, MailboxKey::decode(row.key));
  TRY(Mailbox record, decode_mailbox(key.mailbox, row.value));
  mailboxes_[key.mailbox].record = std::move(record);
  return {};
}

Result<> AccountVerifier::take_name(kv::Row const& row) {
  TRY(NameKey key, NameKey::decode(row.key));
  TRY(NameRecord name, decode_name(row.value));
  names_[key.name] = name;
  return {};
}

Result<> AccountVerifier::take_states(kv::Row const& row) {
  TRY(StatesKey key, StatesKey::decode(row.key));
  TRY(std::vector<MessageState> states, decode_states(key.chunk, row.value));
  Counted* mailbox = mailbox_of(key.mailbox, "states");
  if (mailbox == nullptr) return {};
  for (MessageState& state : states) {
    check_state(*mailbox, state);
    Uid const uid = state.uid;
    mailbox->messages[uid].state = std::move(state);
  }
  return {};
}

void AccountVerifier::check_state(Counted const& mailbox, MessageState const& state) {
  auto wrong = [&](std::string_view what) {
    found(fmt::format("{}: UID {} {}", describe(mailbox), state.uid.value(), what));
  };
  if (state.uid == Uid(0) || state.uid >= mailbox.record.uid_next) wrong("is not below UIDNEXT");
  if (state.modseq == ModSeq(0)) wrong("has no mod-sequence");
  if (state.modseq > mailbox.record.highest_modseq) wrong("has a mod-sequence above HIGHESTMODSEQ");
  if (!state.keywords.empty() && state.keywords.back().value() >= mailbox.record.keywords.size()) {
    wrong("has a keyword that the mailbox lacks");
  }
}

Result<> AccountVerifier::take_card(kv::Row const& row) {
  TRY(CardKey key, CardKey::decode(row.key));
  TRY(Card card, decode_card(row.value));
  auto known = mailboxes_.find(key.mailbox);
  if (known == mailboxes_.end()) {
    ++leftovers_[key.mailbox];
    return {};
  }
  Counted* mailbox = &known->second;
  auto wrong = [&](std::string_view what) {
    found(fmt::format("{}: card of UID {} {}", describe(*mailbox), key.uid.value(), what));
  };
  auto message = mailbox->messages.find(key.uid);
  if (message == mailbox->messages.end()) {
    wrong("is that of no message");
    return {};
  }
  message->second.has_card = true;
  if (card.prefix.size() + card.body.size != message->second.state.size) wrong("has another size than the message");
  BodyRefKey const ref{card.body.id, account_, key.mailbox, key.uid};
  TRY(std::optional<std::string> ref_row, engine_->get(kv::Table::body_ref, ref.encode()));
  if (!ref_row) wrong("has no reference to its body");
  TRY(std::optional<std::string> place, engine_->get(kv::Table::body, card.body.id.bytes()));
  if (!place) wrong("has a body that lies nowhere");
  return {};
}

Result<> AccountVerifier::take_log(kv::Row const& row) {
  TRY(LogKey key, LogKey::decode(row.key));
  TRY(LogEntry entry, decode_log_entry(row.value));
  Counted* mailbox = mailbox_of(key.mailbox, "change log");
  if (mailbox == nullptr) return {};
  mailbox->last_entry = key.modseq;
  if (key.modseq <= mailbox->record.log_floor) {
    found(fmt::format("{}: change log entry {} was to be gone", describe(*mailbox), key.modseq.value()));
  }
  for (UidRange const& range : entry.uids) {
    if (range.last >= mailbox->record.uid_next) {
      found(fmt::format("{}: change log entry {} has UIDs not below UIDNEXT", describe(*mailbox), key.modseq.value()));
      break;
    }
    for (Uid uid = range.first; uid <= range.last; uid = uid.next()) take_logged(*mailbox, key.modseq, entry.kind, uid);
  }
  return {};
}

void AccountVerifier::take_logged(Counted& mailbox, ModSeq modseq, LogKind kind, Uid uid) {
  auto wrong = [&](std::string_view what) {
    found(fmt::format("{}: change log entry {}: UID {} {}", describe(mailbox), modseq.value(), uid.value(), what));
  };
  if (mailbox.expunged.contains(uid)) wrong("was expunged before");
  if (kind == LogKind::added) {
    if (uid <= mailbox.last_added) wrong("was not added in the order of UIDs");
    mailbox.last_added = uid;
  }
  auto message = mailbox.messages.find(uid);
  if (kind == LogKind::expunged) {
    mailbox.expunged.insert(uid);
    if (message != mailbox.messages.end()) wrong("is expunged but there");
  } else if (message != mailbox.messages.end()) {
    message->second.last_logged = modseq;
  }
}

Result<> AccountVerifier::take_uids(kv::Row const& row) {
  TRY(UidsKey key, UidsKey::decode(row.key));
  TRY(UidBits bits, decode_uids(row.value));
  Counted* mailbox = mailbox_of(key.mailbox, "UIDs");
  if (mailbox == nullptr) return {};
  for (std::uint32_t n = 0; n < kUidsPerRow; ++n) {
    if (!bits.test(n)) continue;
    Uid const uid(key.block * kUidsPerRow + n);
    ++mailbox->listed;
    if (!mailbox->messages.contains(uid)) {
      found(fmt::format("{}: UID {} is listed but not there", describe(*mailbox), uid.value()));
    }
  }
  return {};
}

Result<> AccountVerifier::take_trash(kv::Row const& row) {
  TRY(TrashKey key, TrashKey::decode(row.key));
  TRY_VOID(check_trash(row.value));
  trash_.insert(key.mailbox);
  return {};
}

// It may lead to a thread whose messages are gone.
Result<> AccountVerifier::take_thread(kv::Row const& row) {
  TRY_VOID(ThreadKey::decode(row.key));
  TRY_VOID(decode_thread(row.value));
  return {};
}

// What a removed mailbox had may stay until the trash is emptied, but then it is written that it is trash.
void AccountVerifier::check_leftovers() {
  for (auto const& [mailbox, cards] : leftovers_) {
    if (trash_.contains(mailbox) || trash_.contains(kWholeAccount)) continue;
    found(fmt::format("{} cards of mailbox {}, which does not exist", cards, mailbox.value()));
  }
}

std::size_t AccountVerifier::messages() const {
  std::size_t count = 0;
  for (auto const& [id, mailbox] : mailboxes_) count += mailbox.messages.size();
  return count;
}

std::vector<std::string> AccountVerifier::finish() {
  if (!any_row_) return {};
  check_leftovers();
  if (was_removed()) return std::move(findings_);
  for (auto const& [id, mailbox] : mailboxes_) check_mailbox(mailbox);
  check_names();
  check_account();
  return std::move(findings_);
}

void AccountVerifier::check_mailbox(Counted const& mailbox) {
  check_counters(mailbox);
  check_log(mailbox);
  for (auto const& [uid, message] : mailbox.messages) {
    if (!message.has_card) found(fmt::format("{}: UID {} has no card", describe(mailbox), uid.value()));
  }
  if (!uid_validities_.insert(mailbox.record.uid_validity).second) {
    found(describe(mailbox) + " has the UIDVALIDITY of another mailbox");
  }
  if (!object_ids_.insert(mailbox.record.object_id).second) {
    found(describe(mailbox) + " has the MAILBOXID of another mailbox");
  }
}

void AccountVerifier::check_counters(Counted const& mailbox) {
  std::uint64_t unseen = 0;
  std::uint64_t deleted = 0;
  std::uint64_t size = 0;
  for (auto const& [uid, message] : mailbox.messages) {
    unseen += message.state.flags.has(SystemFlag::seen) ? 0 : 1;
    deleted += message.state.flags.has(SystemFlag::deleted) ? 1 : 0;
    size += message.state.size;
  }
  auto compare = [&](std::string_view what, std::uint64_t recorded, std::uint64_t counted) {
    if (recorded == counted) return;
    found(fmt::format("{}: {} recorded as {}, counted as {}", describe(mailbox), what, recorded, counted));
  };
  compare("messages", mailbox.record.exists, mailbox.messages.size());
  compare("UIDs", mailbox.listed, mailbox.messages.size());
  compare("messages without \\Seen", mailbox.record.unseen, unseen);
  compare("messages with \\Deleted", mailbox.record.deleted, deleted);
  compare("bytes", mailbox.record.size, size);
}

void AccountVerifier::check_log(Counted const& mailbox) {
  Mailbox const& record = mailbox.record;
  if (mailbox.last_entry > record.highest_modseq) {
    found(describe(mailbox) + ": change log goes beyond HIGHESTMODSEQ");
  }
  if (record.log_floor > record.highest_modseq) found(describe(mailbox) + ": change log begins beyond HIGHESTMODSEQ");
  for (auto const& [uid, message] : mailbox.messages) {
    bool const forgotten = message.state.modseq <= record.log_floor;
    if (!forgotten && message.last_logged != message.state.modseq) {
      found(fmt::format("{}: UID {} has mod-sequence {}, in the change log {}", describe(mailbox), uid.value(),
                        message.state.modseq.value(), message.last_logged.value()));
    }
  }
  // Of a mailbox whose log is whole, each UID that was given out is there or expunged.
  std::uint64_t const accounted = mailbox.messages.size() + mailbox.expunged.size();
  if (record.log_floor == ModSeq(0) && accounted != std::uint64_t{record.uid_next.value()} - 1) {
    found(fmt::format("{}: {} UIDs were given out, {} are accounted for", describe(mailbox),
                      record.uid_next.value() - 1, accounted));
  }
}

void AccountVerifier::check_names() {
  std::size_t live = 0;
  for (auto const& [text, name] : names_) {
    if (!name.live()) continue;
    ++live;
    auto mailbox = mailboxes_.find(name.mailbox);
    if (mailbox == mailboxes_.end() || mailbox->second.record.name.text() != text) {
      found(fmt::format("name {} leads to a mailbox that does not have it", quoted(text)));
    } else if (mailbox->second.record.uid_validity != name.uid_validity) {
      found(fmt::format("name {} has another UIDVALIDITY than its mailbox", quoted(text)));
    }
  }
  if (live != mailboxes_.size()) {
    found(fmt::format("{} mailboxes, but {} names lead to one", mailboxes_.size(), live));
  }
  for (auto const& [id, mailbox] : mailboxes_) {
    auto const above = mailbox.record.name.parent();
    if (!above) continue;
    auto name = names_.find(above->text());
    if (name == names_.end() || !name->second.live()) found(describe(mailbox) + " has no mailbox above it");
  }
  auto inbox = names_.find("INBOX");
  if (inbox == names_.end() || !inbox->second.live()) found("there is no INBOX");
}

void AccountVerifier::check_account() {
  if (!record_) return found("there is no record of the account");
  Usage counted;
  for (auto const& [id, mailbox] : mailboxes_) {
    Mailbox const& record = mailbox.record;
    counted.messages += mailbox.messages.size();
    for (auto const& [uid, message] : mailbox.messages) counted.bytes += message.state.size;
    if (id >= record_->next_mailbox) found(describe(mailbox) + " has an id that is yet to be given out");
    if (record.highest_modseq > record_->highest_modseq) {
      found(describe(mailbox) + " has a HIGHESTMODSEQ above the account's");
    }
    if (record.uid_validity > record_->uid_validity_floor) {
      found(describe(mailbox) + " has a UIDVALIDITY above the account's");
    }
  }
  auto compare = [&](std::string_view what, std::uint64_t recorded, std::uint64_t found_now) {
    if (recorded != found_now) found(fmt::format("{} recorded as {}, counted as {}", what, recorded, found_now));
  };
  compare("mailboxes", record_->mailboxes, mailboxes_.size());
  compare("past names", record_->past_names, names_.size() - std::min(names_.size(), mailboxes_.size()));
  compare("messages", record_->usage.messages, counted.messages);
  compare("bytes", record_->usage.bytes, counted.bytes);
}

}  // namespace yubin::store
