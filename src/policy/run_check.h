// A check driven to its finding with a table of answers instead of a resolver: for tests, and for vectors on the
// command line.
#pragma once

#include <map>
#include <string>

#include "base/result.h"
#include "policy/check.h"

namespace yubin::policy {

// A small world of DNS. What is not in it does not exist: a name with records of other types has no data, any other
// name is no name.
class AnswerTable {
 public:
  // Another record of the same name and type joins the ones before.
  void add(std::string_view name, Record record);
  // The whole answer, as when it fails; replaces what was there.
  void set(Question question, Answer answer);
  Answer answer(Question const& question) const;

 private:
  std::map<Question, Answer> answers_;
};

// Errors: internal (the check asks nothing, or goes on after Check::kMaxBatches).
Result<Finding> run_check(Check& check, AnswerTable const& table);

}  // namespace yubin::policy
