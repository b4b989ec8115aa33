#include "report/tls.h"

#include <fmt/format.h>

#include <boost/json/parser.hpp>
#include <new>
#include <optional>
#include <span>

#include "base/assert.h"
#include "base/text.h"
#include "mime/date.h"
#include "report/words.h"

namespace yubin::report {

namespace {

using boost::json::object;
using boost::json::value;

constexpr std::int64_t kDay = 24 * 60 * 60;

// Of what a few bytes of text become, each is much longer: "0," is a value. So it is bounded while it is made.
class BoundedMemory final : public boost::json::memory_resource {
 public:
  struct Exhausted : std::bad_alloc {};
  explicit BoundedMemory(std::size_t most) : room_(most) {}

 private:
  void* do_allocate(std::size_t size, std::size_t alignment) override {
    YUBIN_ASSERT(alignment <= __STDCPP_DEFAULT_NEW_ALIGNMENT__);
    if (size > room_) throw Exhausted();
    void* const place = ::operator new(size);
    room_ -= size;
    return place;
  }
  void do_deallocate(void* place, std::size_t size, std::size_t) override {
    room_ += size;
    ::operator delete(place);
  }
  bool do_is_equal(memory_resource const& other) const noexcept override { return this == &other; }

  std::size_t room_;
};

// In `memory`, which outlives it.
Result<value> parse(std::string_view json, BoundedMemory& memory) {
  try {
    boost::json::parser parser{boost::json::storage_ptr(&memory)};
    parser.reset(boost::json::storage_ptr(&memory));
    boost::system::error_code error;
    parser.write(json, error);
    if (error) return fail(Errc::syntax, fmt::format("broken JSON: {}", error.message()));
    return parser.release();
  } catch (BoundedMemory::Exhausted const&) {
    return fail(Errc::limit, "the report says too much to be looked at");
  }
}

object const& object_in(object const& in, std::string_view name) {
  static object const kNone;
  value const* found = in.if_contains(name);
  return found != nullptr && found->is_object() ? found->get_object() : kNone;
}

// Some write one where a list belongs.
std::span<value const> list_in(object const& in, std::string_view name) {
  value const* found = in.if_contains(name);
  if (found == nullptr || found->is_null()) return {};
  if (!found->is_array()) return {found, 1};
  return {found->get_array().data(), found->get_array().size()};
}

std::string text_of(value const& in) {
  return in.is_string() ? tame(std::string_view(in.get_string())) : std::string();
}

std::string text_in(object const& in, std::string_view name) {
  value const* found = in.if_contains(name);
  return found == nullptr ? std::string() : text_of(*found);
}

// Some write numbers in quotes.
std::uint64_t number_in(object const& in, std::string_view name) {
  value const* found = in.if_contains(name);
  if (found == nullptr) return 0;
  if (found->is_string()) return parse_number(trim(std::string_view(found->get_string()))).value_or(0);
  boost::system::error_code error;
  auto const number = found->to_number<std::uint64_t>(error);
  return error ? 0 : number;
}

std::optional<std::int64_t> time_in(object const& in, std::string_view name) {
  Result<mime::DateTime> const time = mime::parse_date(text_in(in, name));
  if (!time) return std::nullopt;
  return time->time.time_since_epoch().count();
}

std::vector<std::string> texts_in(object const& in, std::string_view name, std::size_t most) {
  std::vector<std::string> out;
  for (value const& one : list_in(in, name))
    if (out.size() < most) out.push_back(text_of(one));
  return out;
}

TlsFailure failure(object const& in) {
  return {.result = tame_word(text_in(in, "result-type")),
          .sending_ip = tame_word(text_in(in, "sending-mta-ip")),
          .mx = tame_word(text_in(in, "receiving-mx-hostname")),
          .helo = tame_word(text_in(in, "receiving-mx-helo")),
          .receiving_ip = tame_word(text_in(in, "receiving-ip")),
          .count = number_in(in, "failed-session-count"),
          .more = text_in(in, "additional-information"),
          .reason = text_in(in, "failure-reason-code")};
}

// `failures`: how many there may still be.
Result<TlsPolicy> policy(object const& in, TlsLimits const& limits, std::size_t& failures) {
  object const& found = object_in(in, "policy");
  object const& summary = object_in(in, "summary");
  TlsPolicy out{.type = tame_word(text_in(found, "policy-type")),
                .domain = tame_word(text_in(found, "policy-domain")),
                .lines = texts_in(found, "policy-string", limits.lines),
                .mx = texts_in(found, "mx-host", limits.lines),
                .good = number_in(summary, "total-successful-session-count"),
                .bad = number_in(summary, "total-failure-session-count")};
  for (value const& one : list_in(in, "failure-details")) {
    if (!one.is_object()) continue;
    if (failures == 0)
      return fail(Errc::limit, fmt::format("more than {} kinds of failures in a report", limits.failures));
    --failures;
    out.failures.push_back(failure(one.get_object()));
  }
  return out;
}

// RFC 8259 section 8.1 lets a reader pass over a mark.
std::string_view without_mark(std::string_view json) {
  constexpr std::string_view kMark = "\xef\xbb\xbf";
  return json.starts_with(kMark) ? json.substr(kMark.size()) : json;
}

}  // namespace

Result<TlsReport> parse_tls(std::string_view json, TlsLimits const& limits) {
  BoundedMemory memory(limits.memory);
  TRY(value const whole, parse(trim(without_mark(json)), memory));
  if (!whole.is_object()) return fail(Errc::syntax, "JSON, but no report");
  object const& report = whole.get_object();
  object const& range = object_in(report, "date-range");
  std::optional<std::int64_t> const begin = time_in(range, "start-datetime");
  std::optional<std::int64_t> const end = time_in(range, "end-datetime");
  TlsReport out{.organization = text_in(report, "organization-name"),
                .contact = text_in(report, "contact-info"),
                .id = text_in(report, "report-id"),
                .begin = begin.value_or(0),
                .end = end && begin && *end >= *begin ? *end : begin.value_or(0) + kDay - 1,
                .policies = {}};
  if (out.id.empty()) return fail(Errc::syntax, "the report has no id");
  if (!begin) return fail(Errc::syntax, "the report does not say for which time it is");
  std::size_t failures = limits.failures;
  for (value const& one : list_in(report, "policies")) {
    if (!one.is_object()) continue;
    if (out.policies.size() >= limits.policies)
      return fail(Errc::limit, fmt::format("more than {} policies in a report", limits.policies));
    TRY(TlsPolicy found, policy(one.get_object(), limits, failures));
    if (!found.domain.empty()) out.policies.push_back(std::move(found));
  }
  if (out.policies.empty()) return fail(Errc::syntax, "the report does not say for which domain it is");
  return out;
}

}  // namespace yubin::report
