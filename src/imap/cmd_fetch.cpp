// FETCH and UID FETCH (RFC 9051 section 6.4.5). What a message is comes from the store in pages, its bytes in slices;
// nothing is parsed again.
#include <algorithm>

#include "base/format.h"
#include "imap/binary.h"
#include "imap/commands.h"
#include "imap/fetch_grammar.h"
#include "imap/message_set.h"
#include "imap/modseq.h"
#include "imap/preview.h"
#include "imap/search_result.h"
#include "imap/section.h"
#include "imap/structure_response.h"
#include "imap/tell.h"

namespace yubin::imap {

using store::Card;
using store::MessageState;
using store::Uid;

namespace {

constexpr std::uint32_t kStatesPage = 1024;  // messages read from the store at a time,
constexpr std::uint32_t kCardsPage = 64;     // cards being larger,
constexpr std::uint32_t kBytesPage = 16;  // and larger still with small bodies: what a client that does not read holds
constexpr std::size_t kMinRead = 8 * 1024;

struct Fetch {
  FetchItems items;
  Numbers numbers;
  std::vector<Uid> marked;                          // got \Seen by this command, ascending: their flags are told
  std::optional<Reply> failed;                      // something of a message could not be read
  bool some_are_gone = false;                       // expunged, though the client was not told yet
  std::optional<store::ModSeq> changed_since = {};  // passes over the others
};

// What the store knows of some consecutive messages.
struct Page {
  std::vector<MessageState> states;
  std::vector<std::pair<Uid, Card>> cards;
  std::vector<std::optional<std::string>> bodies;  // of the cards, the small ones; empty if nobody wants bytes

  MessageState const* find_state(Uid uid) const {
    auto place = std::ranges::lower_bound(states, uid, {}, &MessageState::uid);
    return place != states.end() && place->uid == uid ? &*place : nullptr;
  }
  Card const* find_card(Uid uid) const {
    auto place = std::ranges::lower_bound(cards, uid, {}, &std::pair<Uid, Card>::first);
    return place != cards.end() && place->first == uid ? &place->second : nullptr;
  }
  // None: it is to be read from the store.
  std::string const* find_body(Uid uid) const {
    if (bodies.empty()) return nullptr;
    auto place = std::ranges::lower_bound(cards, uid, {}, &std::pair<Uid, Card>::first);
    auto const& body = bodies[static_cast<std::size_t>(place - cards.begin())];
    return body ? &*body : nullptr;
  }
};

// What the items of one message are made of.
struct Message {
  Card const& card;
  std::string const* body;  // none: it is read from the store
  mime::Summary summary;    // if it is needed
};

// Collects the messages that have no \Seen, in ranges.
class Unseen {
 public:
  void add(MessageState const& state) {
    bool unseen = !state.flags.has(store::SystemFlag::seen);
    if (unseen && runs_on_) {
      ranges_.back().last = state.uid;
    } else if (unseen) {
      ranges_.push_back({state.uid, state.uid});
    }
    runs_on_ = unseen;
  }
  void end_range() { runs_on_ = false; }  // what is added next does not follow what was added last
  UidRanges const& ranges() const { return ranges_; }

 private:
  UidRanges ranges_;
  bool runs_on_ = false;
};

Task<Result<UidRanges>> find_unseen(Context& context, std::vector<SeqRange> const& messages) {
  Unseen unseen;
  for (store::UidRange range : context.view->uid_ranges(messages)) {
    for (bool more = true; more;) {
      auto page = context.services.store.states(context.account(), context.view->mailbox(), range, kStatesPage);
      if (!page) co_return std::unexpected(page.error());
      for (MessageState const& state : *page) unseen.add(state);
      more = page->size() == kStatesPage && page->back().uid < range.last;
      if (more) range.first = page->back().uid.next();
      co_await context.pause();
    }
    unseen.end_range();
  }
  co_return unseen.ranges();
}

// RFC 9051 section 6.4.5: reading sets \Seen; one change for the whole command. If it cannot be set (a full disk), the
// client reads all the same.
Task<Done> mark_seen(Context& context, std::vector<SeqRange> const& messages, Fetch& fetch) {
  View& view = *context.view;
  Result<UidRanges> unseen = co_await find_unseen(context, messages);
  if (!unseen || unseen->empty()) co_return Done{};
  auto change = [account = context.account(), mailbox = view.mailbox(), uids = *unseen](store::Changes& changes) {
    return changes.store_flags(account, mailbox, uids, {store::FlagAction::add, store::SystemFlag::seen, {}, {}});
  };
  auto ticket = context.services.store.change<store::FlagsStored>({context.account()}, Lane::reading, change);
  Result<store::FlagsStored> stored = co_await committed(context, std::move(ticket));
  if (!stored) co_return Done{};
  for (MessageState const& state : stored->states) {
    view.mark_told(state.uid, state.modseq);
    fetch.marked.push_back(state.uid);
  }
  co_return Done{};
}

Result<Page> read_page(Context const& context, Fetch const& fetch, SeqNum first, SeqNum last) {
  View const& view = *context.view;
  store::UidRange range{view.uid(first), view.uid(last)};
  std::size_t count = last.value() - first.value() + 1;
  Page page;
  if (fetch.items.need_states() || !fetch.marked.empty()) {
    TRY(page.states, context.services.store.states(context.account(), view.mailbox(), range, count));
  }
  if (fetch.items.need_cards()) {
    TRY(page.cards, context.services.store.cards(context.account(), view.mailbox(), range, count));
  }
  if (fetch.items.need_bytes()) {
    // A damaged one fails all of them. Each is read by itself then, and only that one is told as such.
    if (auto bodies = context.services.store.small_bodies(page.cards)) page.bodies = *std::move(bodies);
  }
  return page;
}

// Adds `length` bytes from `offset` on.
Result<> put_bytes(Context& context, Message const& message, std::uint64_t offset, std::size_t length) {
  std::size_t const before = context.out.size();
  if (message.body == nullptr) {
    TRY(std::string bytes, context.services.store.read(message.card, offset, length));
    context.out += bytes;
  } else {
    std::string const& prefix = message.card.prefix;
    if (offset < prefix.size()) context.out.append(prefix, offset, length);
    std::size_t const rest = length - (context.out.size() - before);
    std::uint64_t const body_offset = std::max<std::uint64_t>(offset, prefix.size()) - prefix.size();
    if (body_offset < message.body->size()) context.out.append(*message.body, body_offset, rest);
  }
  if (context.out.size() - before == length) return {};
  context.out.resize(before);
  return fail(Errc::corrupt, "a message is shorter than its summary says");
}

// Bytes of the message as a literal. A failure before its head is told with NIL; after it only cutting off is honest.
Task<Done> put_extent(Context& context, Message const& message, Extent extent, Fetch& fetch) {
  std::size_t const before = context.out.size();
  put_literal_head(context.out, extent.length);
  for (bool begun = false;; begun = true) {
    std::size_t room = std::max(kMinRead, Context::kSlice - std::min(Context::kSlice, context.out.size()));
    auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(extent.length, room));
    Result<> put = put_bytes(context, message, extent.offset, wanted);
    if (!put && begun) {
      context.cut_off();
      co_return Done{};
    }
    if (!put) {
      fetch.failed = failure(put.error());
      context.out.resize(before);
      context.out += "NIL";
      co_return Done{};
    }
    extent.offset += wanted;
    extent.length -= wanted;
    co_await context.pause();
    if (extent.length == 0 || context.closing) co_return Done{};
  }
}

Task<Done> put_body_item(Context& context, BodyItem const& item, Message const& message, Fetch& fetch) {
  context.out += item.label;
  context.out += ' ';
  Result<SectionBytes> found = find_section(context.services.store, message.card, message.summary, item.section);
  if (!found) {
    fetch.failed = failure(found.error());
    found = Absent{};
  }
  SectionBytes bytes = cut(*std::move(found), item.partial);
  if (auto* extent = std::get_if<Extent>(&bytes)) co_return co_await put_extent(context, message, *extent, fetch);
  if (auto* text = std::get_if<std::string>(&bytes)) {
    put_literal_head(context.out, text->size());
    context.out += *text;
  } else {
    context.out += "NIL";
  }
  co_await context.pause();
  co_return Done{};
}

// Puts what stands between the items of one message.
class Separator {
 public:
  explicit Separator(std::string& out) : out_(out) {}
  void next() {
    if (!first_) out_ += ' ';
    first_ = false;
  }

 private:
  std::string& out_;
  bool first_ = true;
};

void put_state_items(Context& context, Fetch const& fetch, MessageState const& state, Separator& separator) {
  std::string& out = context.out;
  bool const flags = fetch.items.flags || std::ranges::binary_search(fetch.marked, state.uid);
  if (flags) {
    separator.next();
    out += "FLAGS ";
    put_flags(out, state.flags, state.keywords, context.view->keywords());
  }
  // RFC 7162 section 3.1: flags never come without it any more.
  if (fetch.items.mod_seq || (flags && context.enabled.condstore)) {
    separator.next();
    append_format(out, "MODSEQ ({})", state.modseq.value());
  }
  if (fetch.items.internal_date) {
    separator.next();
    out += "INTERNALDATE ";
    put_date_time(out, state.internal_date, state.internal_zone);
  }
  if (fetch.items.size) {
    separator.next();
    append_format(out, "RFC822.SIZE {}", state.size);
  }
  if (fetch.items.email_id) {
    separator.next();
    append_format(out, "EMAILID ({})", email_id(state.id));
  }
  if (fetch.items.thread_id) {
    separator.next();
    append_format(out, "THREADID ({})", thread_id(state.thread()));
  }
  if (fetch.items.save_date) {
    separator.next();
    out += "SAVEDATE ";
    put_date_time(out, state.save_date, 0);
  }
}

void put_structure_items(std::string& out, FetchItems const& items, mime::Summary const& summary, Revision revision,
                         Separator& separator) {
  if (items.envelope) {
    separator.next();
    out += "ENVELOPE ";
    put_envelope(out, summary.envelope);
  }
  if (items.body) {
    separator.next();
    out += "BODY ";
    put_body(out, summary.root, Extensions::hidden, revision);
  }
  if (items.body_structure) {
    separator.next();
    out += "BODYSTRUCTURE ";
    put_body(out, summary.root, Extensions::shown, revision);
  }
}

// RFC 8970 section 3.1: a message without text has an empty preview; NIL where it could not be read.
void put_preview(Context& context, Card const& card, mime::Summary const& summary, Fetch& fetch) {
  context.out += "PREVIEW ";
  Result<std::optional<std::string>> preview = find_preview(context.services.store, card, summary);
  if (!preview) {
    fetch.failed = failure(preview.error());
    context.out += "NIL";
    return;
  }
  put_string(context.out, preview->value_or(""));
}

// The items that need the card, or what failed.
Task<Done> put_card_items(Context& context, Fetch& fetch, Message const& message, Separator& separator) {
  Revision const revision = context.enabled.rev2 ? Revision::rev2 : Revision::rev1;
  put_structure_items(context.out, fetch.items, message.summary, revision, separator);
  if (fetch.items.preview) {
    separator.next();
    put_preview(context, message.card, message.summary, fetch);
  }
  for (BodyItem const& item : fetch.items.bodies) {
    separator.next();
    if (item.form == BodyItem::Form::raw) {
      co_await put_body_item(context, item, message, fetch);
    } else {
      context.out += item.label;
      context.out += ' ';
      std::optional<Reply> failed = co_await put_binary(context, item, message.card, message.summary);
      if (failed) fetch.failed = std::move(failed);
    }
    if (context.closing) break;
  }
  co_return Done{};
}

Task<Done> put_message(Context& context, Fetch& fetch, SeqNum number, Page const& page) {
  Uid uid = context.view->uid(number);
  MessageState const* state = page.find_state(uid);
  Card const* card = page.find_card(uid);
  bool state_is_gone = state == nullptr && fetch.items.need_states();
  if (state_is_gone || (card == nullptr && fetch.items.need_cards())) {
    fetch.some_are_gone = true;
    co_return Done{};
  }
  if (fetch.changed_since && state->modseq <= *fetch.changed_since) co_return Done{};
  mime::Summary summary;
  if (card != nullptr && fetch.items.need_summary()) {
    Result<mime::Summary> decoded = mime::decode_summary(card->summary);
    if (!decoded) {
      fetch.failed = failure(decoded.error());
      co_return Done{};
    }
    summary = *std::move(decoded);
  }
  append_format(context.out, "* {} FETCH (", number.value());
  Separator separator(context.out);
  // RFC 7162 section 3.2.4: what is told of a message because it has become \Seen has its UID, wanted or not.
  bool const marked = context.enabled.condstore && std::ranges::binary_search(fetch.marked, uid);
  if (fetch.items.uid || marked) {
    separator.next();
    append_format(context.out, "UID {}", uid.value());
  }
  if (state != nullptr) put_state_items(context, fetch, *state, separator);
  if (card != nullptr) {
    Message const message{*card, page.find_body(uid), std::move(summary)};
    co_await put_card_items(context, fetch, message, separator);
  }
  context.out += ")\r\n";
  co_await context.pause();
  co_return Done{};
}

Task<Done> put_range(Context& context, Fetch& fetch, SeqRange range) {
  std::uint32_t page_size = fetch.items.need_cards() ? kCardsPage : kStatesPage;
  if (fetch.items.need_bytes()) page_size = kBytesPage;
  for (std::uint32_t first = range.first.value(); first <= range.last.value(); first += page_size) {
    std::uint32_t last = std::min(range.last.value(), first + page_size - 1);
    Result<Page> page = read_page(context, fetch, SeqNum(first), SeqNum(last));
    if (!page) {
      fetch.failed = failure(page.error());
      co_return Done{};
    }
    for (std::uint32_t number = first; number <= last; ++number) {
      co_await put_message(context, fetch, SeqNum(number), *page);
      if (context.closing) co_return Done{};
    }
  }
  co_return Done{};
}

Reply fetched_reply(Fetch const& fetch) {
  if (fetch.failed) return *fetch.failed;
  // RFC 2180 section 4.1.3: they are gone, and the client will be told when it may be.
  if (fetch.some_are_gone && fetch.numbers == Numbers::sequence)
    return no("EXPUNGEISSUED", "Some of the messages do not exist any more.");
  return ok("FETCH completed.");
}

// The set as UIDs, whether or not there are such messages.
std::vector<store::UidRange> named_uids(View const& view, SequenceSet const& set) {
  Uid const last = view.exists() == 0 ? Uid(0) : view.uids().last();
  std::vector<store::UidRange> uids;
  if (set == kSavedResult) return view.uid_ranges(view.find_all(set, Numbers::uid));
  for (SequenceRange const& range : set) {
    std::uint32_t const a = range.first.value_or(last.value());
    std::uint32_t const b = range.last.value_or(last.value());
    uids.push_back({Uid(std::min(a, b)), Uid(std::max(a, b))});
  }
  return uids;
}

// RFC 7162 section 3.1.4.1: what the change log does not name has not changed; nothing else is looked at.
Task<Result<>> narrow_to_changed(Context& context, FetchArguments const& arguments, std::vector<SeqRange>& messages) {
  View const& view = *context.view;
  auto logged = context.services.store.logged_since(context.account(), view.mailbox(), *arguments.changed_since);
  if (!logged) co_return std::unexpected(logged.error());
  messages = in_both(messages, view.find_all(logged->touched));
  if (arguments.vanished) {
    std::vector<store::UidRange> const known = named_uids(view, arguments.set);
    co_await put_vanished(context, find_vanished(view, *logged, known), Vanished::earlier);
  }
  co_return Result<>();
}

// RFC 9394 section 3.3.
std::vector<SeqRange> in_window(std::vector<SeqRange> const& messages, Window const& window) {
  std::vector<PositionRange> places;
  places.reserve(messages.size());
  for (SeqRange const& range : messages) places.push_back({range.first.value(), range.last.value()});
  places = cut_to_window(places, window);
  std::vector<SeqRange> out;
  out.reserve(places.size());
  for (PositionRange const& range : places) out.push_back({SeqNum(range.first), SeqNum(range.last)});
  return out;
}

Task<Reply> fetch_messages(Context& context, Cursor cursor, Numbers numbers) {
  Result<FetchArguments> arguments = fetch_arguments(cursor);
  if (!arguments) co_return bad_syntax(arguments.error());
  // RFC 7162 section 3.2.6.
  if (arguments->vanished && (numbers == Numbers::sequence || !context.enabled.qresync))
    co_return bad("VANISHED is for UID FETCH, after QRESYNC has been enabled.");
  auto messages = named_messages(context, arguments->set, numbers);
  if (!messages) co_return messages.error();
  if (arguments->window) *messages = in_window(*messages, *arguments->window);
  if (arguments->items.mod_seq) enable_condstore(context);
  if (arguments->changed_since) {
    Result<> narrowed = co_await narrow_to_changed(context, *arguments, *messages);
    if (!narrowed) co_return failure(narrowed.error());
  }
  Fetch fetch{.items = std::move(arguments->items),
              .numbers = numbers,
              .marked = {},
              .failed = {},
              .changed_since = arguments->changed_since};
  // RFC 9051 section 6.4.9: the answers to UID FETCH have the UID, asked for or not.
  if (numbers == Numbers::uid) fetch.items.uid = true;
  bool may_mark = fetch.items.marks_seen() && context.view->access() == Access::read_write;
  if (may_mark) co_await mark_seen(context, *messages, fetch);
  if (fetch.items.flags) {
    if (Result<> known = refresh_keywords(context); !known) co_return failure(known.error());
  }
  for (SeqRange const& range : *messages) {
    co_await put_range(context, fetch, range);
    if (context.closing) break;
  }
  co_return fetched_reply(fetch);
}

}  // namespace

Task<Reply> cmd_fetch(Context& context, Cursor cursor) {
  return fetch_messages(context, cursor, Numbers::sequence);
}

Task<Reply> cmd_uid_fetch(Context& context, Cursor cursor) {
  return fetch_messages(context, cursor, Numbers::uid);
}

}  // namespace yubin::imap
