// Changes to messages.
#include "store/changes.h"

#include <algorithm>

#include "base/text.h"
#include "kv/body_refs.h"
#include "store/keys.h"
#include "store/mailbox_edit.h"
#include "store/rows.h"
#include "store/store.h"
#include "store/subscribers.h"
#include "store/threads.h"

namespace yubin::store {

namespace {

using Verdict = MailboxEdit::Verdict;

// What FlagChange means for one message.
class FlagChanger {
 public:
  FlagChanger(FlagChange const& change, std::vector<KeywordId> keywords)
      : change_(change), keywords_(std::move(keywords)) {}

  Verdict apply(MessageState& state) const {
    SystemFlags const flags = flags_after(state.flags);
    bool changed = flags != state.flags;
    state.flags = flags;
    if (change_.action == FlagAction::replace || !keywords_.empty()) {
      std::vector<KeywordId> keywords = keywords_after(state.keywords);
      changed |= keywords != state.keywords;
      state.keywords = std::move(keywords);
    }
    return changed ? Verdict::changed : Verdict::keep;
  }

 private:
  SystemFlags flags_after(SystemFlags before) const {
    switch (change_.action) {
      case FlagAction::add:
        return before.with(change_.flags);
      case FlagAction::remove:
        return before.without(change_.flags);
      case FlagAction::replace:
        return change_.flags;
    }
    return before;
  }

  std::vector<KeywordId> keywords_after(std::vector<KeywordId> const& before) const {
    if (change_.action == FlagAction::replace) return keywords_;
    std::vector<KeywordId> after;
    if (change_.action == FlagAction::add) {
      std::ranges::set_union(before, keywords_, std::back_inserter(after));
    } else {
      std::ranges::set_difference(before, keywords_, std::back_inserter(after));
    }
    return after;
  }

  FlagChange const& change_;
  std::vector<KeywordId> keywords_;  // ascending
};

// Those that the mailbox knows: taking away an unknown keyword does not make it known.
std::vector<std::string> known_keywords(Mailbox const& mailbox, std::vector<std::string> const& keywords) {
  std::vector<std::string> known;
  for (std::string const& keyword : keywords) {
    auto same = [&](std::string const& other) { return iequals(other, keyword); };
    if (std::ranges::any_of(mailbox.keywords, same)) known.push_back(keyword);
  }
  return known;
}

Result<std::vector<std::string>> keyword_names(Mailbox const& mailbox, std::vector<KeywordId> const& ids) {
  std::vector<std::string> names;
  for (KeywordId id : ids) {
    if (id.value() >= mailbox.keywords.size())
      return fail(Errc::corrupt, "message has a keyword that its mailbox lacks");
    names.push_back(mailbox.keywords[id.value()]);
  }
  return names;
}

}  // namespace

Changes::Changes(Store& store, kv::Changes& changes) : store_(store), changes_(changes) {}
Changes::~Changes() = default;

std::int64_t Changes::now() const {
  return std::chrono::floor<std::chrono::seconds>(store_.services_.clock.now()).time_since_epoch().count();
}

void Changes::changed(AccountId account) {
  if (std::ranges::find(changed_, account) != changed_.end()) return;
  changed_.push_back(account);
  changes_.after_commit([subscribers = store_.subscribers_, account] { subscribers->wake(account); });
}

Result<> Changes::check_quota(AccountId account, Usage const& used, Usage const& more, QuotaRule rule) const {
  if (rule == QuotaRule::accepted) return {};
  TRY(Quota quota, store_.quota(account));
  std::uint64_t const grace = rule == QuotaRule::delivery && used.bytes < quota.bytes ? kQuotaGrace : 0;
  bool const too_many = quota.messages != 0 && used.messages + more.messages > quota.messages;
  bool const too_large = quota.bytes != 0 && used.bytes + more.bytes > quota.bytes + grace;
  if (!too_many && !too_large) return {};
  return fail(Errc::denied, "over the account's quota");
}

Result<Appended> Changes::append(AccountId account, MailboxId mailbox, NewMessage const& message) {
  if (message.prefix.size() > kMaxPrefix) return fail(Errc::limit, "prefix is too long");
  TRY(MailboxEdit edit, MailboxEdit::open(changes_, account, mailbox, LogKind::added, now()));
  MessageState state;
  state.flags = message.flags;
  TRY(state.keywords, edit.keyword_ids(message.keywords));
  state.size = message.prefix.size() + message.body.ref.size;
  TRY_VOID(check_quota(account, edit.usage(), {1, state.size}, message.quota));
  state.internal_date = message.internal_date;
  state.internal_zone = message.internal_zone;
  state.save_date = now();
  state.id = store_.services_.ids.next();
  TRY_VOID(join_thread(changes_, account, message.summary, now(), state));
  Appended appended{edit.mailbox().uid_validity, Uid(0), state.id};
  TRY(appended.uid, edit.add(std::move(state)));
  TRY_VOID(put_card(account, mailbox, appended.uid, {message.prefix, message.body.ref, message.summary}));
  place_body(message.body);
  TRY_VOID(edit.finish());
  changed(account);
  return appended;
}

Result<> Changes::put_card(AccountId account, MailboxId mailbox, Uid uid, Card const& card) {
  std::string value = encode_card(card);
  if (value.size() > kv::kMaxValue) return fail(Errc::limit, "summary is too long");
  changes_.put(kv::Table::mail, CardKey{account, mailbox, uid}.encode(), std::move(value));
  changes_.put_blind(kv::Table::body_ref, BodyRefKey{card.body.id, account, mailbox, uid}.encode(), {});
  return {};
}

void Changes::place_body(kv::SealedBody const& body) {
  if (body.place.empty() || std::ranges::find(placed_, body.ref.id) != placed_.end()) return;
  placed_.push_back(body.ref.id);
  changes_.put_blind(kv::Table::body, body.ref.id.bytes(), body.place);
}

Result<> Changes::forget_threads(kv::Range const& range, std::uint32_t unused_since) {
  auto look = [&](kv::Row const& row) -> Result<bool> {
    Result<ThreadRecord> thread = decode_thread(row.value);
    if (thread && thread->used < unused_since) changes_.erase(kv::Table::mail, row.key);
    return true;
  };
  return for_each_row(changes_, kv::Table::mail, range, kv::Limit{}, look);
}

Result<FlagsStored> Changes::store_flags(AccountId account, MailboxId mailbox, std::span<UidRange const> uids,
                                         FlagChange const& change) {
  TRY(MailboxEdit edit, MailboxEdit::open(changes_, account, mailbox, LogKind::flags, now()));
  bool const removes = change.action == FlagAction::remove;
  TRY(std::vector<KeywordId> keywords,
      edit.keyword_ids(removes ? known_keywords(edit.mailbox(), change.keywords) : change.keywords));
  FlagChanger const changer(change, std::move(keywords));
  FlagsStored stored;
  stored.states.reserve(std::min<std::uint64_t>(count_uids(normalized(uids)), edit.mailbox().exists));
  auto decide = [&](MessageState& state) {
    // RFC 7162 section 3.1.3: compared with what the message has before this command.
    if (change.unchanged_since && state.modseq > *change.unchanged_since) {
      stored.modified.push_back(state.uid);
      return Verdict::keep;
    }
    return changer.apply(state);
  };
  auto note = [&](MessageState const& state) { stored.states.push_back(state); };
  TRY_VOID(edit.visit(uids, decide, note));
  TRY(bool any, edit.finish());
  if (any) changed(account);
  return stored;
}

Result<std::vector<Uid>> Changes::expunge(AccountId account, MailboxId mailbox, std::span<UidRange const> uids,
                                          bool only_deleted) {
  return remove_messages(account, mailbox, uids, only_deleted, Bodies::may_be_unused);
}

Result<std::vector<Uid>> Changes::remove_messages(AccountId account, MailboxId mailbox, std::span<UidRange const> uids,
                                                  bool only_deleted, Bodies bodies) {
  TRY(MailboxEdit edit, MailboxEdit::open(changes_, account, mailbox, LogKind::expunged, now()));
  std::vector<Uid> expunged;
  if (only_deleted && edit.mailbox().deleted == 0) return expunged;
  auto decide = [&](MessageState& state) {
    if (only_deleted && !state.flags.has(SystemFlag::deleted)) return Verdict::keep;
    expunged.push_back(state.uid);
    return Verdict::remove;
  };
  TRY_VOID(edit.visit(uids, decide));
  TRY_VOID(erase_cards(account, mailbox, expunged, bodies));
  TRY(bool any, edit.finish());
  if (any) changed(account);
  return expunged;
}

Result<> Changes::erase_cards(AccountId account, MailboxId mailbox, std::vector<Uid> const& uids, Bodies bodies) {
  std::vector<UidRange> ranges;
  for (Uid uid : uids) append_uid(ranges, uid);
  std::vector<kv::BodyId> erased;
  auto erase = [&](Uid uid, Card const& card) -> Result<> {
    changes_.erase(kv::Table::mail, CardKey{account, mailbox, uid}.encode());
    changes_.erase_blind(kv::Table::body_ref, BodyRefKey{card.body.id, account, mailbox, uid}.encode());
    erased.push_back(card.body.id);
    return {};
  };
  TRY_VOID(for_each_card(changes_, account, mailbox, ranges, erase));
  if (erased.size() != uids.size()) return fail(Errc::corrupt, "message without a card");
  if (bodies == Bodies::may_be_unused) kv::list_unused(changes_, store_.services_.ids, erased);
  return {};
}

// False: there was no more than `limit`.
Result<bool> Changes::erase_contents(AccountId account, kv::Range const& cards, std::size_t limit) {
  std::vector<kv::BodyId> erased;
  bool more = false;
  auto erase = [&](kv::Row const& row) -> Result<bool> {
    more = erased.size() == limit;
    if (more) return false;
    TRY(CardKey key, CardKey::decode(row.key));
    TRY(Card card, decode_card(row.value));
    changes_.erase(kv::Table::mail, row.key);
    changes_.erase_blind(kv::Table::body_ref, BodyRefKey{card.body.id, account, key.mailbox, key.uid}.encode());
    erased.push_back(card.body.id);
    return true;
  };
  TRY_VOID(for_each_row(changes_, kv::Table::mail, cards, kv::Limit{.rows = limit + 1}, erase));
  kv::list_unused(changes_, store_.services_.ids, erased);
  return more;
}

Result<Copied> Changes::copy(AccountId from_account, MailboxId from, std::span<UidRange const> uids,
                             AccountId to_account, MailboxId to) {
  return copy_messages(from_account, from, uids, to_account, to, true);
}

Result<Copied> Changes::copy_messages(AccountId from_account, MailboxId from, std::span<UidRange const> uids,
                                      AccountId to_account, MailboxId to, bool adds_to_usage) {
  TRY(Mailbox source, get_mailbox(from_account, from));
  std::vector<MessageState> states;
  std::vector<UidRange> existing;
  Usage more;
  auto note = [&](MessageState&& state) -> Result<bool> {
    ++more.messages;
    more.bytes += state.size;
    append_uid(existing, state.uid);
    states.push_back(std::move(state));
    return true;
  };
  TRY_VOID(for_each_state(changes_, from_account, from, normalized(uids), note));

  TRY(MailboxEdit edit, MailboxEdit::open(changes_, to_account, to, LogKind::added, now()));
  if (adds_to_usage) TRY_VOID(check_quota(to_account, edit.usage(), more, QuotaRule::strict));
  Copied copied{edit.mailbox().uid_validity, {}};
  auto copy_one = [&](Uid from_uid, Card const& card) -> Result<> {
    std::size_t const at = copied.uids.size();
    if (at == states.size() || states[at].uid != from_uid) return fail(Errc::corrupt, "card without a message");
    MessageState& state = states[at];
    TRY(std::vector<std::string> keywords, keyword_names(source, state.keywords));
    TRY(state.keywords, edit.keyword_ids(keywords));
    state.save_date = now();  // RFC 8514 section 3; RFC 8474 section 5.1: the EMAILID stays
    if (to_account != from_account) TRY_VOID(join_thread(changes_, to_account, card.summary, now(), state));
    TRY(Uid to_uid, edit.add(std::move(state)));
    TRY_VOID(put_card(to_account, to, to_uid, card));
    copied.uids.emplace_back(from_uid, to_uid);
    return {};
  };
  TRY_VOID(for_each_card(changes_, from_account, from, existing, copy_one));
  if (copied.uids.size() != states.size()) return fail(Errc::corrupt, "message without a card");
  TRY(bool any, edit.finish());
  if (any) changed(to_account);
  return copied;
}

Result<Copied> Changes::move(AccountId from_account, MailboxId from, std::span<UidRange const> uids,
                             AccountId to_account, MailboxId to) {
  bool const adds_to_usage = from_account != to_account;
  TRY(Copied copied, copy_messages(from_account, from, uids, to_account, to, adds_to_usage));
  std::vector<UidRange> moved;
  for (auto const& [from_uid, to_uid] : copied.uids) append_uid(moved, from_uid);
  TRY_VOID(remove_messages(from_account, from, moved, false, Bodies::in_use));
  return copied;
}

}  // namespace yubin::store
