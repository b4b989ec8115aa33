// Log lines: `event key=value …`, one line each. Events are values with a level and a meaning, never free text:
// each folder declares its own as constants, so that docs and searches have a fixed set of names.
//
//   inline constexpr LogEvent kListening{"net.listening", LogLevel::info, "a listener is bound"};
//   log(kListening, {{"service", "imap"}, {"port", 143}});
//
// A LogScope adds ids to all lines of its thread while it lives (conn=7f3 tx=2), so one search tells one story.
// Passwords, tokens and message bodies never go into a value.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>

namespace yubin {

enum class LogLevel { debug, info, warning, error };

struct LogEvent {
  std::string_view name;  // folder.what_happened
  LogLevel level;
  std::string_view meaning;  // one sentence for the manual
};

// A value: numbers as they are, text quoted where it holds anything but [A-Za-z0-9._:@/+<>=-].
class LogField {
 public:
  LogField(std::string_view key, std::string_view text);
  LogField(std::string_view key, char const* text) : LogField(key, std::string_view(text)) {}
  LogField(std::string_view key, std::string const& text) : LogField(key, std::string_view(text)) {}
  LogField(std::string_view key, bool value) : key_(key), text_(value ? "yes" : "no") {}
  template <std::integral N>
  LogField(std::string_view key, N value) : key_(key), text_(std::to_string(value)) {}

  std::string_view key() const { return key_; }
  std::string_view text() const { return text_; }

 private:
  std::string_view key_;
  std::string text_;
};

void log(LogEvent const& event, std::initializer_list<LogField> fields);

class LogScope {
 public:
  explicit LogScope(std::initializer_list<LogField> fields);
  ~LogScope();
  LogScope(LogScope const&) = delete;
  LogScope& operator=(LogScope const&) = delete;

 private:
  std::size_t length_before_;
};

// Where lines go (without the line end); any thread calls it, one at a time. The default writes to standard error with
// the time. Set it before other threads start.
using LogSink = std::function<void(LogLevel, std::string_view line)>;
void set_log_sink(LogSink sink);
void set_log_level(LogLevel lowest);

}  // namespace yubin
