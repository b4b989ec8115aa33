// SEARCH and UID SEARCH (RFC 9051 section 6.4.4).
#include <algorithm>

#include "imap/commands.h"
#include "imap/modseq.h"
#include "imap/search_match.h"
#include "imap/search_result.h"
#include "imap/tell.h"

namespace yubin::imap {

namespace {

constexpr std::uint32_t kPage = 1024;  // states read at a time

struct Search {
  SearchKey key;
  SearchResult result;
};

// Where to look: a set among the keys that must all hold narrows it.
std::vector<SeqRange> candidates(SearchKey const& key, View const& view) {
  if (auto const* set = std::get_if<search::InSet>(&key.test)) return set->messages;
  if (auto const* all = std::get_if<search::All>(&key.test)) {
    for (SearchKey const& inner : all->keys) {
      if (auto const* set = std::get_if<search::InSet>(&inner.test)) return set->messages;
    }
  }
  if (view.exists() == 0) return {};
  return {{SeqNum(1), SeqNum(view.exists())}};
}

Task<Result<>> search_page(Context& context, Search& search, SeqNum first, SeqNum last) {
  View const& view = *context.view;
  auto states = context.services.store.states(context.account(), view.mailbox(), {view.uid(first), view.uid(last)},
                                              last.value() - first.value() + 1);
  if (!states) co_return std::unexpected(states.error());
  for (store::MessageState const& state : *states) {
    std::optional<SeqNum> number = view.find(state.uid);
    if (!number) continue;
    Candidate candidate{.number = *number, .state = state};
    std::optional<bool> known = match_state(search.key, candidate);
    Result<bool> matches = known.value_or(false);
    if (!known) matches = co_await match(context, search.key, candidate);
    // An expunged message matches nothing.
    if (!matches && matches.error().code != Errc::not_found) co_return std::unexpected(matches.error());
    if (matches.value_or(false)) search.result.add(*number, state);
    co_await context.pause();
  }
  co_return Result<>();
}

Task<Result<>> search_range(Context& context, Search& search, SeqRange range) {
  for (std::uint32_t first = range.first.value(); first <= range.last.value(); first += kPage) {
    std::uint32_t last = std::min(range.last.value(), first + kPage - 1);
    Result<> searched = co_await search_page(context, search, SeqNum(first), SeqNum(last));
    if (!searched) co_return searched;
  }
  co_return Result<>();
}

Task<Result<>> search_all(Context& context, Search& search) {
  if (Result<> known = refresh_keywords(context); !known) co_return known;
  prepare(search.key, *context.view, context.services.clock.now());
  for (SeqRange const& range : candidates(search.key, *context.view)) {
    Result<> searched = co_await search_range(context, search, range);
    if (!searched) co_return searched;
  }
  co_return Result<>();
}

// RFC 5182 section 2.1: a search that fails with NO leaves "$" empty.
Reply failed_search(Context& context, std::optional<SearchReturn> const& returns, Reply reply) {
  if (returns && returns->save) context.view->save_result({});
  return reply;
}

Task<Reply> search_messages(Context& context, Cursor cursor, Numbers numbers) {
  Result<SearchArguments> arguments = search_arguments(cursor);
  if (!arguments) co_return bad_syntax(arguments.error());
  // RFC 6855 section 3: then all strings are UTF-8.
  if (arguments->names_charset && context.enabled.utf8) co_return bad("After ENABLE UTF8=ACCEPT no charset is named.");
  std::optional<SearchReturn> returns = arguments->returns;
  // RFC 9051 section 6.4.4: without RETURN, as with RETURN (ALL).
  if (!returns && context.enabled.rev2) returns = SearchReturn{.all = true};
  // RFC 9051 section 7.1, BADCHARSET: some of those that are known, which are many.
  if (arguments->unknown_charset) {
    std::string_view const known =
        "BADCHARSET (US-ASCII UTF-8 ISO-2022-JP SHIFT_JIS EUC-JP ISO-8859-1 "
        "GB18030 BIG5 EUC-KR)";
    co_return failed_search(context, returns, no(std::string(known), "That charset is not known."));
  }
  // RFC 7162 section 3.2.10.2: nor is anything told as vanished during UID SEARCH then.
  context.holds_expunges = numbers == Numbers::sequence || names_numbers(arguments->key);
  Search search{std::move(arguments->key), SearchResult(numbers)};
  ModSeqs const modseqs = tests_modseq(search.key) ? ModSeqs::told : ModSeqs::not_told;
  if (modseqs == ModSeqs::told) enable_condstore(context);
  Result<> searched = co_await search_all(context, search);
  if (!searched) co_return failed_search(context, returns, failure(searched.error()));
  if (!returns) {
    co_await put_search(context, search.result, modseqs);
    co_return ok("SEARCH completed.");
  }
  if (returns->save) context.view->save_result(saved_uids(search.result, *returns));
  co_await put_esearch(context, search.result, *returns, modseqs);
  co_return ok("SEARCH completed.");
}

}  // namespace

Task<Reply> cmd_search(Context& context, Cursor cursor) {
  return search_messages(context, cursor, Numbers::sequence);
}

Task<Reply> cmd_uid_search(Context& context, Cursor cursor) {
  return search_messages(context, cursor, Numbers::uid);
}

}  // namespace yubin::imap
