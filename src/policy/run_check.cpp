#include "policy/run_check.h"

namespace yubin::policy {

namespace {

struct TypeOf {
  RecordType operator()(A const&) const { return RecordType::a; }
  RecordType operator()(Aaaa const&) const { return RecordType::aaaa; }
  RecordType operator()(Ptr const&) const { return RecordType::ptr; }
  RecordType operator()(Mx const&) const { return RecordType::mx; }
  RecordType operator()(Txt const&) const { return RecordType::txt; }
  RecordType operator()(Tlsa const&) const { return RecordType::tlsa; }
};

}  // namespace

void AnswerTable::add(std::string_view name, Record record) {
  Answer& answer = answers_[Question(name, std::visit(TypeOf{}, record))];
  answer.existence = Existence::found;
  answer.records.push_back(std::move(record));
}

void AnswerTable::set(Question question, Answer answer) {
  answers_.insert_or_assign(std::move(question), std::move(answer));
}

Answer AnswerTable::answer(Question const& question) const {
  if (auto found = answers_.find(question); found != answers_.end()) return found->second;
  for (auto const& [other, answer] : answers_) {
    if (other.name() == question.name() && answer.existence == Existence::found)
      return {.existence = Existence::no_data, .records = {}};
  }
  return {.existence = Existence::no_name, .records = {}};
}

Result<Finding> run_check(Check& check, AnswerTable const& table) {
  for (int batches = 0; batches <= Check::kMaxBatches; ++batches) {
    Step step = check.poll();
    if (auto* finding = std::get_if<Finding>(&step)) return std::move(*finding);
    std::vector<Answer> answers;
    for (Question const& question : std::get<Lookup>(step).questions) answers.push_back(table.answer(question));
    if (answers.empty()) return fail(Errc::internal, std::string(check.id()) + ": a look-up without a question");
    check.resume(std::move(answers));
  }
  return fail(Errc::internal, std::string(check.id()) + ": too many look-ups");
}

}  // namespace yubin::policy
