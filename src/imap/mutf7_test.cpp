#include "imap/mutf7.h"

#include <gtest/gtest.h>

namespace yubin::imap {
namespace {

struct Row {
  std::string_view utf8;
  std::string_view encoded;
};

TEST(Mutf7, BothWays) {
  Row const rows[] = {
      {"", ""},
      {"INBOX", "INBOX"},
      {"Tom & Jerry", "Tom &- Jerry"},
      {"&-", "&--"},
      // RFC 3501 section 5.1.3
      {"~peter/mail/\xe5\x8f\xb0\xe5\x8c\x97/\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"},
      {"\xe9\x80\x81\xe4\xbf\xa1\xe6\xb8\x88\xe3\x81\xbf", "&kAFP4W4IMH8-"},
      {"\xc3\xa4", "&AOQ-"},
      {"a\xc3\xa4-b", "a&AOQ--b"},
      {"\xf0\x9f\x93\xae", "&2D3c7g-"},  // U+1F4EE, a postbox
      {"\x01", "&AAE-"},
  };
  for (Row const& row : rows) {
    EXPECT_EQ(encode_mutf7(row.utf8), row.encoded);
    EXPECT_EQ(decode_mutf7(row.encoded), row.utf8) << row.encoded;
  }
}

TEST(Mutf7, RefusesWhatItWouldNotWrite) {
  for (std::string_view text : {
           "&",           // no end
           "&U,BTFw",     // no end
           "&U,BTFw=-",   // padding
           "&U/BTFw-",    // the other alphabet
           "&AGE-",       // "a" stands for itself
           "&ACY-",       // & is &-
           "&AOQ-&AOQ-",  // one shift would do
           "&2D0-",       // half a surrogate pair
           "&3K4-",       // the other half
           "&2D3YPQ-",    // two first halves
           "&AO-",        // bits are missing
           "&AOR-",       // bits left over
           "\xc3\xa4",    // not ASCII
           "a\tb",        // a control character
       }) {
    EXPECT_EQ(decode_mutf7(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace yubin::imap
