#include "imap/search_result.h"

#include <algorithm>

#include "base/format.h"

namespace yubin::imap {

namespace {

// Only the ends are asked for.
bool wants_ends_only(SearchReturn const& returns) {
  return (returns.min || returns.max) && !returns.all && !returns.count;
}

// RFC 4731 section 3.2: of what is returned, the highest.
store::ModSeq returned_modseq(SearchResult const& result, SearchReturn const& returns) {
  if (!wants_ends_only(returns)) return result.highest_modseq();
  store::ModSeq highest;
  if (returns.min) highest = std::max(highest, result.first()->modseq);
  if (returns.max) highest = std::max(highest, result.last()->modseq);
  return highest;
}

void put_ranges(Context& context, std::string_view begin, std::vector<PositionRange> const& ranges) {
  std::string_view separator = begin;
  for (PositionRange const& range : ranges) {
    append_format(context.out, "{}{}", separator, range.first);
    if (range.first < range.last) append_format(context.out, ":{}", range.last);
    separator = ",";
  }
}

// "PARTIAL" SP "(" partial-range SP partial-results ")" (RFC 9394 section 4)
void put_partial(Context& context, SearchResult const& result, Window const& window) {
  std::string_view const sign = window.from_end ? "-" : "";
  append_format(context.out, " PARTIAL ({}{}:{}{}", sign, window.first, sign, window.last);
  std::vector<PositionRange> const shown = cut_to_window(result.ranges(), window);
  if (shown.empty()) context.out += " NIL";
  put_ranges(context, " ", shown);
  context.out += ')';
}

}  // namespace

std::vector<PositionRange> cut_to_window(std::vector<PositionRange> const& ranges, Window const& window) {
  std::uint64_t count = 0;
  for (PositionRange const& range : ranges) count += range.last - range.first + 1;
  // The places of the window, from 0, the end not included.
  std::uint64_t begin = window.first - 1;
  std::uint64_t end = window.last;
  if (window.from_end) {
    begin = count - std::min<std::uint64_t>(count, window.last);
    end = count - std::min<std::uint64_t>(count, window.first - 1);
  }
  std::vector<PositionRange> out;
  std::uint64_t place = 0;  // of the range's first number
  for (PositionRange const& range : ranges) {
    std::uint64_t const size = range.last - range.first + 1;
    std::uint64_t const from = std::max(begin, place);
    std::uint64_t const to = std::min(end, place + size);
    if (from < to) {
      auto number = [&](std::uint64_t at) { return static_cast<std::uint32_t>(range.first + (at - place)); };
      out.push_back({number(from), number(to - 1)});
    }
    place += size;
  }
  return out;
}

void SearchResult::add(SeqNum number, store::MessageState const& state) {
  Found const found{numbers_ == Numbers::uid ? state.uid.value() : number.value(), state.uid, state.modseq};
  bool const runs_on = !ranges_.empty() && ranges_.back().last + 1 == found.number;
  if (runs_on) {
    ranges_.back().last = found.number;
  } else {
    ranges_.push_back({found.number, found.number});
  }
  // Between messages that lie side by side in the view no other UID can be, so they may be one range.
  bool const is_neighbour = last_number_ && last_number_->next() == number;
  if (is_neighbour) {
    uids_.back().last = state.uid;
  } else {
    uids_.push_back({state.uid, state.uid});
  }
  last_number_ = number;
  ++count_;
  if (!first_) first_ = found;
  last_ = found;
  highest_modseq_ = std::max(highest_modseq_, state.modseq);
}

// mailbox-data =/ "SEARCH" [1*(SP nz-number) SP search-sort-mod-seq]
Task<Done> put_search(Context& context, SearchResult const& result, ModSeqs modseqs) {
  context.out += "* SEARCH";
  for (SearchResult::Range const& range : result.ranges()) {
    for (std::uint64_t number = range.first; number <= range.last; ++number) {
      append_format(context.out, " {}", number);
      co_await context.pause();
    }
  }
  if (modseqs == ModSeqs::told && result.count() > 0)
    append_format(context.out, " (MODSEQ {})", result.highest_modseq().value());
  context.out += "\r\n";
  co_return Done{};
}

// esearch-response = "ESEARCH" [search-correlator] [SP "UID"] *(SP search-return-data)
Task<Done> put_esearch(Context& context, SearchResult const& result, SearchReturn const& returns, ModSeqs modseqs) {
  bool const save_only =
      returns.save && !returns.min && !returns.max && !returns.all && !returns.count && !returns.partial;
  if (save_only) co_return Done{};
  auto put = [&](std::string_view name, std::uint64_t value) { append_format(context.out, " {} {}", name, value); };
  context.out += "* ESEARCH (TAG ";
  put_string(context.out, context.tag);
  context.out += ')';
  if (result.numbers() == Numbers::uid) context.out += " UID";
  bool const any = result.count() > 0;
  if (returns.min && any) put("MIN", result.first()->number);
  if (returns.max && any) put("MAX", result.last()->number);
  if (returns.count) put("COUNT", result.count());
  if (modseqs == ModSeqs::told && any) put("MODSEQ", returned_modseq(result, returns).value());
  if (returns.partial) put_partial(context, result, *returns.partial);
  std::string_view separator = " ALL ";
  for (SearchResult::Range const& range : result.ranges()) {
    if (!returns.all) break;
    append_format(context.out, "{}{}", separator, range.first);
    if (range.first < range.last) append_format(context.out, ":{}", range.last);
    separator = ",";
    co_await context.pause();
  }
  context.out += "\r\n";
  co_return Done{};
}

std::vector<store::UidRange> saved_uids(SearchResult const& result, SearchReturn const& returns) {
  if (!wants_ends_only(returns) || result.count() == 0) return result.uids();
  std::vector<store::UidRange> ends;
  if (returns.min) ends.push_back({result.first()->uid, result.first()->uid});
  if (returns.max) ends.push_back({result.last()->uid, result.last()->uid});
  return ends;
}

}  // namespace yubin::imap
