#include "deliver/sts_policy.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "dns/name.h"

namespace yubin::deliver {

namespace {

using Mode = StsPolicy::Mode;

// RFC 8461 section 3.2: max_age is at most 31557600, about a year.
constexpr std::uint64_t kLongest = 31'557'600;
constexpr std::size_t kMostPatterns = 100;

constexpr std::pair<std::string_view, Mode> kModes[] = {
    {"none", Mode::none}, {"testing", Mode::testing}, {"enforce", Mode::enforce}};

// Of a Domain (RFC 5321 section 4.1.2), and the underscore that some hosts have.
bool is_of_host(char c) {
  return is_alpha(c) || is_digit(c) || c == '-' || c == '_' || c == '.';
}

std::optional<std::string> pattern(std::string_view text) {
  bool const is_wildcard = text.starts_with("*.");
  auto name = dns::normal_name(is_wildcard ? text.substr(2) : text);
  if (!name || name->empty() || !std::ranges::all_of(*name, is_of_host)) return std::nullopt;
  return (is_wildcard ? "*." : "") + *name;
}

// One policy as it is read. Of a field that may stand once only, the first counts (section 3.2).
class Reader {
 public:
  Result<> take(std::string_view line) {
    std::size_t const colon = line.find(':');
    if (colon == std::string_view::npos) return wrong("a line without a colon");
    std::string_view const name = trim(line.substr(0, colon));
    std::string_view const value = trim(line.substr(colon + 1));
    if (name == "version") return version(value);
    if (name == "mode") return mode(value);
    if (name == "max_age") return max_age(value);
    if (name == "mx") return mx(value);
    return {};
  }

  Result<StsPolicy> result() {
    if (!has_version_) return wrong("no version: STSv1");
    if (!mode_) return wrong("no mode");
    if (!max_age_) return wrong("no max_age");
    policy_.mode = *mode_;
    policy_.max_age = std::chrono::seconds(*max_age_);
    if (policy_.mode != Mode::none && policy_.mx.empty()) return wrong("no mx");
    return std::move(policy_);
  }

 private:
  static std::unexpected<Error> wrong(std::string_view what) {
    return fail(Errc::syntax, fmt::format("the policy has {}", what));
  }

  Result<> version(std::string_view value) {
    if (value != "STSv1") return wrong("a version that is not STSv1");
    has_version_ = true;
    return {};
  }

  Result<> mode(std::string_view value) {
    if (mode_) return {};
    auto const* found = std::ranges::find(kModes, value, &std::pair<std::string_view, Mode>::first);
    if (found == std::end(kModes)) return wrong("a mode that is none");
    mode_ = found->second;
    return {};
  }

  Result<> max_age(std::string_view value) {
    if (max_age_) return {};
    auto const seconds = parse_number(value);
    if (!seconds) return wrong("a max_age that is no number");
    max_age_ = std::min(*seconds, kLongest);
    return {};
  }

  Result<> mx(std::string_view value) {
    auto one = pattern(value);
    if (!one) return wrong("an mx that is no name");
    if (policy_.mx.size() >= kMostPatterns) return wrong("too many hosts");
    policy_.mx.push_back(*std::move(one));
    return {};
  }

  StsPolicy policy_;
  bool has_version_ = false;
  std::optional<Mode> mode_;
  std::optional<std::uint64_t> max_age_;
};

// sts-id = 1*32(ALPHA / DIGIT)
bool is_id(std::string_view text) {
  constexpr std::size_t kLongestId = 32;
  return !text.empty() && text.size() <= kLongestId && std::ranges::all_of(text, [](char c) {
    return is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
  });
}

std::optional<std::string> id_of(std::string_view record) {
  for (std::string_view field : split(record, ';')) {
    std::size_t const equals = field.find('=');
    if (equals == std::string_view::npos || trim(field.substr(0, equals)) != "id") continue;
    std::string_view const id = trim(field.substr(equals + 1));
    if (!is_id(id)) return std::nullopt;
    return std::string(id);
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(Mode mode) {
  return std::ranges::find(kModes, mode, &std::pair<std::string_view, Mode>::second)->first;
}

bool StsPolicy::names(std::string_view host) const {
  std::size_t const dot = host.find('.');
  std::string_view const above = dot == std::string_view::npos ? "" : host.substr(dot + 1);
  return std::ranges::any_of(mx, [&](std::string_view one) {
    return one == host || (one.starts_with("*.") && !above.empty() && one.substr(2) == above);
  });
}

Result<StsPolicy> parse_sts_policy(std::string_view text) {
  Reader reader;
  for (std::string_view line : split(text, '\n')) {
    line = trim(line);
    if (!line.empty()) TRY_VOID(reader.take(line));
  }
  return reader.result();
}

std::string print_sts_policy(StsPolicy const& policy) {
  std::string out =
      fmt::format("version: STSv1\nmode: {}\nmax_age: {}\n", to_string(policy.mode), policy.max_age.count());
  for (std::string const& one : policy.mx) out += fmt::format("mx: {}\n", one);
  return out;
}

std::optional<std::string> sts_id(dns::Answer const& txt) {
  std::optional<std::string> found;
  for (dns::Record const& record : txt.records) {
    auto const* one = std::get_if<dns::Txt>(&record);
    // Others at this name say nothing.
    if (one == nullptr || !(one->text.starts_with("v=STSv1;") || one->text.starts_with("v=STSv1 "))) continue;
    if (found) return std::nullopt;
    found = one->text;
  }
  if (!found) return std::nullopt;
  return id_of(*found);
}

}  // namespace yubin::deliver
