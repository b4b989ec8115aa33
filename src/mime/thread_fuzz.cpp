// A reply belongs to the thread of what it answers; a base subject is short and has no white space.
#include "mime/thread.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "base/assert.h"
#include "mime/header.h"

using namespace yubin::mime;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const input(reinterpret_cast<char const*>(data), size);
  std::string const base = thread_subject(input);
  YUBIN_ASSERT(base.find_first_of(" \t\r\n") == std::string::npos);
  YUBIN_ASSERT(thread_subject("Re: " + std::string(input)) == base);

  HeaderSection const header = HeaderSection::parse(input);
  std::vector<std::uint64_t> const keys = thread_keys(header);
  YUBIN_ASSERT(keys.size() <= kMaxThreadKeys);
  auto const id = header.find_first("Message-ID");
  if (!header.complete() || !id || id->value().find_first_of("<> ") != std::string::npos) return 0;
  if (id->value().find_first_not_of("\t\v\f") == std::string::npos) return 0;  // white space is no part of an id
  // What answers it names the id, and has the subject as it was.
  auto const subject = header.find_first("Subject");
  std::string reply = "In-Reply-To: <" + id->value() + ">\r\n";
  if (subject) reply += "Subject: " + subject->value() + "\r\n";
  std::vector<std::uint64_t> const answer = thread_keys(HeaderSection::parse(reply + "\r\n"));
  YUBIN_ASSERT(answer.size() == 1 && std::ranges::find(keys, answer.front()) != keys.end());
  return 0;
}
