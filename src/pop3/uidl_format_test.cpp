#include "pop3/uidl_format.h"

#include <gtest/gtest.h>

namespace yubin::pop3 {
namespace {

std::string name(std::string_view format, std::uint32_t uid_validity, std::uint32_t uid) {
  auto parsed = UidlFormat::parse(format);
  return parsed ? parsed->name(store::UidValidity(uid_validity), store::Uid(uid)) : "error: " + parsed.error().detail;
}

TEST(UidlFormat, names_messages_as_others_do) {
  EXPECT_EQ(UidlFormat().name(store::UidValidity(0x5f0a1b2c), store::Uid(31)), "0000001F5F0A1B2C");  // Dovecot
  EXPECT_EQ(name("%08Xu%08Xv", 0x5f0a1b2c, 0xffffffff), "FFFFFFFF5F0A1B2C");
  EXPECT_EQ(name("%u", 7, 31), "31");             // Cyrus, not strict
  EXPECT_EQ(name("%v.%u", 7, 31), "7.31");        // Cyrus
  EXPECT_EQ(name("UID%u-%v", 7, 31), "UID31-7");  // Courier, version 1
  EXPECT_EQ(name("%v-%u%%", 7, 31), "7-31%");
  EXPECT_EQ(name("%010u%xv", 255, 31), "0000000031ff");
}

TEST(UidlFormat, refuses_what_could_not_be_a_name) {
  for (std::string_view text : {"", "%v", "x", "%", "%z%u", "% u", "%8u", "%011u", "%00u", "%0u", "%u\x7f", "%u x",
                                "%u\n", "%ü%u", "%X%u", "%f%u"})
    EXPECT_TRUE(name(text, 7, 31).starts_with("error: ")) << text;
}

TEST(UidlFormat, stays_within_70_characters) {
  EXPECT_EQ(name("%u" + std::string(60, 'x'), 7, 31).size(), 62);
  EXPECT_TRUE(name("%u" + std::string(61, 'x'), 7, 31).starts_with("error: "));
  EXPECT_EQ(name("%Xu" + std::string(62, 'x'), 7, 0xffffffff).size(), 70);
}

}  // namespace
}  // namespace yubin::pop3
