// yubin_bench_judge [--write DIR]: what it costs to find out whom a message is from, when the DNS answers at once: SPF,
// DKIM (RSA-2048) and DMARC of a message, and DKIM of a long one beside plain hashing. With a folder, the messages and
// their key's record are written there, for other programs.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>

#include "base/assert.h"
#include "bench/measure.h"
#include "policy/dkim_sign.h"
#include "policy/dmarc_check.h"
#include "policy/run_check.h"

namespace yubin::bench {
namespace {

using policy::MessageReader;

constexpr std::size_t kPiece = 64 * 1024;  // as the server reads
constexpr std::size_t kShort = 4096;
constexpr std::size_t kLong = 10'000'000;
constexpr std::int64_t kNow = 1'700'000'000;
constexpr std::int64_t kForEver = 4'000'000'000;  // others look at their own clock
constexpr double kSeconds = 2;                    // of each measurement
WallTime const kNowTime{std::chrono::seconds(kNow)};

std::shared_ptr<MessageReader const> read(std::string_view text) {
  auto reader = std::make_shared<MessageReader>();
  for (std::size_t at = 0; at < text.size(); at += kPiece) reader->feed(text.substr(at, kPiece));
  reader->finish();
  return reader;
}

// Lines that the relaxed form changes, each once.
std::string prose(std::size_t line) {
  return fmt::format("{:08} The quick brown fox jumps over the lazy dog,  and so on\r\n", line);
}

// Lines as attachments have them.
std::string base64(std::size_t line) {
  std::string text;
  for (std::size_t i = 0; i < 19; ++i) text += fmt::format("{:04x}", (line * 31 + i) % 0xffff);
  return text + "\r\n";
}

std::string signed_message(policy::PrivateKey const& key, std::size_t size, std::string (*line_of)(std::size_t)) {
  std::string const head =
      "From: Hanako <hanako@example.test>\r\nTo: Taro <taro@other.test>\r\nSubject: =?UTF-8?B?6KaL56mN5pu4?=\r\n"
      "Date: Mon, 20 Nov 2023 10:00:00 +0900\r\nMessage-ID: <1@example.test>\r\nMIME-Version: 1.0\r\n"
      "Content-Type: text/plain; charset=utf-8\r\n\r\n";
  std::string text = head;
  for (std::size_t line = 0; text.size() < size; ++line) text += line_of(line);
  MessageReader reader;
  reader.want(policy::kSignedBody);
  reader.feed(text);
  reader.finish();
  return policy::sign_message(reader, {.domain = "example.test", .selector = "sel"}, key, {kNow, kForEver}).value() +
         text;
}

policy::AnswerTable zone(std::string const& key_record) {
  policy::AnswerTable table;
  table.add("example.test", policy::Txt{"v=spf1 ip4:198.51.100.0/24 include:provider.test mx -all"});
  table.add("provider.test", policy::Txt{"v=spf1 ip4:203.0.113.0/24 ip6:2001:db8::/32 ip4:192.0.2.0/24 ~all"});
  table.add("_dmarc.example.test", policy::Txt{"v=DMARC1; p=reject; rua=mailto:dmarc-reports@example.test"});
  table.add("sel._domainkey.example.test", policy::Txt{key_record});
  return table;
}

// CPU seconds of one call, over at least kSeconds of them.
double cpu_of(std::function<void()> const& work) {
  work();
  double const before = ProcessUse::now().cpu;
  double const start = seconds_now();
  std::size_t times = 0;
  for (; seconds_now() < start + kSeconds; ++times) work();
  return (ProcessUse::now().cpu - before) / static_cast<double>(times);
}

policy::SpfRequest spf_request() {
  return {.client = IpAddress::parse("192.0.2.25").value(),
          .helo = "mx.example.test",
          .sender = "hanako@example.test",
          .receiver = "mx.other.test",
          .now = kNowTime};
}

void expect_pass(policy::Check& check, policy::AnswerTable const& table) {
  YUBIN_ASSERT(policy::run_check(check, table).value().result == "pass");
}

void judge(std::string const& text, policy::AnswerTable const& table) {
  auto const reader = read(text);
  policy::SpfCheck spf(spf_request());
  policy::DkimCheck dkim(reader, kNowTime);
  expect_pass(spf, table);
  expect_pass(dkim, table);
  policy::DmarcCheck dmarc(policy::dmarc_request(reader->author(), &spf.outcome(), &dkim.outcomes()));
  expect_pass(dmarc, table);
}

void measure_message(std::string const& text, policy::AnswerTable const& table) {
  double const all = cpu_of([&] { judge(text, table); });
  double const reading = cpu_of([&] { (void)read(text); });
  auto const reader = read(text);
  double const dkim = cpu_of([&] {
    policy::DkimCheck check(reader, kNowTime);
    expect_pass(check, table);
  });
  double const spf = cpu_of([&] {
    policy::SpfCheck check(spf_request());
    expect_pass(check, table);
  });
  Row("judge.message")
      .set("size", static_cast<double>(text.size()))
      .set("cpu_ms", all * 1000)
      .set("reading_ms", reading * 1000)
      .set("dkim_ms", dkim * 1000)
      .set("spf_ms", spf * 1000)
      .print();
}

void measure_long(std::string_view name, std::string const& text, policy::AnswerTable const& table) {
  double const megabytes = static_cast<double>(text.size()) / 1e6;
  double const dkim = cpu_of([&] {
    policy::DkimCheck check(read(text), kNowTime);
    expect_pass(check, table);
  });
  double const hashing = cpu_of([&] { (void)policy::digest_of(policy::Hash::sha256, text); });
  Row(name)
      .set("size", static_cast<double>(text.size()))
      .set("mb_per_s", megabytes / dkim)
      .set("sha256_mb_per_s", megabytes / hashing)
      .print();
}

void write_file(std::filesystem::path const& path, std::string_view text) {
  std::ofstream out(path, std::ios::binary);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  if (!out.flush()) throw std::runtime_error("cannot write " + path.string());
}

void run(std::filesystem::path const& folder) {
  policy::PrivateKey const key = policy::PrivateKey::make(policy::KeyType::rsa).value();
  std::string const record = policy::key_record(policy::KeyType::rsa, key.public_bytes());
  std::string const brief = signed_message(key, kShort, prose);
  std::string const lengthy = signed_message(key, kLong, prose);
  std::string const attached = signed_message(key, kLong, base64);
  if (!folder.empty()) {
    write_file(folder / "short.eml", brief);
    write_file(folder / "long.eml", lengthy);
    write_file(folder / "attached.eml", attached);
    write_file(folder / "keys", "sel._domainkey.example.test " + record + "\n");
    return;
  }
  policy::AnswerTable const table = zone(record);
  measure_message(brief, table);
  measure_long("judge.long", lengthy, table);
  measure_long("judge.attached", attached, table);
}

}  // namespace
}  // namespace yubin::bench

int main(int argc, char** argv) {
  CLI::App app("what it costs to find out whom a message is from");
  std::filesystem::path folder;
  app.add_option("--write", folder, "only write the messages and the key's record there")
      ->check(CLI::ExistingDirectory);
  CLI11_PARSE(app, argc, argv);
  yubin::bench::run(folder);
  return 0;
}
