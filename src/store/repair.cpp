#include "store/repair.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"
#include "base/text.h"
#include "kv/body_refs.h"
#include "mime/message_parser.h"
#include "store/changes.h"
#include "store/keys.h"
#include "store/mailbox_tree.h"
#include "store/rows.h"
#include "store/store.h"

namespace yubin::store {

namespace {

constexpr std::size_t kKindAt = 8;  // after the account
constexpr std::size_t kPiece = 256 * 1024;

RowKind kind_of(kv::Row const& row) {
  return static_cast<RowKind>(row.key.size() > kKindAt ? row.key[kKindAt] : 0);
}

std::uint64_t size_of(Card const& card) {
  return card.prefix.size() + card.body.size;
}

}  // namespace

Result<std::vector<std::string>> repair_account(kv::Changes& changes, kv::Bodies const& bodies, UniqueIds& ids,
                                                AccountId account, std::int64_t now,
                                                std::span<BodyRefKey const> references) {
  return AccountRepair(changes, bodies, ids, account, now).run(references);
}

Result<std::vector<std::string>> AccountRepair::run(std::span<BodyRefKey const> references) {
  TRY_VOID(load());
  for (MailboxId removed : trash_) boxes_.erase(removed);
  if (!any_row_ || (!stored_ && trash_.contains(kWholeAccount))) {
    TRY_VOID(erase_references(references));
    return std::move(done_);
  }
  make_records();
  TRY_VOID(find_lost_cards());
  for (auto& [id, box] : boxes_) {
    TRY_VOID(mend_messages(id, box));
    mend_numbers(box);
    mend_log(box);
    mend_list(id, box);
  }
  mend_names();
  for (auto& [id, box] : boxes_) {
    if (box.stored == box.record) continue;
    if (box.stored) did(box, "its record is corrected");
    changes_.put(kv::Table::mail, MailboxKey{account_, id}.encode(), encode_mailbox(box.record));
  }
  TRY_VOID(mend_account());
  TRY_VOID(make_missing_mailboxes());
  TRY_VOID(erase_references(references));
  return std::move(done_);
}

// Last, because a lost card may just have been made from one of them.
Result<> AccountRepair::erase_references(std::span<BodyRefKey const> references) {
  std::vector<kv::BodyId> erased;
  for (BodyRefKey const& ref : references) {
    if (ref.account != account_) continue;
    TRY(std::optional<Card> card, find_card_row(changes_, account_, ref.mailbox, ref.uid));
    if (card && card->body.id == ref.body) continue;
    changes_.erase_blind(kv::Table::body_ref, ref.encode());
    erased.push_back(ref.body);
  }
  kv::list_unused(changes_, ids_, erased);
  if (!erased.empty()) did(fmt::format("{} references of no message to bodies are removed", erased.size()));
  return {};
}

void AccountRepair::did(std::string sentence) {
  done_.push_back(fmt::format("account {}: {}", account_.value(), sentence));
}

void AccountRepair::did(Box const& box, std::string const& sentence) {
  did(fmt::format("mailbox {} {}: {}", box.record.id.value(), quoted(box.record.name.text()), sentence));
}

// ---- reading what is there

Result<> AccountRepair::load() {
  auto read = [&](kv::Row const& row) -> Result<bool> {
    any_row_ = true;
    Result<> taken = take(row);
    if (!taken && taken.error().code != Errc::corrupt) return std::unexpected(std::move(taken).error());
    if (!taken) TRY_VOID(take_unreadable(row));
    return true;
  };
  return for_each_row(changes_, kv::Table::mail, account_range(account_), kv::Limit{}, read);
}

Result<> AccountRepair::take(kv::Row const& row) {
  switch (kind_of(row)) {
    case RowKind::account: {
      TRY(stored_, decode_account(row.value));
      record_ = *stored_;
      return {};
    }
    case RowKind::mailbox: {
      TRY(MailboxKey key, MailboxKey::decode(row.key));
      TRY(Mailbox record, decode_mailbox(key.mailbox, row.value));
      boxes_[key.mailbox].stored = std::move(record);
      return {};
    }
    case RowKind::name: {
      TRY(NameKey key, NameKey::decode(row.key));
      TRY(names_[key.name], decode_name(row.value));
      return {};
    }
    case RowKind::states: {
      TRY(StatesKey key, StatesKey::decode(row.key));
      TRY(std::vector<MessageState> states, decode_states(key.chunk, row.value));
      for (MessageState& state : states) boxes_[key.mailbox].states[state.uid] = std::move(state);
      return {};
    }
    case RowKind::card: {
      TRY(CardKey key, CardKey::decode(row.key));
      TRY(Card card, decode_card(row.value));
      card.summary.clear();
      boxes_[key.mailbox].cards[key.uid] = std::move(card);
      return {};
    }
    case RowKind::log:
      return take_log(row);
    case RowKind::trash: {
      TRY(TrashKey key, TrashKey::decode(row.key));
      trash_.insert(key.mailbox);
      return {};
    }
    case RowKind::thread:
      TRY_VOID(ThreadKey::decode(row.key));
      TRY_VOID(decode_thread(row.value));
      return {};
    case RowKind::uids: {
      TRY(UidsKey key, UidsKey::decode(row.key));
      TRY(boxes_[key.mailbox].listed[key.block], decode_uids(row.value));
      return {};
    }
  }
  return {};  // of a kind that this program does not know: not ours to judge
}

Result<> AccountRepair::take_log(kv::Row const& row) {
  TRY(LogKey key, LogKey::decode(row.key));
  Box& box = boxes_[key.mailbox];
  box.log_damaged = true;  // until it is read
  TRY(LogEntry entry, decode_log_entry(row.value));
  box.last_entry = key.modseq;
  for (UidRange const& range : entry.uids) {
    if (box.stored && range.last >= box.stored->uid_next) return {};  // nothing to believe
    box.last_logged = std::max(box.last_logged, range.last);
    for (std::uint64_t uid = range.first.value(); uid <= range.last.value(); ++uid) {
      Uid const each(static_cast<std::uint32_t>(uid));
      if (entry.kind == LogKind::expunged) {
        box.expunged.insert(each);
      } else {
        box.logged[each] = key.modseq;
      }
    }
  }
  box.log_damaged = false;
  return {};
}

// It is of no use any more, and what it said is made anew from the others. A damaged entry of the change log stays
// marked, so that the log goes as a whole.
Result<> AccountRepair::take_unreadable(kv::Row const& row) {
  did(fmt::format("row {} could not be read and is removed", to_hex(row.key)));
  changes_.erase(kv::Table::mail, row.key);
  return {};
}

// ---- what has been lost

void AccountRepair::make_records() {
  auto const is_named = [&](MailboxId id) {
    return std::ranges::any_of(names_, [&](auto const& name) { return name.second.mailbox == id; });
  };
  std::erase_if(boxes_, [&](auto const& entry) {
    auto const& [id, box] = entry;
    bool const leftover = !box.stored && box.states.empty() && box.cards.empty() && !is_named(id);
    if (leftover) erase_leftovers(id);
    return leftover;
  });
  for (auto& [id, box] : boxes_) {
    if (!box.stored) {
      box.record = make_record(id, box);
      did(box, "its record was lost and is made anew");
      box.log_damaged = true;
    } else {
      box.record = *box.stored;
    }
  }
}

void AccountRepair::erase_leftovers(MailboxId id) {
  changes_.erase_range(kv::Table::mail, uids_range(account_, id));
  changes_.erase_range(kv::Table::mail, log_range(account_, id, ModSeq(0), ModSeq(~std::uint64_t{0})));
  did(fmt::format("mailbox {}: what was left of it is removed", id.value()));
}

Mailbox AccountRepair::make_record(MailboxId id, Box const& box) {
  Mailbox record;
  record.id = id;
  record.object_id = ids_.next();
  record.subscribed = true;
  std::size_t keywords = 0;
  for (auto const& [uid, state] : box.states) {
    if (!state.keywords.empty()) keywords = std::max<std::size_t>(keywords, state.keywords.back().value() + 1U);
  }
  for (std::size_t i = 0; i < keywords; ++i) record.keywords.push_back(fmt::format("lost-keyword-{}", i + 1));
  for (auto const& [name, target] : names_) {
    Result<MailboxName> parsed = MailboxName::parse(name);
    if (target.mailbox != id || !parsed) continue;
    record.name = *parsed;
    record.uid_validity = target.uid_validity;
    return record;
  }
  record.name = *MailboxName::parse(fmt::format("Recovered {}", id.value()));
  return record;
}

// A lost card names its body no more, but the body's references name the message.
Result<> AccountRepair::find_lost_cards() {
  std::set<std::pair<MailboxId, Uid>> lost;
  for (auto const& [id, box] : boxes_) {
    for (auto const& [uid, state] : box.states) {
      if (!box.cards.contains(uid)) lost.emplace(id, uid);
    }
  }
  if (lost.empty()) return {};
  auto look = [&](kv::Row const& row) -> Result<bool> {
    Result<BodyRefKey> ref = BodyRefKey::decode(row.key);
    if (!ref || ref->account != account_ || !lost.contains({ref->mailbox, ref->uid})) return true;
    Result<> made = make_card(ref->mailbox, ref->uid, ref->body);
    if (!made && made.error().code == Errc::temporary) return std::unexpected(std::move(made).error());
    return true;  // a body that cannot be read is named by the next verification
  };
  return for_each_row(changes_, kv::Table::body_ref, kv::body_refs_range(), kv::Limit{}, look);
}

Result<> AccountRepair::make_card(MailboxId mailbox, Uid uid, kv::BodyId body) {
  mime::MessageParser parser;
  Card card{{}, {body, 0}, {}};
  for (;;) {
    TRY(std::string bytes, bodies_.read(body, card.body.size, kPiece));
    parser.feed(bytes);
    card.body.size += bytes.size();
    if (bytes.size() < kPiece) break;
  }
  card.summary = mime::encode(std::move(parser).finish());
  changes_.put(kv::Table::mail, CardKey{account_, mailbox, uid}.encode(), encode_card(card));
  Box& box = boxes_[mailbox];
  did(box, fmt::format("UID {}: its card was lost and is made anew from the body; Return-Path and Received are lost",
                       uid.value()));
  card.summary.clear();
  box.cards[uid] = std::move(card);
  return {};
}

// ---- messages

ModSeq AccountRepair::fresh_modseq() {
  if (!fresh_) {
    ModSeq highest = record_.highest_modseq;
    for (auto const& [id, box] : boxes_) {
      highest = std::max({highest, box.record.highest_modseq, box.last_entry});
      for (auto const& [uid, state] : box.states) highest = std::max(highest, state.modseq);
    }
    fresh_ = highest.next();
  }
  return *fresh_;
}

Result<> AccountRepair::mend_messages(MailboxId id, Box& box) {
  std::vector<Uid> lone;
  for (auto const& [uid, card] : box.cards) {
    if (!box.states.contains(uid)) lone.push_back(uid);
  }
  for (Uid uid : lone) TRY_VOID(mend_lone_card(id, box, uid, box.cards.at(uid)));
  for (auto& [uid, state] : box.states) mend_state(box, state);
  for (auto const& [uid, card] : box.cards) TRY_VOID(mend_reference(id, uid, card));
  put_states(id, box);
  return {};
}

Result<> AccountRepair::mend_lone_card(MailboxId id, Box& box, Uid uid, Card const& card) {
  if (box.expunged.contains(uid)) {
    did(box, fmt::format("UID {}: was expunged, its card is removed", uid.value()));
    changes_.erase(kv::Table::mail, CardKey{account_, id, uid}.encode());
    changes_.erase_blind(kv::Table::body_ref, BodyRefKey{card.body.id, account_, id, uid}.encode());
    kv::list_unused(changes_, ids_, std::span(&card.body.id, 1));
    box.cards.erase(uid);
    return {};
  }
  MessageState state;
  state.uid = uid;
  state.size = size_of(card);
  state.internal_date = now_;
  state.save_date = now_;
  state.id = ids_.next();
  box.states[uid] = std::move(state);
  did(box, fmt::format("UID {}: its flags and dates were lost; it is unseen and dated today", uid.value()));
  return {};
}

void AccountRepair::mend_state(Box& box, MessageState& state) {
  auto touch = [&](std::string_view what) {
    state.modseq = fresh_modseq();
    if (box.touched.insert(state.uid).second && !what.empty()) {
      did(box, fmt::format("UID {}: {}", state.uid.value(), what));
    }
  };
  auto card = box.cards.find(state.uid);
  if (card != box.cards.end() && state.size != size_of(card->second)) {
    state.size = size_of(card->second);
    touch("its size is corrected");
  }
  auto const unknown = [&](KeywordId id) { return id.value() >= box.record.keywords.size(); };
  if (std::erase_if(state.keywords, unknown) > 0) touch("a keyword that had no name is taken away");
  if (state.modseq == ModSeq(0)) touch("");
}

Result<> AccountRepair::mend_reference(MailboxId id, Uid uid, Card const& card) {
  std::string key = BodyRefKey{card.body.id, account_, id, uid}.encode();
  TRY(std::optional<std::string> row, changes_.get(kv::Table::body_ref, key));
  if (row) return {};
  did(boxes_[id], fmt::format("UID {}: the reference to its body is put back", uid.value()));
  changes_.put_blind(kv::Table::body_ref, std::move(key), {});
  return {};
}

void AccountRepair::put_states(MailboxId id, Box const& box) {
  std::set<std::uint32_t> chunks;
  for (Uid uid : box.touched) chunks.insert(states_chunk(uid));
  for (std::uint32_t chunk : chunks) {
    std::vector<MessageState> states;
    auto at = box.states.lower_bound(Uid(chunk * kStatesPerRow));
    for (; at != box.states.end() && states_chunk(at->first) == chunk; ++at) states.push_back(at->second);
    changes_.put(kv::Table::mail, StatesKey{account_, id, chunk}.encode(), encode_states(states));
  }
}

// ---- numbers, change log, list of UIDs

void AccountRepair::mend_numbers(Box& box) {
  Mailbox& record = box.record;
  record.exists = static_cast<std::uint32_t>(box.states.size());
  record.unseen = record.deleted = 0;
  record.size = 0;
  record.highest_modseq = std::max(record.highest_modseq, box.last_entry);
  Uid highest = box.last_logged;
  for (auto const& [uid, state] : box.states) {
    record.unseen += state.flags.has(SystemFlag::seen) ? 0 : 1;
    record.deleted += state.flags.has(SystemFlag::deleted) ? 1 : 0;
    record.size += state.size;
    record.highest_modseq = std::max(record.highest_modseq, state.modseq);
    highest = std::max(highest, uid);
  }
  if (record.uid_next <= highest) record.uid_next = highest.next();
}

bool AccountRepair::log_agrees(Box const& box) const {
  Mailbox const& record = box.record;
  if (box.log_damaged || !box.touched.empty() || record.log_floor > record.highest_modseq) return false;
  std::uint64_t expunged = box.expunged.size();
  for (auto const& [uid, state] : box.states) {
    if (box.expunged.contains(uid)) return false;
    auto logged = box.logged.find(uid);
    ModSeq const last = logged == box.logged.end() ? ModSeq(0) : logged->second;
    if (state.modseq > record.log_floor && last != state.modseq) return false;
  }
  return record.log_floor != ModSeq(0) || box.states.size() + expunged == std::uint64_t{record.uid_next.value()} - 1;
}

// Clients that know an earlier state are then told to compare all of it (ChangesSince::complete).
void AccountRepair::mend_log(Box& box) {
  if (log_agrees(box)) return;
  Mailbox& record = box.record;
  record.highest_modseq = fresh_modseq();
  record.log_floor = record.highest_modseq;
  changes_.erase_range(kv::Table::mail, log_range(account_, record.id, ModSeq(0), ModSeq(~std::uint64_t{0})));
  did(box, "its change log is dropped; clients compare anew");
}

void AccountRepair::mend_list(MailboxId id, Box const& box) {
  std::map<std::uint32_t, UidBits> right;
  for (auto const& [uid, state] : box.states) right[uids_block(uid)].set(uid.value() % kUidsPerRow);
  if (right == box.listed) return;
  changes_.erase_range(kv::Table::mail, uids_range(account_, id));
  for (auto const& [block, bits] : right) {
    changes_.put(kv::Table::mail, UidsKey{account_, id, block}.encode(), encode_uids(bits));
  }
  did(box, "its list of UIDs is made anew");
}

// ---- names and the account

void AccountRepair::mend_names() {
  std::set<UidValidity> validities;
  std::set<UniqueId> object_ids;
  for (auto& [id, box] : boxes_) {
    record_.uid_validity_floor = std::max(record_.uid_validity_floor, box.record.uid_validity);
  }
  for (auto& [id, box] : boxes_) {
    if (box.record.uid_validity == UidValidity(0) || !validities.insert(box.record.uid_validity).second) {
      record_.uid_validity_floor = record_.uid_validity_floor.next();
      box.record.uid_validity = record_.uid_validity_floor;
      validities.insert(box.record.uid_validity);
      did(box, "it has a new UIDVALIDITY; clients load it anew");
    }
    if (!object_ids.insert(box.record.object_id).second) box.record.object_id = ids_.next();
  }
  std::map<std::string, NameRecord> const before = std::exchange(names_, {});
  for (auto const& [name, target] : before) names_[name] = {MailboxId(0), target.uid_validity};
  for (auto& [id, box] : boxes_) give_name(box);
  for (auto const& [name, target] : names_) {
    auto old = before.find(name);
    if (old != before.end() && old->second == target) continue;
    did(fmt::format("name {} is corrected", quoted(name)));
    changes_.put(kv::Table::mail, NameKey{account_, name}.encode(), encode_name(target));
  }
}

// Two mailboxes of one name: the later one gets another.
void AccountRepair::give_name(Box& box) {
  std::string const wanted = box.record.name.text();
  for (int n = 2; names_.contains(box.record.name.text()) && names_[box.record.name.text()].live(); ++n) {
    box.record.name = *MailboxName::parse(fmt::format("Recovered {} ({})", box.record.id.value(), n));
  }
  if (box.record.name.text() != wanted) did(box, fmt::format("was a second {}", quoted(wanted)));
  names_[box.record.name.text()] = {box.record.id, box.record.uid_validity};
}

Result<> AccountRepair::mend_account() {
  record_.mailboxes = static_cast<std::uint32_t>(boxes_.size());
  record_.usage = {};
  for (auto const& [id, box] : boxes_) {
    if (record_.next_mailbox <= id) record_.next_mailbox = id.next();
    record_.highest_modseq = std::max(record_.highest_modseq, box.record.highest_modseq);
    record_.usage.messages += box.record.exists;
    record_.usage.bytes += box.record.size;
  }
  record_.past_names =
      static_cast<std::uint32_t>(std::ranges::count_if(names_, [](auto const& name) { return !name.second.live(); }));
  if (stored_ == record_) return {};
  did("its record is corrected");
  changes_.put(kv::Table::mail, AccountKey{account_}.encode(), encode_account(record_));
  return {};
}

Result<> AccountRepair::make_missing_mailboxes() {
  auto is_there = [&](std::string const& name) { return names_.contains(name) && names_[name].live(); };
  std::vector<MailboxName> missing;
  if (!is_there("INBOX")) missing.push_back(MailboxName::inbox());
  for (auto const& [id, box] : boxes_) {
    std::optional<MailboxName> above = box.record.name.parent();
    if (above && !is_there(above->text())) missing.push_back(*above);
  }
  if (missing.empty()) return {};
  TRY(MailboxTree tree, MailboxTree::open(changes_, account_, ids_, now_));
  for (MailboxName const& name : missing) {
    Result<Mailbox> made = tree.create(name, SpecialUse::none, true);
    if (!made && made.error().code != Errc::conflict) return std::unexpected(std::move(made).error());
    if (made) did(fmt::format("mailbox {} is made", quoted(name.text())));
  }
  tree.finish();
  return {};
}

}  // namespace yubin::store
