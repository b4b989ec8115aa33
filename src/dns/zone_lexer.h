// Cuts a master file (RFC 1035 section 5.1) into entries. Internal to dns/.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace yubin::dns {

struct ZoneWord {
  std::string text;  // without quotes and backslashes
  bool quoted = false;
};

struct ZoneEntry {
  std::size_t line = 0;         // where it begins, from 1
  bool begins_blank = false;    // the name above again
  std::vector<ZoneWord> words;  // at least one
  bool directive = false;       // a comment of the form "; !fail ..."; the words are those behind the "!"
};

// Entries one after the other; an entry in parentheses goes over several lines.
class ZoneLexer {
 public:
  explicit ZoneLexer(std::string_view text) : rest_(text) {}  // which outlives it

  // None: the end. Errors: syntax, a quote or parenthesis is not closed, with the number of the line.
  Result<std::optional<ZoneEntry>> next();

 private:
  Result<> read_entry(ZoneEntry& entry);
  Result<ZoneWord> word();
  Result<char> escaped();
  void skip_comment();
  char take();

  std::string_view rest_;
  std::size_t line_ = 1;
};

}  // namespace yubin::dns
