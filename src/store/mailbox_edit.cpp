#include "store/mailbox_edit.h"

#include <algorithm>

#include "base/assert.h"
#include "base/text.h"
#include "store/keys.h"
#include "store/rows.h"

namespace yubin::store {

namespace {

constexpr Uid kLastUid{0xffffffff};
constexpr std::size_t kMaxKeywords = 256;       // of one mailbox; each change of a mailbox writes all of them
constexpr std::size_t kMaxKeywordLength = 128;  // bytes
constexpr std::size_t kMaxLogRanges = 16'384;   // at most 10 bytes each, so an entry stays below kv::kMaxValue

// RFC 9051 section 9: flag-keyword = atom. What an atom is, is the session's to check; here only that it is one word.
Result<> check_keyword(std::string_view keyword) {
  if (keyword.empty()) return fail(Errc::syntax, "empty keyword");
  if (keyword.size() > kMaxKeywordLength) return fail(Errc::limit, "keyword is too long");
  for (char c : keyword) {
    if (c <= 0x20 || c >= 0x7f) return fail(Errc::syntax, "keyword holds a character that is not allowed");
  }
  return {};
}

}  // namespace

Result<MailboxEdit> MailboxEdit::open(kv::Changes& changes, AccountId account, MailboxId mailbox, LogKind kind,
                                      std::int64_t now) {
  TRY(std::optional<AccountRecord> record, find_account_row(changes, account));
  if (!record) return fail(Errc::not_found, "no such account");
  TRY(Mailbox found, get_mailbox_row(changes, account, mailbox));
  return MailboxEdit(changes, account, *record, std::move(found), LogEntry{kind, {}, now});
}

MailboxEdit::MailboxEdit(kv::Changes& changes, AccountId account, AccountRecord record, Mailbox mailbox, LogEntry entry)
    : changes_(changes),
      account_(account),
      record_(record),
      mailbox_(std::move(mailbox)),
      modseq_(record_.highest_modseq.next()),
      entry_(std::move(entry)) {}

Result<KeywordId> MailboxEdit::keyword_id(std::string const& keyword) {
  auto same = [&](std::string const& known) { return iequals(known, keyword); };
  auto found = std::ranges::find_if(mailbox_.keywords, same);
  if (found == mailbox_.keywords.end()) {
    TRY_VOID(check_keyword(keyword));
    if (mailbox_.keywords.size() >= kMaxKeywords) return fail(Errc::limit, "too many keywords in the mailbox");
    found = mailbox_.keywords.insert(found, keyword);
  }
  return KeywordId(static_cast<std::uint16_t>(found - mailbox_.keywords.begin()));
}

Result<std::vector<KeywordId>> MailboxEdit::keyword_ids(std::span<std::string const> keywords) {
  std::vector<KeywordId> ids;
  for (std::string const& keyword : keywords) {
    TRY(KeywordId id, keyword_id(keyword));
    ids.push_back(id);
  }
  std::ranges::sort(ids);
  auto const doubled = std::ranges::unique(ids);
  ids.erase(doubled.begin(), doubled.end());
  return ids;
}

Result<Uid> MailboxEdit::add(MessageState state) {
  if (mailbox_.uid_next == kLastUid) return fail(Errc::limit, "no UID left in the mailbox");
  state.uid = mailbox_.uid_next;
  TRY_VOID(load_tail(states_chunk(state.uid)));
  TRY_VOID(mark(state.uid, true));
  mailbox_.uid_next = mailbox_.uid_next.next();
  state.modseq = log(state.uid);
  count(state.flags, state.size);
  tail_.push_back(std::move(state));
  return tail_.back().uid;
}

Result<> MailboxEdit::load_tail(std::uint32_t chunk) {
  if (tail_chunk_ == chunk) return {};
  put_tail();
  StatesKey const key{account_, mailbox_.id, chunk};
  TRY(std::optional<std::string> value, changes_.get(kv::Table::mail, key.encode()));
  if (value) {
    TRY(tail_, decode_states(chunk, *value));
  }
  tail_chunk_ = chunk;
  return {};
}

void MailboxEdit::put_tail() {
  if (tail_chunk_) put_states(*tail_chunk_, tail_);
  tail_chunk_.reset();
  tail_.clear();
}

Result<> MailboxEdit::visit(std::span<UidRange const> uids, Decide const& decide,
                            std::function<void(MessageState const&)> const& after) {
  std::vector<UidRange> const wanted = normalized(uids);
  RisingMembership membership(wanted);
  auto visit_row = [&](std::vector<MessageState>&& states) -> Result<bool> {
    std::uint32_t const chunk = states_chunk(states.front().uid);
    bool changed = false;
    auto kept = states.begin();
    for (MessageState& state : states) {
      bool const visited = membership.contains(state.uid);
      Verdict const verdict = visited ? change(state, decide) : Verdict::keep;
      changed |= verdict != Verdict::keep;
      if (verdict == Verdict::remove) {
        TRY_VOID(mark(state.uid, false));
        continue;
      }
      if (visited && after) after(state);
      if (&state != &*kept) *kept = std::move(state);
      ++kept;
    }
    states.erase(kept, states.end());
    if (changed) put_states(chunk, states);
    return true;
  };
  return for_each_states_row(changes_, account_, mailbox_.id, wanted, visit_row);
}

MailboxEdit::Verdict MailboxEdit::change(MessageState& state, Decide const& decide) {
  SystemFlags const before = state.flags;
  Verdict const verdict = decide(state);
  if (verdict == Verdict::keep) return verdict;
  uncount(before, state.size);
  if (verdict == Verdict::changed) count(state.flags, state.size);
  state.modseq = log(state.uid);
  return verdict;
}

void MailboxEdit::put_states(std::uint32_t chunk, std::vector<MessageState> const& states) {
  StatesKey const key{account_, mailbox_.id, chunk};
  if (states.empty()) {
    changes_.erase(kv::Table::mail, key.encode());
  } else {
    changes_.put(kv::Table::mail, key.encode(), encode_states(states));
  }
}

Result<> MailboxEdit::mark(Uid uid, bool present) {
  std::uint32_t const block = uids_block(uid);
  if (block_ != block) {
    put_block();
    TRY(std::optional<std::string> value,
        changes_.get(kv::Table::mail, UidsKey{account_, mailbox_.id, block}.encode()));
    block_uids_.reset();
    if (value) {
      TRY(block_uids_, decode_uids(*value));
    }
    block_ = block;
  }
  block_uids_.set(uid.value() % kUidsPerRow, present);
  return {};
}

void MailboxEdit::put_block() {
  if (!block_) return;
  UidsKey const key{account_, mailbox_.id, *block_};
  if (block_uids_.none()) {
    changes_.erase(kv::Table::mail, key.encode());
  } else {
    changes_.put(kv::Table::mail, key.encode(), encode_uids(block_uids_));
  }
  block_.reset();
}

void MailboxEdit::count(SystemFlags flags, std::uint64_t size) {
  ++mailbox_.exists;
  if (!flags.has(SystemFlag::seen)) ++mailbox_.unseen;
  if (flags.has(SystemFlag::deleted)) ++mailbox_.deleted;
  mailbox_.size += size;
  ++record_.usage.messages;
  record_.usage.bytes += size;
}

void MailboxEdit::uncount(SystemFlags flags, std::uint64_t size) {
  --mailbox_.exists;
  if (!flags.has(SystemFlag::seen)) --mailbox_.unseen;
  if (flags.has(SystemFlag::deleted)) --mailbox_.deleted;
  mailbox_.size -= size;
  --record_.usage.messages;
  record_.usage.bytes -= size;
}

// Takes the message into the entry of this mod-sequence, or of the next one if the entry is full.
ModSeq MailboxEdit::log(Uid uid) {
  if (entry_.uids.size() >= kMaxLogRanges && entry_.uids.back().last.next() != uid) {
    put_log_entry();
    modseq_ = modseq_.next();
  }
  append_uid(entry_.uids, uid);
  return modseq_;
}

void MailboxEdit::put_log_entry() {
  changes_.put(kv::Table::mail, LogKey{account_, mailbox_.id, modseq_}.encode(), encode_log_entry(entry_));
  entry_.uids.clear();
}

Result<bool> MailboxEdit::finish() {
  if (entry_.uids.empty()) return false;
  put_tail();
  put_block();
  put_log_entry();
  mailbox_.highest_modseq = modseq_;
  record_.highest_modseq = modseq_;
  changes_.put(kv::Table::mail, MailboxKey{account_, mailbox_.id}.encode(), encode_mailbox(mailbox_));
  changes_.put(kv::Table::mail, AccountKey{account_}.encode(), encode_account(record_));
  return true;
}

}  // namespace yubin::store
