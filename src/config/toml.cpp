// The one source that sees toml++.
#define TOML_HEADER_ONLY 1

// Without its assertions toml++ lets the compiler assume what they say, and it asserts of what follows the [ of a
// header something that it has not looked at.
#undef NDEBUG
#define TOML_ASSERT(expression) ((expression) ? void() : throw yubin::config::AssertionOfToml())
namespace yubin::config {
struct AssertionOfToml {};
}  // namespace yubin::config

#include <fmt/format.h>

#include <toml++/toml.h>
#include <algorithm>
#include <optional>

#include "base/text.h"
#include "config/value.h"

namespace yubin::config {

namespace {

constexpr std::size_t kMostProblems = 50;
constexpr std::string_view kAgain = "yubin again ";  // name of a section whose header stands twice

int line_of(toml::node const& node) {
  return static_cast<int>(node.source().begin.line);
}

Value convert(toml::node const& node);

Section convert_section(toml::table const& table) {
  Section section;
  for (auto const& [key, node] : table) section.push_back({std::string(key.str()), convert(node)});
  // toml++ keeps them by name.
  std::ranges::sort(section, {}, [](Entry const& entry) { return std::pair(entry.value.line, entry.name); });
  return section;
}

Value convert(toml::node const& node) {
  int const line = line_of(node);
  if (auto const* text = node.as_string()) return {text->get(), line};
  if (auto const* number = node.as_integer()) return {number->get(), line};
  if (auto const* flag = node.as_boolean()) return {flag->get(), line};
  if (auto const* table = node.as_table()) return {convert_section(*table), line};
  if (auto const* array = node.as_array()) {
    List list;
    for (toml::node const& element : *array) list.push_back(convert(element));
    return {std::move(list), line};
  }
  return {OtherType{}, line};
}

// What a line sets: "imap.idle_time" of `idle_time = "30 min"` is found by its own text; the section's header is what
// stands above it.
std::string_view name_in(std::string_view line) {
  if (line.starts_with('[')) return trim(line.substr(0, line.find('#')));
  return trim(line.substr(0, line.find('=')));
}

// The line above `line` that sets the same, in the same section; 0 if it is written in another way.
int earlier(std::vector<std::string_view> const& lines, int line) {
  std::string_view const name = name_in(trim(lines[static_cast<std::size_t>(line) - 1]));
  for (int at = line - 1; at >= 1; --at) {
    std::string_view const other = trim(lines[static_cast<std::size_t>(at) - 1]);
    if (name_in(other) == name) return at;
    if (!name.starts_with('[') && other.starts_with('[')) return 0;
  }
  return 0;
}

Problem describe(toml::parse_error const& error, std::vector<std::string_view> const& lines, int line) {
  std::string text(error.description());
  if (text.contains("cannot redefine")) {
    std::string_view const name = name_in(trim(lines[static_cast<std::size_t>(line) - 1]));
    int const first = earlier(lines, line);
    if (first == 0) return {line, fmt::format("{} is set twice; keep one of them", name)};
    return {line, fmt::format("{} is set twice, here and in line {}; keep one of them", name, first)};
  }
  for (std::string_view said : {"Error while parsing ", "error while parsing "})
    if (text.starts_with(said)) text = "wrong " + text.substr(said.size());
  std::erase_if(text, [](char c) { return c == '\n' || c == '\r'; });
  return {line, text};
}

// The line as it is parsed next time: without what was wrong. What stands below a repeated header still belongs to it.
std::string without(std::string_view line, int number) {
  return trim(line).starts_with('[') && !trim(line).starts_with("[[") ? fmt::format("['{}{}']", kAgain, number) : "";
}

std::string joined(std::vector<std::string> const& lines) {
  return fmt::format("{}", fmt::join(lines, "\n"));
}

// A string with its quotes. One that does not end: to the end of its line, or, of several lines, of the text.
std::string_view string_at_begin(std::string_view text) {
  char const quote = text.front();
  std::string const three(3, quote);
  bool const is_long = text.starts_with(three);
  std::string_view const end = is_long ? std::string_view(three) : std::string_view(three).substr(2);
  for (std::size_t at = end.size(); at < text.size(); ++at) {
    if (quote == '"' && text[at] == '\\') {
      ++at;
    } else if (!is_long && text[at] == '\n') {
      return text.substr(0, at);
    } else if (text.substr(at).starts_with(end)) {
      at += end.size();
      // Two more may belong to the text of a long one.
      for (int more = 0; is_long && more < 2 && text.substr(at).starts_with(quote); ++more) ++at;
      return text.substr(0, at);
    }
  }
  return text;
}

// The first line with something that is not ASCII outside of strings and comments, as a full-width blank; none: 0.
// There is no such thing in TOML, but toml++ takes it for granted that there is none of some such characters.
int line_beyond_ascii(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  int line = 1;
  while (!text.empty()) {
    char const c = text.front();
    if (static_cast<unsigned char>(c) >= 0x80) return line;
    std::string_view taken = text.substr(0, 1);
    if (c == '#') taken = text.substr(0, text.find('\n'));
    if (c == '"' || c == '\'') taken = string_at_begin(text);
    line += static_cast<int>(std::ranges::count(taken, '\n'));
    text.remove_prefix(taken.size());
  }
  return 0;
}

// The first line whose header has no name; none: 0.
int header_without_name(std::vector<std::string> const& lines) {
  auto is_part_of_name = [](char c) {
    return is_alpha(c) || is_digit(c) || c == '_' || c == '-' || c == '"' || c == '\'';
  };
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::string_view const line = trim(lines[i]);
    if (!line.starts_with('[')) continue;
    std::string_view const name = trim(line.substr(line.starts_with("[[") ? 2 : 1));
    if (name.empty() || !is_part_of_name(name.front())) return static_cast<int>(i) + 1;
  }
  return 0;
}

// Sections whose header stood twice become what they were meant to be.
void merge_repeated(Section& root, std::vector<std::string_view> const& lines) {
  for (auto& [name, value] : root) {
    if (!name.starts_with(kAgain)) continue;
    std::optional<std::uint64_t> const line = parse_number(std::string_view(name).substr(kAgain.size()));
    if (!line || *line == 0 || *line > lines.size()) continue;
    std::string_view const header = name_in(trim(lines[*line - 1]));
    name = std::string(trim(header.substr(1, header.size() - (header.ends_with(']') ? 2 : 1))));
  }
}

}  // namespace

Document read_toml(std::string_view text) {
  std::vector<std::string_view> const lines = split(text, '\n');
  std::vector<std::string> tried(lines.begin(), lines.end());
  Document document;
  while (document.problems.size() < kMostProblems) {
    try {
      std::string const whole = joined(tried);
      if (int const line = line_beyond_ascii(whole); line != 0) {
        document.problems.push_back(
            {line, "text stands in quotes, and blanks are those of ASCII, not full-width ones"});
        tried[static_cast<std::size_t>(line) - 1].clear();
        continue;
      }
      document.root = convert_section(toml::parse(std::string_view(whole)));
      break;
    } catch (toml::parse_error const& error) {
      int const line = std::clamp(static_cast<int>(error.source().begin.line), 1, static_cast<int>(lines.size()));
      document.problems.push_back(describe(error, lines, line));
      std::string& wrong = tried[static_cast<std::size_t>(line) - 1];
      std::string next = wrong == lines[static_cast<std::size_t>(line) - 1] ? without(wrong, line) : "";
      if (next == wrong) break;  // the mistake is elsewhere: an open bracket or quote
      wrong = std::move(next);
    } catch (AssertionOfToml const&) {
      int const line = header_without_name(tried);
      document.problems.push_back({std::max(line, 1), "wrong section header: a name belongs between [ and ]"});
      if (line == 0) break;
      tried[static_cast<std::size_t>(line) - 1].clear();
    }
  }
  merge_repeated(document.root, lines);
  return document;
}

}  // namespace yubin::config
