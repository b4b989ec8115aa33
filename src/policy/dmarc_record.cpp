#include "policy/dmarc_record.h"

#include <algorithm>
#include <map>

#include "base/text.h"

namespace yubin::policy {

namespace {

using Tags = std::map<std::string, std::string, std::less<>>;

// dmarc-version = "v" equals %s"DMARC1"; the name as any name without case, the value with it (section 4.8).
bool is_version(std::string_view tag) {
  std::size_t const equals = tag.find('=');
  return equals != std::string_view::npos && iequals(trim(tag.substr(0, equals)), "v") &&
         trim(tag.substr(equals + 1)) == "DMARC1";
}

std::string find(Tags const& tags, std::string_view name) {
  auto const found = tags.find(name);
  return found == tags.end() ? "" : to_lower(found->second);
}

std::optional<DmarcPolicy> policy_of(std::string_view word) {
  for (DmarcPolicy policy : {DmarcPolicy::none, DmarcPolicy::quarantine, DmarcPolicy::reject}) {
    if (word == to_string(policy)) return policy;
  }
  return std::nullopt;
}

// dmarc-urilist. A size behind "!" is of the past (section 4.8) and has no part in whether it is a URI; who sends
// reports obeys it still.
std::vector<std::string> uris(Tags const& tags, std::string_view name) {
  std::vector<std::string> out;
  auto const found = tags.find(name);
  if (found == tags.end()) return out;
  for (std::string_view piece : split(found->second, ',')) {
    piece = trim(piece);
    std::string_view const uri = trim(piece.substr(0, piece.find('!')));
    std::size_t const colon = uri.find(':');
    bool const valid = colon != std::string_view::npos && colon > 0 && colon + 1 < uri.size() &&
                       std::ranges::all_of(uri, [](char c) { return c > ' ' && c < 0x7f; });
    if (valid) out.emplace_back(piece);
  }
  return out;
}

// Section 4.10.1: a policy that is none there is makes all of them "none", if anybody wants reports at all.
void take_policies(Tags const& tags, DmarcRecord& record) {
  bool bad = false;
  auto take = [&](std::string_view name) -> std::optional<DmarcPolicy> {
    if (!tags.contains(name)) return std::nullopt;
    auto const policy = policy_of(find(tags, name));
    bad = bad || !policy;
    return policy;
  };
  record.domain = take("p").value_or(DmarcPolicy::none);
  record.subdomains = take("sp");
  record.missing_subdomains = take("np");
  if (!bad) return;
  record.domain = DmarcPolicy::none;
  record.subdomains.reset();
  record.missing_subdomains.reset();
  record.unusable = record.aggregate.empty();
}

}  // namespace

std::string_view to_string(DmarcPolicy policy) {
  switch (policy) {
    case DmarcPolicy::none:
      return "none";
    case DmarcPolicy::quarantine:
      return "quarantine";
    case DmarcPolicy::reject:
      return "reject";
  }
  return "unknown";
}

std::optional<DmarcRecord> parse_dmarc_record(std::string_view text) {
  std::vector<std::string_view> const pieces = split(text, ';');
  if (!is_version(pieces.front())) return std::nullopt;
  Tags tags;
  for (std::string_view piece : pieces) {
    std::size_t const equals = piece.find('=');
    if (equals != std::string_view::npos)
      tags.try_emplace(to_lower(trim(piece.substr(0, equals))), trim(piece.substr(equals + 1)));
  }
  DmarcRecord record;
  record.text = text;
  record.aggregate = uris(tags, "rua");
  record.failure = uris(tags, "ruf");
  take_policies(tags, record);
  std::string const psd = find(tags, "psd");
  record.suffix = psd == "y"   ? DmarcRecord::Suffix::yes
                  : psd == "n" ? DmarcRecord::Suffix::no
                               : DmarcRecord::Suffix::unknown;
  record.testing = find(tags, "t") == "y";
  record.strict_dkim = find(tags, "adkim") == "s";
  record.strict_spf = find(tags, "aspf") == "s";
  return record;
}

}  // namespace yubin::policy
