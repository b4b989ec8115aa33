#include "bench/mail.h"

#include <fmt/format.h>

#include <array>

#include "base/base64.h"

namespace yubin::bench {

namespace {

constexpr std::size_t kAttachmentFrom = 16 * 1024;  // bytes

constexpr std::array<std::string_view, 12> kPhrases = {
    "会議の資料をお送りします。", "見積書をご確認ください。", "来週の予定について",       "東京本社の担当者より",
    "Please find attached the ",  "quarterly report of ",     "お世話になっております。", "受領のご連絡",
    "in the meantime, ",          "サーバーの移行作業",       "delivery of mail ",        "よろしくお願いいたします。"};

// A small generator of our own: the bytes must be the same with every library.
class Numbers {
 public:
  explicit Numbers(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15u + 1) {}
  std::uint64_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_;
  }

 private:
  std::uint64_t state_;
};

std::string text_lines(Numbers& numbers, std::size_t size) {
  std::string text;
  while (text.size() < size) {
    std::string line;
    for (;;) {
      std::string_view const phrase = kPhrases[numbers.next() % kPhrases.size()];
      if (line.size() + phrase.size() > 76) break;
      line += phrase;
    }
    text += line + "\r\n";
  }
  return text;
}

std::string attachment_lines(Numbers& numbers, std::size_t size) {
  std::string text;
  std::string bytes(57, '\0');
  while (text.size() < size) {
    for (char& byte : bytes) byte = static_cast<char>(numbers.next() >> 32);
    text += to_base64(bytes) + "\r\n";
  }
  return text;
}

}  // namespace

std::string make_mail(std::uint64_t number, std::size_t size) {
  Numbers numbers(number);
  std::string mail = fmt::format(
      "From: =?UTF-8?B?6Iqx5a2Q?= <sender{0}@load.example>\r\nTo: user@example.test\r\n"
      "Subject: =?UTF-8?B?5Lya6K2w44Gu5Lu2?= {0}\r\nDate: Mon, 2 Nov 2026 09:30:00 +0900\r\n"
      "Message-ID: <bench.{0}@load.example>\r\nMIME-Version: 1.0\r\n",
      number);
  std::string const plain = "Content-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n";
  if (size < kAttachmentFrom) {
    mail += plain;
    return mail + text_lines(numbers, size > mail.size() + 40 ? size - mail.size() - 40 : 1);
  }
  mail += "Content-Type: multipart/mixed; boundary=\"bench-part\"\r\n\r\n--bench-part\r\n" + plain;
  mail += text_lines(numbers, 2048);
  mail +=
      "--bench-part\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment;\r\n"
      " filename*=UTF-8''%E8%A6%8B%E7%A9%8D.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n";
  mail += attachment_lines(numbers, size - mail.size() - 40);
  return mail + "--bench-part--\r\n";
}

}  // namespace yubin::bench
