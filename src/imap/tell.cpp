#include "imap/tell.h"

#include <algorithm>
#include <iterator>

#include "base/format.h"
#include "imap/modseq.h"

namespace yubin::imap {

using store::MessageState;
using store::ModSeq;
using store::Uid;

namespace {

// What the view must learn, whether or not the change log reaches back far enough.
struct News {
  store::Mailbox mailbox;
  std::vector<MessageState> changed;  // of known messages, in UID order
  std::vector<Uid> added;             // in UID order
  std::vector<Uid> expunged;          // in UID order
};

Result<News> read_news(Context& context) {
  View const& view = *context.view;
  store::Store const& store = context.services.store;
  TRY(store::ChangesSince changes, store.changes_since(context.account(), view.mailbox(), view.modseq()));
  News news{std::move(changes.mailbox), {}, {}, std::move(changes.expunged)};
  if (!changes.complete) {
    TRY(std::vector<Uid> now, store.uids(context.account(), view.mailbox()));
    news.expunged.clear();
    std::ranges::set_difference(view.uids().all(), now, std::back_inserter(news.expunged));
  }
  for (MessageState& state : changes.changed) {
    if (!view.is_new(state.uid)) {
      news.changed.push_back(std::move(state));
    } else if (state.uid < news.mailbox.uid_next) {
      // What came after `mailbox` was read belongs to the next time: its expunging would not be told to us.
      news.added.push_back(state.uid);
    }
  }
  return news;
}

// RFC 7162 section 3.2.10: VANISHED takes the place of EXPUNGE once QRESYNC is enabled.
Task<Done> tell_expunges(Context& context) {
  View& view = *context.view;
  std::vector<store::UidRange> uids;
  for (Uid uid : view.pending_expunges()) store::append_uid(uids, uid);
  std::vector<SeqNum> const numbers = view.take_expunges();
  if (context.enabled.qresync) co_return co_await put_vanished(context, uids, Vanished::now);
  // From the last to the first, so that no number shifts another that is still to be told.
  for (SeqNum number : numbers) {
    append_format(context.out, "* {} EXPUNGE\r\n", number.value());
    co_await context.pause();
  }
  co_return Done{};
}

void tell_keywords(Context& context, std::vector<std::string> keywords) {
  if (keywords.size() == context.view->keywords().size()) return;
  put_mailbox_flags(context.out, keywords, context.view->access());
  context.view->set_keywords(std::move(keywords));
}

}  // namespace

void put_mailbox_flags(std::string& out, std::vector<std::string> const& keywords, Access access) {
  std::string flags = "\\Answered \\Flagged \\Deleted \\Seen \\Draft";
  for (std::string const& keyword : keywords) flags += " " + keyword;
  append_format(out, "* FLAGS ({})\r\n", flags);
  // RFC 9051 section 7.1, PERMANENTFLAGS: \* says that new keywords can be made.
  std::string permanent = access == Access::read_only ? "PERMANENTFLAGS ()" : "PERMANENTFLAGS (" + flags + " \\*)";
  put_untagged(out, "OK", permanent, "Flags that are kept.");
}

void put_update(Context& context, SeqNum number, MessageState const& state, Flags flags) {
  std::string& out = context.out;
  append_format(out, "* {} FETCH (UID {}", number.value(), state.uid.value());
  if (flags == Flags::shown) {
    out += " FLAGS ";
    put_flags(out, state.flags, state.keywords, context.view->keywords());
  }
  if (context.enabled.condstore) append_format(out, " MODSEQ ({})", state.modseq.value());
  out += ")\r\n";
}

Result<> refresh_keywords(Context& context) {
  TRY(store::Mailbox mailbox, context.services.store.get_mailbox(context.account(), context.view->mailbox()));
  tell_keywords(context, std::move(mailbox.keywords));
  return {};
}

Task<Done> tell_changes(Context& context, Expunges expunges) {
  if (!context.view || context.closing) co_return Done{};
  View& view = *context.view;
  Result<News> news = read_news(context);
  if (!news) {
    // RFC 2180 section 3.3: a mailbox that somebody else removes takes its sessions with it.
    if (news.error().code == Errc::not_found) context.bye("UNAVAILABLE", "The selected mailbox has been removed.");
    co_return Done{};
  }
  view.set_modseq(news->mailbox.highest_modseq);
  view.add_pending_expunges(news->expunged);
  if (expunges == Expunges::told) co_await tell_expunges(context);
  if (view.add_new(news->added) > 0) {
    append_format(context.out, "* {} EXISTS\r\n", view.exists());
  }
  tell_keywords(context, news->mailbox.keywords);
  for (MessageState const& state : news->changed) {
    std::optional<SeqNum> number = view.find(state.uid);
    if (!number || view.was_told(state.uid, state.modseq)) continue;
    put_update(context, *number, state);
    co_await context.pause();
  }
  view.forget_told();
  view.settle();
  // RFC 7162 section 3.2.4: mod-sequences were told that are higher than that of an expunge which was not.
  if (context.enabled.qresync && view.told_modseq() < view.modseq()) put_highest_modseq(context);
  co_return Done{};
}

}  // namespace yubin::imap
