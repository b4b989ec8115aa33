#include "tests/kit/policy_vectors.h"
#include "base/text.h"
#include "policy/arc_check.h"
#include "policy/dkim_check.h"
#include "policy/dmarc_check.h"
#include "policy/spf_check.h"

namespace yubin::policy {
namespace {

constexpr std::int64_t kNow = 1'700'000'000;

WallTime now_of(VectorCase const& one) {
  auto const given = parse_number(one.get("now"));
  return WallTime(std::chrono::seconds(given ? static_cast<std::int64_t>(*given) : kNow));
}

// In pieces of `size` bytes.
std::shared_ptr<MessageReader const> read(std::string const& text, std::size_t size) {
  auto reader = std::make_shared<MessageReader>();
  for (std::size_t at = 0; at < text.size(); at += size) reader->feed(std::string_view(text).substr(at, size));
  reader->finish();
  return reader;
}

std::string const& message_of(VectorFile const& file, VectorCase const& one) {
  static std::string const none;
  EXPECT_TRUE(file.messages.contains(one.get("message"))) << one.get("message");
  auto const found = file.messages.find(one.get("message"));
  return found == file.messages.end() ? none : found->second;
}

// Each word in the finding's sentence or evidence.
void expect_says(Finding const& finding, VectorCase const& one) {
  if (!one.has("says")) return;
  std::string all = finding.summary;
  for (Evidence const& evidence : finding.evidence) all += "\n" + evidence.name + " " + evidence.value;
  EXPECT_NE(all.find(one.get("says")), std::string::npos) << all;
}

TEST(Vectors, spf) {
  for_each_vector("spf", [](VectorFile const&, dns::StaticResolver const& zone, VectorCase const& one) {
    auto const client = IpAddress::parse(one.get("ip"));
    ASSERT_TRUE(client);
    SpfCheck check({*client, one.get("helo"), one.get("from"), "mx.receiver.test", WallTime(std::chrono::seconds(1))});
    Finding const finding = finish(check, zone);
    SpfOutcome const& outcome = check.outcome();
    EXPECT_EQ(finding.result, one.get("result")) << finding.summary;
    EXPECT_FALSE(finding.summary.empty());
    if (one.has("mechanism")) EXPECT_EQ(outcome.mechanism, one.get("mechanism"));
    if (one.has("explanation")) EXPECT_EQ(outcome.explanation, one.get("explanation"));
    if (one.has("problem")) EXPECT_NE(outcome.problem.find(one.get("problem")), std::string::npos) << outcome.problem;
    if (one.has("identity")) EXPECT_EQ(to_string(outcome.identity), one.get("identity"));
  });
}

TEST(Vectors, dkim) {
  for_each_vector("dkim", [](VectorFile const& file, dns::StaticResolver const& zone, VectorCase const& one) {
    std::string const& text = message_of(file, one);
    std::optional<Finding> first;
    for (std::size_t size : {text.size() + 1, std::size_t{1}, std::size_t{7}}) {
      DkimCheck check(read(text, size), now_of(one));
      Finding const finding = finish(check, zone);
      if (!first) first = finding;
      EXPECT_EQ(finding, *first) << "in pieces of " << size;
      if (one.has("signatures")) EXPECT_EQ(std::to_string(check.outcomes().size()), one.get("signatures"));
    }
    EXPECT_EQ(first->result, one.get("result")) << first->summary;
    expect_says(*first, one);
  });
}

TEST(Vectors, arc) {
  for_each_vector("arc", [](VectorFile const& file, dns::StaticResolver const& zone, VectorCase const& one) {
    std::string const& text = message_of(file, one);
    std::optional<Finding> first;
    for (std::size_t size : {text.size() + 1, std::size_t{1}}) {
      ArcCheck check(read(text, size));
      Finding const finding = finish(check, zone);
      if (!first) first = finding;
      EXPECT_EQ(finding, *first) << "in pieces of " << size;
    }
    EXPECT_EQ(first->result, one.get("result")) << first->summary;
    expect_says(*first, one);
  });
}

std::vector<std::string> words(std::string const& text) {
  std::vector<std::string> out;
  for (std::string_view word : split(text, ' ')) {
    if (!word.empty()) out.emplace_back(word);
  }
  return out;
}

TEST(Vectors, dmarc) {
  for_each_vector("dmarc", [](VectorFile const&, dns::StaticResolver const& zone, VectorCase const& one) {
    Author author = author_of(mime::HeaderSection::parse("From: " + one.get("from") + "\r\n\r\n"));
    DmarcCheck check({.author = std::move(author),
                      .spf_domain = one.get("spf"),
                      .dkim_domains = words(one.get("dkim")),
                      .incomplete = one.has("incomplete")});
    Finding const finding = finish(check, zone);
    DmarcOutcome const& outcome = check.outcome();
    EXPECT_EQ(finding.result, one.get("result")) << finding.summary;
    if (one.has("policy"))
      EXPECT_EQ(outcome.policy_tag + "=" + std::string(to_string(outcome.policy)), one.get("policy"));
    if (one.has("applied")) EXPECT_EQ(to_string(outcome.applied), one.get("applied"));
    if (one.has("at")) EXPECT_EQ(outcome.policy_domain, one.get("at"));
    if (one.has("organization")) EXPECT_EQ(outcome.organization, one.get("organization"));
    if (one.has("aligned")) EXPECT_EQ(outcome.aligned, one.get("aligned"));
    expect_says(finding, one);
  });
}

}  // namespace
}  // namespace yubin::policy
