#include "imap/search_match.h"

#include <algorithm>
#include <chrono>

#include "base/text.h"
#include "imap/search_text.h"
#include "imap/section.h"
#include "mime/date.h"
#include "mime/header.h"

namespace yubin::imap {

using namespace search;  // NOLINT: the tree's own words

namespace {

bool is_day(Day const& test, std::int64_t day) {
  switch (test.is) {
    case Day::Is::before:
      return day < test.day;
    case Day::Is::on:
      return day == test.day;
    case Day::Is::since:
      return day >= test.day;
  }
  return false;
}

// RFC 9051 section 6.4.4: "disregarding time and timezone", so the day that the zone's clocks showed.
std::int64_t local_day(std::chrono::sys_seconds time, std::chrono::minutes zone) {
  return std::chrono::floor<std::chrono::days>(time + zone).time_since_epoch().count();
}

bool is_within(std::vector<SeqRange> const& ranges, SeqNum number) {
  auto after = std::ranges::upper_bound(ranges, number, {}, &SeqRange::first);
  return after != ranges.begin() && number <= std::prev(after)->last;
}

// Three values: a key that needs more than the state may be decided by the others.
class StateMatcher {
 public:
  explicit StateMatcher(Candidate const& candidate) : candidate_(candidate), state_(candidate.state) {}

  std::optional<bool> operator()(Constant const& test) const { return test.value; }
  std::optional<bool> operator()(All const& test) const { return any_is(test.keys, false); }
  std::optional<bool> operator()(Either const& test) const { return any_is(test.keys, true); }
  std::optional<bool> operator()(Not const& test) const {
    std::optional<bool> inner = match_state(test.keys.front(), candidate_);
    if (!inner) return std::nullopt;
    return !*inner;
  }
  std::optional<bool> operator()(HasFlag const& test) const {
    return state_.flags.has(test.flag) == (test.wanted == Wanted::present);
  }
  std::optional<bool> operator()(HasKeyword const& test) const {
    bool has = test.id && std::ranges::binary_search(state_.keywords, *test.id);
    return has == (test.wanted == Wanted::present);
  }
  std::optional<bool> operator()(InSet const& test) const { return is_within(test.messages, candidate_.number); }
  std::optional<bool> operator()(Day const& test) const {
    if (test.of == Day::Of::sent) return std::nullopt;
    if (test.of == Day::Of::saved)
      return is_day(test, local_day(std::chrono::sys_seconds(std::chrono::seconds(state_.save_date)), {}));
    std::chrono::sys_seconds time{std::chrono::seconds(state_.internal_date)};
    return is_day(test, local_day(time, std::chrono::minutes(state_.internal_zone)));
  }
  std::optional<bool> operator()(Size const& test) const {
    return test.is == Size::Is::larger ? state_.size > test.size : state_.size < test.size;
  }
  std::optional<bool> operator()(ModifiedSince const& test) const { return state_.modseq >= test.modseq; }
  std::optional<bool> operator()(Age const& test) const {
    return test.is == Age::Is::older ? state_.internal_date <= test.limit : state_.internal_date >= test.limit;
  }
  std::optional<bool> operator()(HasId const& test) const {
    return (test.of == HasId::Of::thread ? thread_id(state_.thread()) : email_id(state_.id)) == test.id;
  }
  std::optional<bool> operator()(Field const&) const { return std::nullopt; }
  std::optional<bool> operator()(Text const&) const { return std::nullopt; }

 private:
  // `decisive` if one key is so; else the opposite, unless one is unknown.
  std::optional<bool> any_is(std::vector<SearchKey> const& keys, bool decisive) const {
    bool unknown = false;
    for (SearchKey const& key : keys) {
      std::optional<bool> one = match_state(key, candidate_);
      if (one == decisive) return decisive;
      unknown |= !one;
    }
    if (unknown) return std::nullopt;
    return !decisive;
  }

  Candidate const& candidate_;
  store::MessageState const& state_;
};

Result<> load_summary(Context const& context, Candidate& candidate) {
  if (candidate.summary) return {};
  TRY(candidate.card,
      context.services.store.find_card(context.account(), context.view->mailbox(), candidate.state.uid));
  if (!candidate.card) return fail(Errc::not_found, "the message has been expunged");
  TRY(candidate.summary, mime::decode_summary(candidate.card->summary));
  return {};
}

Result<> load_header(Context const& context, Candidate& candidate) {
  TRY_VOID(load_summary(context, candidate));
  if (candidate.header) return {};
  TRY(candidate.header, read_header(context.services.store, *candidate.card, candidate.summary->root));
  return {};
}

// The fields that were kept of the header section are enough if the field is one of them.
Result<bool> field_matches(Context const& context, Field const& test, Candidate& candidate) {
  TRY_VOID(load_summary(context, candidate));
  std::string kept;
  bool is_kept = candidate.summary->fields && mime::is_common_field(test.name);
  if (is_kept) {
    kept = candidate.card->prefix + *candidate.summary->fields;
  } else {
    TRY_VOID(load_header(context, candidate));
  }
  mime::HeaderSection const header = mime::HeaderSection::parse(is_kept ? kept : *candidate.header);
  Needle const needle(test.text);
  std::vector<mime::FieldView> const fields = header.find_all(test.name);
  return std::ranges::any_of(fields, [&](mime::FieldView const& field) { return field_contains(needle, field); });
}

Result<bool> sent_day_matches(Context const& context, Day const& test, Candidate& candidate) {
  TRY_VOID(load_summary(context, candidate));
  std::optional<std::string> const& text = candidate.summary->envelope.date;
  if (!text) return false;
  Result<mime::DateTime> date = mime::parse_date(*text);
  return date && is_day(test, local_day(date->time, date->zone));
}

Task<Result<bool>> text_matches(Context& context, Text const& test, Candidate& candidate) {
  Needle const needle(test.text);
  if (test.in == Text::In::everything) {
    if (Result<> loaded = load_header(context, candidate); !loaded) co_return std::unexpected(loaded.error());
    if (header_contains(needle, *candidate.header)) co_return true;
  }
  if (Result<> loaded = load_summary(context, candidate); !loaded) co_return std::unexpected(loaded.error());
  co_return co_await body_contains(context, needle, *candidate.card, candidate.summary->root);
}

// `decisive` ends the search through the keys.
Task<Result<bool>> match_any(Context& context, std::vector<SearchKey> const& keys, Candidate& candidate,
                             bool decisive) {
  for (SearchKey const& key : keys) {
    Result<bool> one = co_await match(context, key, candidate);
    if (!one || *one == decisive) co_return one;
  }
  co_return !decisive;
}

}  // namespace

std::optional<bool> match_state(SearchKey const& key, Candidate const& candidate) {
  return std::visit(StateMatcher(candidate), key.test);
}

// Recursion is bounded by the grammar's depth.
Task<Result<bool>> match(Context& context, SearchKey const& key, Candidate& candidate) {
  if (std::optional<bool> known = match_state(key, candidate)) co_return *known;
  if (auto const* all = std::get_if<All>(&key.test)) co_return co_await match_any(context, all->keys, candidate, false);
  if (auto const* either = std::get_if<Either>(&key.test))
    co_return co_await match_any(context, either->keys, candidate, true);
  if (auto const* negated = std::get_if<Not>(&key.test)) {
    Result<bool> inner = co_await match(context, negated->keys.front(), candidate);
    if (!inner) co_return inner;
    co_return !*inner;
  }
  if (auto const* field = std::get_if<Field>(&key.test)) co_return field_matches(context, *field, candidate);
  if (auto const* day = std::get_if<Day>(&key.test)) co_return sent_day_matches(context, *day, candidate);
  co_return co_await text_matches(context, std::get<Text>(key.test), candidate);
}

}  // namespace yubin::imap
