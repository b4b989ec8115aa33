// A TOML file as values that know their line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace yubin::config {

struct Value;
struct Entry;
using List = std::vector<Value>;
using Section = std::vector<Entry>;  // in the file's order
struct OtherType {};                 // fractions, dates: no option takes one

struct Value {
  std::variant<std::string, std::int64_t, bool, List, Section, OtherType> is;
  int line = 0;  // from 1
};
struct Entry {
  std::string name;
  Value value;
};

// What is wrong with a file. Each is one sentence for the administrator.
struct Problem {
  int line = 0;  // from 1; 0: of the file as a whole
  std::string sentence;

  friend auto operator<=>(Problem const&, Problem const&) = default;
};

struct Document {
  Section root;
  std::vector<Problem> problems;  // where it is not TOML, and what is set twice
};

// Goes on after a wrong line as if it were empty, so that all of them are reported. `text` is at most some MiB.
Document read_toml(std::string_view text);

}  // namespace yubin::config
