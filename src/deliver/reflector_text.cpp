#include <fmt/format.h>

#include <algorithm>

#include "deliver/reflector.h"
#include "mime/lexer.h"

namespace yubin::deliver {

namespace {

struct Line {
  std::string_view fact;  // of the journal's entry
  std::string_view english;
  std::string_view japanese;
};
constexpr Line kLines[] = {{"spf", "SPF", "SPF"},
                           {"dkim", "DKIM", "DKIM"},
                           {"dmarc", "DMARC", "DMARC"},
                           {"arc", "ARC", "ARC"},
                           {"iprev", "Reverse name", "逆引き"}};

struct Word {
  std::string_view result;
  std::string_view japanese;
};
constexpr Word kWords[] = {{"pass", "合格"},
                           {"fail", "不合格"},
                           {"softfail", "弱い不合格"},
                           {"neutral", "判断なし"},
                           {"none", "設定なし"},
                           {"policy", "方針により不合格"},
                           {"temperror", "一時エラー"},
                           {"permerror", "設定エラー"}};

std::string fact_of(journal::Entry const& entry, std::string_view name) {
  auto const found = std::ranges::find(entry.facts, name, &std::pair<std::string, std::string>::first);
  return found == entry.facts.end() ? "" : found->second;
}

// What peers and their DNS say of themselves is any bytes: they end up in one line of text.
std::string tame(std::string_view value) {
  constexpr std::size_t kMost = 1000;
  std::string out(value.substr(0, kMost));
  bool const is_text = mime::is_utf8(out);
  for (char& c : out) {
    auto const byte = static_cast<unsigned char>(c);
    if (byte < ' ' || byte == 0x7f || (byte > 0x7f && !is_text)) c = '?';
  }
  return out;
}

// "pass: ..." in one word.
std::string in_japanese(std::string const& fact) {
  std::string_view const result = std::string_view(fact).substr(0, fact.find(':'));
  auto const word = std::ranges::find(kWords, result, &Word::result);
  return word == std::end(kWords) ? std::string(result) : fmt::format("{} ({})", word->japanese, result);
}

}  // namespace

std::string reflection_text(journal::Entry const& entry) {
  std::string english = "This is what we saw of your message.\r\n\r\n";
  std::string japanese = "お送りいただいたメールの判定結果です。\r\n\r\n";
  auto add = [&](std::string_view label, std::string_view label_ja, std::string_view value, std::string_view value_ja) {
    english += fmt::format("{}: {}\r\n", label, tame(value));
    japanese += fmt::format("{}: {}\r\n", label_ja, tame(value_ja));
  };
  for (Line const& line : kLines) {
    std::string const fact = fact_of(entry, line.fact);
    if (fact.empty()) {
      add(line.english, line.japanese, "not checked", "未確認");
    } else {
      add(line.english, line.japanese, fact, in_japanese(fact));
    }
  }
  add("Address", "送信元アドレス", entry.peer, entry.peer);
  add("HELO", "HELO", entry.helo, entry.helo);
  add("TLS", "TLS", entry.tls.empty() ? "none: it came in clear" : entry.tls,
      entry.tls.empty() ? "なし (平文)" : entry.tls);
  add("Envelope sender", "エンベロープ送信者", entry.sender, entry.sender);
  add("Our id", "受付番号", entry.id.text(), entry.id.text());
  return english + "\r\n" + japanese;
}

}  // namespace yubin::deliver
