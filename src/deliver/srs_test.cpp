#include "deliver/srs.h"

#include <gtest/gtest.h>

namespace yubin::deliver {
namespace {

mime::Address address(std::string_view text) {
  return mime::Address::parse(text).value();
}
mime::Domain const kOurs = mime::Domain::parse("us.test").value();
WallTime const kNow{std::chrono::seconds(1'700'000'000)};

std::string unpacked(Srs const& srs, mime::Address const& one, WallTime now = kNow) {
  Result<mime::Address> const found = srs.unpack(one, now);
  return found ? found->text() : found.error().detail;
}

TEST(Srs, a_report_finds_its_way_back) {
  Srs const srs("secret");
  for (std::string_view sender : {"a@b.test", "A.b+c=d@sub.b.test", "\"a b\"@c.test"}) {
    mime::Address const made = srs.rewrite(address(sender), kOurs, kNow).value();
    EXPECT_EQ(made.domain(), kOurs);
    EXPECT_TRUE(made.text().find("SRS0=") != std::string::npos) << made.text();
    EXPECT_TRUE(Srs::is_rewritten(made));
    EXPECT_EQ(unpacked(srs, made), sender);
  }
  EXPECT_FALSE(Srs::is_rewritten(address("srs0@us.test")));
  EXPECT_FALSE(Srs::is_rewritten(address("srs0x=a@us.test")));
}

TEST(Srs, letters_may_change_their_case_on_the_way) {
  Srs const srs("secret");
  std::string text = srs.rewrite(address("Hanako@b.test"), kOurs, kNow).value().text();
  for (char& c : text) c = static_cast<char>(std::tolower(c));
  EXPECT_EQ(unpacked(srs, address(text)), "hanako@b.test");
}

TEST(Srs, forged_and_old_addresses_are_refused) {
  Srs const srs("secret");
  mime::Address const made = srs.rewrite(address("a@b.test"), kOurs, kNow).value();
  EXPECT_EQ(unpacked(Srs("other"), made), "this address was not made here");
  std::string text = made.text();
  text.replace(text.find("b.test"), 6, "c.test");
  EXPECT_EQ(unpacked(srs, address(text)), "this address was not made here");
  for (std::string_view wrong :
       {"SRS0=@us.test", "SRS0=a=b@us.test", "SRS0=aaaaaa=aa=b.test=a@us.test", "SRS1=a=b@us.test"})
    EXPECT_EQ(unpacked(srs, address(wrong)), "this address was not made here") << wrong;
  using std::chrono::days;
  EXPECT_EQ(unpacked(srs, made, kNow + days(21)), "a@b.test");
  EXPECT_EQ(unpacked(srs, made, kNow + days(22)), "this address is over");
  EXPECT_EQ(unpacked(srs, made, kNow - days(1)), "this address is over");
}

TEST(Srs, what_others_have_forwarded_goes_back_to_the_first_of_them) {
  Srs const first("one");
  Srs const second("two");
  Srs const third("three");
  mime::Domain const domains[] = {mime::Domain::parse("first.test").value(), mime::Domain::parse("second.test").value(),
                                  mime::Domain::parse("third.test").value()};
  mime::Address const a = first.rewrite(address("a@b.test"), domains[0], kNow).value();
  mime::Address const b = second.rewrite(a, domains[1], kNow).value();
  mime::Address const c = third.rewrite(b, domains[2], kNow).value();
  EXPECT_TRUE(b.text().starts_with("SRS1=")) << b.text();
  EXPECT_TRUE(c.text().starts_with("SRS1=")) << c.text();
  EXPECT_EQ(unpacked(third, c), a.text());
  EXPECT_EQ(unpacked(second, b), a.text());
  EXPECT_EQ(unpacked(first, a), "a@b.test");
  EXPECT_EQ(unpacked(second, c), "this address was not made here");
}

// Others may choose all that stands in an SRS1 address, the day too.
TEST(Srs, one_kind_of_address_is_none_of_the_other) {
  Srs const srs("secret");
  std::string const day = srs.rewrite(address("a@b.test"), kOurs, kNow).value().text().substr(12, 2);
  for (auto const& [sender, from, to] : {std::tuple("SRS1=x=" + day + "=victim.test=bob@evil.test", "SRS1", "SRS0"),
                                         std::tuple(std::string("bob@victim.test"), "SRS0", "SRS1")}) {
    std::string text = srs.rewrite(address(sender), kOurs, kNow).value().text();
    text.replace(text.find(from), 4, to);
    EXPECT_EQ(unpacked(srs, address(text)), "this address was not made here") << text;
  }
}

TEST(Srs, a_mark_is_an_aliases_own) {
  Srs const srs("secret");
  EXPECT_EQ(srs.mark_of(address("Info@us.test")), srs.mark_of(address("info@us.test")));
  EXPECT_NE(srs.mark_of(address("info@us.test")), srs.mark_of(address("info2@us.test")));
  EXPECT_NE(srs.mark_of(address("info@us.test")), Srs("other").mark_of(address("info@us.test")));
}

TEST(Srs, what_is_too_long_is_not_rewritten) {
  std::string const local(50, 'a');
  EXPECT_FALSE(Srs("s").rewrite(address(local + "@b.test"), kOurs, kNow));
}

}  // namespace
}  // namespace yubin::deliver
