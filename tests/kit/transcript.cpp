#include "tests/kit/transcript.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <regex>
#include <stdexcept>

#include "base/bytes.h"
#include "base/text.h"

namespace yubin::kit {

namespace {

using Kind = Step::Kind;

struct Sign {
  std::string_view sign;
  Kind kind;
};
constexpr Sign kSigns[] = {{"C:", Kind::send_line},
                           {"C\"", Kind::send_raw},
                           {"S:", Kind::exact},
                           {"S~", Kind::pattern},
                           {"S*", Kind::skip_to}};

[[noreturn]] void malformed(std::string const& what) {
  throw std::runtime_error(what);
}

Step parse_step(std::string_view text, int line) {
  int connection = 1;
  if (!text.empty() && is_digit(text.front())) {
    connection = text.front() - '0';
    text.remove_prefix(1);
  }
  if (text == "S! close") return {Kind::closed, connection, line, ""};
  if (text == "C! close") return {Kind::close, connection, line, ""};
  if (text == "C! tls") return {Kind::tls, connection, line, ""};
  for (Sign const& sign : kSigns) {
    if (!text.starts_with(sign.sign)) continue;
    text.remove_prefix(sign.sign.size());
    if (text.starts_with(' ')) text.remove_prefix(1);
    return {sign.kind, connection, line, std::string(text)};
  }
  malformed("not a line of a transcript");
}

// "\{text}*1000", after its "\{": takes it from the front.
std::string unescape(std::string_view text);
std::string repetition(std::string_view& text) {
  std::size_t end = text.find("}*");
  if (end == std::string_view::npos) malformed("\\{ needs }*COUNT");
  std::string once = unescape(text.substr(0, end));
  text.remove_prefix(end + 2);
  std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  std::uint64_t count = parse_number(text.substr(0, digits)).value_or(0);
  text.remove_prefix(digits);
  std::string out;
  for (std::uint64_t i = 0; i < count; ++i) out += once;
  return out;
}

std::string escape(std::string_view& text) {
  char c = text.empty() ? '\0' : text.front();
  text.remove_prefix(std::min<std::size_t>(1, text.size()));
  if (c == 'r') return "\r";
  if (c == 'n') return "\n";
  if (c == 't') return "\t";
  if (c == '\\') return "\\";
  if (c == '{') return repetition(text);
  auto byte = from_hex(text.substr(0, 2));
  if (c != 'x' || !byte || byte->size() != 1) malformed("not an escape");
  text.remove_prefix(2);
  return *byte;
}

std::string unescape(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    char c = text.front();
    text.remove_prefix(1);
    if (c == '\\') {
      out += escape(text);
    } else {
      out += c;
    }
  }
  return out;
}

bool in_name(char c) {
  return (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_';
}

// In a pattern, values stand for themselves, and a $ without a name is the pattern's own.
std::string quote_for_pattern(std::string const& value) {
  return std::regex_replace(value, std::regex(R"([.*+?^${}()|\[\]\\/])"), R"(\$&)");
}

std::string replace_variables(std::string_view text, Variables const& variables, bool pattern) {
  std::string out;
  while (!text.empty()) {
    std::size_t dollar = std::min(text.find('$'), text.size());
    out += text.substr(0, dollar);
    text.remove_prefix(dollar);
    if (text.empty()) break;
    text.remove_prefix(1);
    if (text.starts_with('$')) {
      out += pattern ? "\\$" : "$";
      text.remove_prefix(1);
      continue;
    }
    bool const braces = text.starts_with('{');
    if (braces) text.remove_prefix(1);
    std::size_t length = 0;
    while (length < text.size() && in_name(text[length])) ++length;
    if (length == 0 && pattern && !braces) {
      out += '$';
      continue;
    }
    auto value = variables.find(std::string(text.substr(0, length)));
    if (value == variables.end()) malformed(fmt::format("${} is not known", text.substr(0, length)));
    out += pattern ? quote_for_pattern(value->second) : value->second;
    text.remove_prefix(length);
    if (braces && !text.starts_with('}')) malformed("${ needs }");
    if (braces) text.remove_prefix(1);
  }
  return out;
}

// std::regex has no named groups: they become plain ones, and their names are remembered with their numbers.
struct Pattern {
  std::regex regex;
  std::map<std::size_t, std::string> names;
};

Pattern compile(std::string const& text) {
  Pattern out;
  std::string plain;
  std::size_t group = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    plain += text[i];
    if (text[i] == '\\' && i + 1 < text.size()) {
      plain += text[++i];
    } else if (text[i] == '(' && text.compare(i + 1, 2, "?<") == 0) {
      std::size_t end = text.find('>', i);
      if (end == std::string::npos) malformed("(?< needs >");
      out.names[++group] = text.substr(i + 3, end - i - 3);
      i = end;
    } else if (text[i] == '(' && text.compare(i + 1, 1, "?") != 0) {
      ++group;
    }
  }
  out.regex = std::regex(plain, std::regex::ECMAScript);
  return out;
}

// One connection of a running transcript: what is still to be sent, and what came and is not yet compared.
class Peer {
 public:
  explicit Peer(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}

  void queue(std::string_view bytes) { unsent_ += bytes; }
  void flush() {
    if (unsent_.empty()) return;
    connection_->send(unsent_);
    unsent_.clear();
  }
  std::optional<std::string> next_line() {
    std::size_t end;
    while ((end = came_.find("\r\n")) == std::string::npos) {
      std::string more = connection_->receive();
      if (more.empty()) return {};
      came_ += more;
    }
    std::string line = came_.substr(0, end);
    came_.erase(0, end + 2);
    return line;
  }
  // Everything up to the close; empty: there was nothing more.
  std::string rest() {
    for (std::string more = connection_->receive(); !more.empty(); more = connection_->receive()) came_ += more;
    return came_;
  }
  std::string left_over() { return came_ + connection_->pending(); }
  Connection& connection() { return *connection_; }

 private:
  std::unique_ptr<Connection> connection_;
  std::string unsent_;
  std::string came_;
};

class Runner {
 public:
  Runner(Connect const& connect, Variables variables) : connect_(connect), variables_(std::move(variables)) {}

  // Empty, or what is wrong.
  std::string step(Step const& step) {
    bool const sends = step.kind == Kind::send_line || step.kind == Kind::send_raw;
    if (!sends || step.connection != last_sender_) flush_all();
    if (sends) last_sender_ = step.connection;
    if (step.kind == Kind::close) {
      peers_.erase(step.connection);
      return "";
    }
    Peer& peer = open(step.connection);
    switch (step.kind) {
      case Kind::send_line:
        peer.queue(replace_variables(step.text, variables_, false) + "\r\n");
        return "";
      case Kind::send_raw:
        peer.queue(unescape(replace_variables(step.text, variables_, false)));
        return "";
      case Kind::tls:
        peer.connection().start_tls();
        return "";
      case Kind::closed:
        return closed(peer);
      default:
        return expect(step, peer);
    }
  }

  std::string finish() {
    flush_all();
    for (auto& [number, peer] : peers_) {
      std::string const more = peer.left_over();
      if (!more.empty()) return fmt::format("more came on {}: {}", number, yubin::quoted(more));
    }
    return "";
  }

 private:
  Peer& open(int number) {
    auto found = peers_.find(number);
    if (found == peers_.end()) found = peers_.emplace(number, Peer(connect_())).first;
    return found->second;
  }

  void flush_all() {
    for (auto& [number, peer] : peers_) peer.flush();
  }

  std::string closed(Peer& peer) {
    std::string rest = peer.rest();
    if (!rest.empty()) return "expected the connection to be closed, got " + yubin::quoted(rest);
    return peer.connection().is_closed() ? "" : "expected the connection to be closed, it is open";
  }

  std::string expect(Step const& step, Peer& peer) {
    std::string const wanted = replace_variables(step.text, variables_, step.kind == Kind::pattern);
    for (;;) {
      auto line = peer.next_line();
      if (!line) return fmt::format("expected {}, got nothing", yubin::quoted(wanted));
      if (matches(step.kind, wanted, *line)) return "";
      if (step.kind != Kind::skip_to)
        return fmt::format("expected {}, got {}", yubin::quoted(wanted), yubin::quoted(*line));
    }
  }

  bool matches(Kind kind, std::string const& wanted, std::string const& line) {
    if (kind == Kind::exact) return line == wanted;
    if (kind == Kind::skip_to) return line == wanted || line.starts_with(wanted + " ");
    Pattern const pattern = compile(wanted);
    std::smatch match;
    if (!std::regex_match(line, match, pattern.regex)) return false;
    for (auto const& [group, name] : pattern.names) variables_[name] = match[group];
    return true;
  }

  Connect const& connect_;
  Variables variables_;
  std::map<int, Peer> peers_;
  int last_sender_ = 0;
};

}  // namespace

Transcript read_transcript(std::filesystem::path const& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error(fmt::format("{}: cannot be read", file.string()));
  Transcript out{file, "", false, {}};
  std::string text;
  for (int line = 1; std::getline(in, text); ++line) {
    if (text.empty()) continue;
    if (text == "# only: session") {
      out.only_session = true;
    } else if (text.starts_with('#')) {
      if (out.requirement.empty()) out.requirement = trim(text.substr(1));
    } else {
      try {
        out.steps.push_back(parse_step(text, line));
      } catch (std::runtime_error const& error) {
        throw std::runtime_error(fmt::format("{}:{}: {}", file.string(), line, error.what()));
      }
    }
  }
  if (out.requirement.empty()) throw std::runtime_error(fmt::format("{}: names no requirement", file.string()));
  return out;
}

std::vector<std::filesystem::path> find_transcripts(std::filesystem::path const& folder) {
  std::vector<std::filesystem::path> out;
  for (auto const& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".txt") out.push_back(entry.path());
  }
  std::ranges::sort(out);
  return out;
}

std::string run(Transcript const& transcript, Connect const& connect, Variables variables) {
  Runner runner(connect, std::move(variables));
  int line = 0;
  try {
    for (Step const& step : transcript.steps) {
      line = step.line;
      std::string wrong = runner.step(step);
      if (!wrong.empty()) return fmt::format("{}:{}: {}", transcript.file.string(), line, wrong);
    }
    std::string wrong = runner.finish();
    if (!wrong.empty()) return fmt::format("{}:{}: {}", transcript.file.string(), line, wrong);
  } catch (std::exception const& error) {
    return fmt::format("{}:{}: {}", transcript.file.string(), line, error.what());
  }
  return "";
}

}  // namespace yubin::kit
