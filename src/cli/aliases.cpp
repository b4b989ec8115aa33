#include "cli/aliases.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/text.h"

namespace yubin::cli {

namespace {

constexpr unsigned kMaxDepth = 20;
constexpr std::size_t kMaxTargets = 10'000;

// At commas that stand in no quotes.
std::vector<std::string> targets_of(std::string_view text) {
  std::vector<std::string> out(1);
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (text[i] == ',' && !quoted) {
      out.emplace_back();
    } else {
      out.back() += text[i];
    }
  }
  for (std::string& one : out) {
    one = trim(one);
    if (one.size() > 1 && one.starts_with('"') && one.ends_with('"') && one.find('@') == std::string::npos)
      one = one.substr(1, one.size() - 2);
  }
  std::erase(out, "");
  return out;
}

std::string without_comment(std::string_view line) {
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"') quoted = !quoted;
    if (line[i] == '#' && !quoted) return std::string(line.substr(0, i));
  }
  return std::string(line);
}

bool begins_with_blank(std::string_view line) {
  return line.starts_with(' ') || line.starts_with('\t');
}

}  // namespace

Result<Aliases> Aliases::parse(std::string_view text) {
  Aliases out;
  std::string* name = nullptr;
  std::string last;
  std::size_t number = 0;
  for (std::string_view raw : split(text, '\n')) {
    ++number;
    std::string const line = without_comment(raw);
    if (trim(line).empty()) continue;
    std::string_view targets = line;
    if (!begins_with_blank(line)) {
      std::size_t const colon = line.find(':', line.starts_with('"') ? line.find('"', 1) : 0);
      if (colon == std::string::npos || trim(line.substr(0, colon)).empty())
        return fail(Errc::syntax, fmt::format("line {}: an alias is written \"name: address, address\"", number));
      last = to_lower(trim(std::string_view(line).substr(0, colon)));
      std::erase(last, '"');
      name = &last;
      targets = targets.substr(colon + 1);
      out.entries_[last].clear();
    } else if (name == nullptr) {
      return fail(Errc::syntax, fmt::format("line {}: it goes on with a line that is not there", number));
    }
    auto& entry = out.entries_[last];
    for (std::string& target : targets_of(targets)) entry.push_back(std::move(target));
  }
  return out;
}

Result<Aliases> Aliases::read(std::string const& file) {
  std::error_code error;
  if (!std::filesystem::exists(file, error)) return Aliases();
  std::ifstream in(file, std::ios::binary);
  std::ostringstream content;
  content << in.rdbuf();
  if (!in) return fail(Errc::denied, fmt::format("cannot read {}", file));
  Result<Aliases> parsed = parse(content.str());
  if (!parsed) return fail(parsed.error().code, fmt::format("{}, {}", file, parsed.error().detail));
  return parsed;
}

Result<std::vector<std::string>> Aliases::expand(std::string_view name) const {
  std::vector<std::string> out;
  TRY_VOID(add(name, 0, out));
  std::vector<std::string> once;
  for (std::string& one : out)
    if (std::ranges::find(once, one) == once.end()) once.push_back(std::move(one));
  return once;
}

Result<> Aliases::add(std::string_view target, unsigned depth, std::vector<std::string>& out) const {
  constexpr std::string_view kInclude = ":include:";
  if (depth > kMaxDepth || out.size() > kMaxTargets)
    return fail(Errc::limit, fmt::format("the alias {} goes round, or leads to too many", quoted(target)));
  if (istarts_with(target, kInclude)) return include(trim(target.substr(kInclude.size())), depth, out);
  // "\root" is root itself.
  bool const itself = target.starts_with('\\');
  if (itself) target.remove_prefix(1);
  if (target.starts_with('|') || target.starts_with('/'))
    return fail(Errc::denied, fmt::format("mail is not given to programs or files: {}", quoted(target)));
  auto const found = entries_.find(to_lower(target));
  if (itself || target.find('@') != std::string_view::npos || found == entries_.end()) {
    out.emplace_back(target);
    return {};
  }
  for (std::string const& one : found->second) {
    if (iequals(one, target)) {
      out.push_back(one);  // "root: root, admin@example.test" keeps root
    } else {
      TRY_VOID(add(one, depth + 1, out));
    }
  }
  return {};
}

Result<> Aliases::include(std::string_view file, unsigned depth, std::vector<std::string>& out) const {
  std::ifstream in{std::string(file)};
  if (!in) return fail(Errc::not_found, fmt::format("cannot read the file {}", quoted(file)));
  for (std::string line; std::getline(in, line);)
    for (std::string const& target : targets_of(without_comment(line))) TRY_VOID(add(target, depth + 1, out));
  return {};
}

}  // namespace yubin::cli
