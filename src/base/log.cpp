#include "base/log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <mutex>

#include "base/format.h"
#include "base/text.h"

namespace yubin {

namespace {

bool plain(char c) {
  return is_alpha(c) || is_digit(c) || std::string_view("._:@/+<>=-").find(c) != std::string_view::npos;
}

std::string_view level_name(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warning:
      return "warning";
    case LogLevel::error:
      return "error";
  }
  return "unknown";
}

void write_to_stderr(LogLevel level, std::string_view line) {
  auto now = std::chrono::system_clock::now();
  auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  std::string out =
      fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z {} {}\n", fmt::gmtime(std::chrono::system_clock::to_time_t(now)), millis,
                  level_name(level), line);
  std::fwrite(out.data(), 1, out.size(), stderr);
}

struct Output {
  std::mutex mutex;
  LogSink sink = write_to_stderr;
};

Output& output() {
  static Output instance;
  return instance;
}

std::atomic<LogLevel> lowest_level{LogLevel::info};

std::string& scope_text() {
  thread_local std::string text;
  return text;
}

void append(std::string& line, std::initializer_list<LogField> fields) {
  for (LogField const& field : fields) append_format(line, " {}={}", field.key(), field.text());
}

}  // namespace

LogField::LogField(std::string_view key, std::string_view text)
    : key_(key),
      text_(!text.empty() && std::ranges::all_of(text, plain) && text.size() <= 200 ? std::string(text)
                                                                                    : quoted(text)) {}

void log(LogEvent const& event, std::initializer_list<LogField> fields) {
  if (event.level < lowest_level.load(std::memory_order_relaxed)) return;
  std::string line(event.name);
  line += scope_text();
  append(line, fields);
  Output& out = output();
  std::lock_guard lock(out.mutex);
  out.sink(event.level, line);
}

LogScope::LogScope(std::initializer_list<LogField> fields) : length_before_(scope_text().size()) {
  append(scope_text(), fields);
}

LogScope::~LogScope() {
  scope_text().resize(length_before_);
}

void set_log_sink(LogSink sink) {
  Output& out = output();
  std::lock_guard lock(out.mutex);
  out.sink = std::move(sink);
}

void set_log_level(LogLevel lowest) {
  lowest_level = lowest;
}

}  // namespace yubin
