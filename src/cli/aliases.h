// /etc/aliases, as sendmail has it: where mail for the names of this machine goes.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace yubin::cli {

// "name: address, address"; a line that begins with white space goes on with the one before, # begins a comment. What
// is delivered to a file or a program ("/path", "|program") is kept as text, and refused when it is used.
class Aliases {
 public:
  // Errors: syntax, with the number of the line.
  static Result<Aliases> parse(std::string_view text);
  // Nothing but an empty table if there is no such file.
  static Result<Aliases> read(std::string const& file);

  std::size_t size() const { return entries_.size(); }
  // Where it leads in the end, through other aliases and files that are :include:d, each address once. A name that is
  // none of them, and what has a domain, is itself. Errors: limit (it goes round, or is too much), denied (a program or
  // a file), not_found (an included file).
  Result<std::vector<std::string>> expand(std::string_view name) const;

 private:
  Result<> add(std::string_view target, unsigned depth, std::vector<std::string>& out) const;
  Result<> include(std::string_view file, unsigned depth, std::vector<std::string>& out) const;

  std::map<std::string, std::vector<std::string>> entries_;  // by the name in lower case
};

}  // namespace yubin::cli
