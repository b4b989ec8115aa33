#include "policy/run_check.h"

#include <gtest/gtest.h>

namespace yubin::policy {
namespace {

// Does the domain take mail? It asks for MX first, and for addresses of the domain itself if there is none
// (RFC 5321 section 5.1).
class TakesMail final : public Check {
 public:
  explicit TakesMail(std::string domain) : domain_(std::move(domain)) {}

  std::string_view id() const override { return "takes-mail"; }
  Step poll() override {
    if (mx_.empty()) return Lookup{{{domain_, RecordType::mx}}};
    if (!records_of<Mx>(mx_.front()).empty()) return found("mx");
    if (!mx_.front().known()) return found("temperror");
    if (addresses_.empty()) return Lookup{{{domain_, RecordType::a}, {domain_, RecordType::aaaa}}};
    for (Answer const& answer : addresses_) {
      if (answer.existence == Existence::found) return found("address");
    }
    return found("none");
  }
  void resume(std::vector<Answer> answers) override { (mx_.empty() ? mx_ : addresses_) = std::move(answers); }

 private:
  Finding found(std::string result) const {
    return {.check = std::string(id()), .result = std::move(result), .summary = "", .evidence = {{"domain", domain_}}};
  }

  std::string domain_;
  std::vector<Answer> mx_;
  std::vector<Answer> addresses_;
};

std::string result(std::string domain, AnswerTable const& table) {
  TakesMail check(std::move(domain));
  Finding finding = run_check(check, table).value();
  EXPECT_EQ(finding.check, "takes-mail");
  return finding.result;
}

TEST(RunCheck, a_check_is_driven_to_its_finding) {
  AnswerTable table;
  table.add("mx.test", Mx{10, "mail.mx.test"});
  table.add("host.test", Aaaa{});
  table.set({"broken.test", RecordType::mx}, {.existence = Existence::temporary, .records = {}});
  EXPECT_EQ(result("mx.test", table), "mx");
  EXPECT_EQ(result("host.test", table), "address");
  EXPECT_EQ(result("none.test", table), "none");
  EXPECT_EQ(result("broken.test", table), "temperror");
}

class NeverEnds final : public Check {
 public:
  explicit NeverEnds(std::vector<Question> questions) : questions_(std::move(questions)) {}
  std::string_view id() const override { return "never-ends"; }
  Step poll() override {
    ++polls;
    return Lookup{questions_};
  }
  void resume(std::vector<Answer>) override {}
  int polls = 0;

 private:
  std::vector<Question> questions_;
};

TEST(RunCheck, a_check_without_end_is_broken) {
  NeverEnds check({{"x.test", RecordType::a}});
  EXPECT_EQ(run_check(check, {}).error().code, Errc::internal);
  EXPECT_EQ(check.polls, Check::kMaxBatches + 1);
  NeverEnds asks_nothing({});
  EXPECT_EQ(run_check(asks_nothing, {}).error().code, Errc::internal);
}

TEST(AnswerTable, tells_no_name_from_no_data) {
  AnswerTable table;
  table.add("Example.test.", Txt{"v=spf1 -all"});
  table.add("example.TEST", Txt{"other"});
  Answer txt = table.answer({"example.test", RecordType::txt});
  EXPECT_EQ(txt.existence, Existence::found);
  EXPECT_EQ(records_of<Txt>(txt), (std::vector<Txt>{{"v=spf1 -all"}, {"other"}}));
  EXPECT_EQ(records_of<Mx>(txt), std::vector<Mx>{});
  EXPECT_EQ(table.answer({"example.test", RecordType::mx}).existence, Existence::no_data);
  EXPECT_EQ(table.answer({"x.example.test", RecordType::txt}).existence, Existence::no_name);
}

TEST(Mode, is_read_as_it_is_written) {
  for (Mode mode : {Mode::off, Mode::observe, Mode::enforce}) EXPECT_EQ(parse_mode(to_string(mode)), mode);
  EXPECT_EQ(parse_mode("Enforce"), std::nullopt);
  EXPECT_EQ(parse_mode(""), std::nullopt);
}

}  // namespace
}  // namespace yubin::policy
