#include "smtp/parameters.h"

#include <gtest/gtest.h>

namespace yubin::smtp {
namespace {

constexpr Announced kAll{.auth = true, .dsn = true, .require_tls = true};

// What is understood, in a canonical form; or the refusal's code and text.
std::string mail(std::string_view text, Announced announced = kAll) {
  Cursor in(text);
  auto const parsed = mail_parameters_of(mail_parameters(in).value(), announced);
  if (!parsed) return std::to_string(parsed.error().code()) + " " + parsed.error().lines().front();
  std::string out = parsed->size ? "size=" + std::to_string(*parsed->size) : "";
  if (parsed->body == BodyType::eight_bit_mime) out += " 8bit";
  if (parsed->body == BodyType::binary_mime) out += " binary";
  if (parsed->smtputf8) out += " utf8";
  if (parsed->require_tls) out += " tls";
  if (parsed->ret) out += *parsed->ret == Return::full ? " full" : " headers";
  if (!parsed->envelope_id.empty()) out += " id=" + parsed->envelope_id;
  return out;
}

std::string recipient(std::string_view text, Announced announced = kAll) {
  Cursor in(text);
  auto const parsed = recipient_parameters_of(mail_parameters(in).value(), announced);
  if (!parsed) return std::to_string(parsed.error().code()) + " " + parsed.error().lines().front();
  std::string out;
  if (auto const& notify = parsed->notify) {
    out += "notify:";
    if (notify->success) out += " success";
    if (notify->failure) out += " failure";
    if (notify->delay) out += " delay";
  }
  if (parsed->original) out += " " + parsed->original->type + ";" + parsed->original->address;
  return out;
}

struct Row {
  std::string in;
  std::string out;
};

TEST(MailParametersOf, rfc1870_rfc6152_rfc3030_rfc6531_rfc3461) {
  Row const rows[] = {
      {"", ""},
      {" SIZE=0", "size=0"},
      {" size=99999999999999999999", "size=18446744073709551615"},
      {" SIZE=100000000000000000000", "501 SIZE is a number of octets"},
      {" SIZE", "501 SIZE is a number of octets"},
      {" SIZE=-1", "501 SIZE is a number of octets"},
      {" SIZE=1 SIZE=1", "501 SIZE is given twice"},
      {" BODY=7BIT", ""},
      {" BODY=8bitmime", " 8bit"},
      {" BODY=BinaryMime", " binary"},
      {" BODY", "501 BODY is 7BIT, 8BITMIME or BINARYMIME"},
      {" SMTPUTF8", " utf8"},
      {" SMTPUTF8=1", "501 SMTPUTF8 takes no value"},
      {" REQUIRETLS", " tls"},
      {" REQUIRETLS=1", "501 REQUIRETLS takes no value"},
      {" RET=FULL", " full"},
      {" RET=hdrs", " headers"},
      {" RET=ALL", "501 RET is FULL or HDRS"},
      {" ENVID=QQ314159", " id=QQ314159"},
      {" ENVID=a+2Bb+3Dc+20d", " id=a+b=c d"},
      {" ENVID=a+2bb", "501 ENVID is an xtext of at most 100 characters"},
      {" ENVID=a+2", "501 ENVID is an xtext of at most 100 characters"},
      {" ENVID=a+0Ab", "501 ENVID is an xtext of at most 100 characters"},
      {" ENVID=a+80b", "501 ENVID is an xtext of at most 100 characters"},
      {" ENVID", "501 ENVID is an xtext of at most 100 characters"},
      {" ENVID=" + std::string(100, 'x'), " id=" + std::string(100, 'x')},
      {" ENVID=" + std::string(101, 'x'), "501 ENVID is an xtext of at most 100 characters"},
      {" AUTH=<>", ""},
      {" AUTH=e+3Dmc2@example.com", ""},
      {" AUTH", "501 AUTH is <> or an address in xtext"},
      {" XYZZY=1", "555 Parameter XYZZY is not known"},
      {" NOTIFY=NEVER", "555 Parameter NOTIFY is not known"},
  };
  for (Row const& row : rows) EXPECT_EQ(mail(row.in), row.out) << row.in;
}

TEST(RecipientParametersOf, rfc3461_rfc6533) {
  Row const rows[] = {
      {"", ""},
      {" NOTIFY=NEVER", "notify:"},
      {" NOTIFY=success,FAILURE,Delay", "notify: success failure delay"},
      {" NOTIFY=FAILURE", "notify: failure"},
      {" NOTIFY=NEVER,SUCCESS", "501 NOTIFY is NEVER, or a list of SUCCESS, FAILURE and DELAY"},
      {" NOTIFY=SUCCESS,", "501 NOTIFY is NEVER, or a list of SUCCESS, FAILURE and DELAY"},
      {" NOTIFY", "501 NOTIFY is NEVER, or a list of SUCCESS, FAILURE and DELAY"},
      {" NOTIFY=DELAY NOTIFY=DELAY", "501 NOTIFY is given twice"},
      {" ORCPT=rfc822;Bob@Example.com", " rfc822;Bob@Example.com"},
      {" ORCPT=RFC822;a+2Bb@example.com", " rfc822;a+b@example.com"},
      {" ORCPT=rfc822;", "501 ORCPT's address is not encoded as it must be"},
      {" ORCPT=rfc822;a+b@example.com", "501 ORCPT's address is not encoded as it must be"},
      {" ORCPT=;a@example.com", "501 ORCPT is type;xtext, at most 500 characters"},
      {" ORCPT=a@example.com", "501 ORCPT is type;xtext, at most 500 characters"},
      {" ORCPT=rf_c;a@example.com", "501 ORCPT's type has letters, digits and - only"},
      {" ORCPT=rfc822;" + std::string(493, 'x'), " rfc822;" + std::string(493, 'x')},
      {" ORCPT=rfc822;" + std::string(494, 'x'), "501 ORCPT is type;xtext, at most 500 characters"},
      {" ORCPT=utf-8;\\x{82B1}@\\x{1F4EE}.example", " utf-8;\xe8\x8a\xb1@\xf0\x9f\x93\xae.example"},
      {" ORCPT=utf-8;\\x{5C}\\x{2B}\\x{3D}", " utf-8;\\+="},
      {" ORCPT=utf-8;\xe8\x8a\xb1@example.com", " utf-8;\xe8\x8a\xb1@example.com"},
      {" ORCPT=utf-8;\xe8\x8a@example.com", "501 ORCPT's address is not encoded as it must be"},
      {" ORCPT=utf-8;\\x{D800}", "501 ORCPT's address is not encoded as it must be"},
      {" ORCPT=utf-8;\\x{0A}", "501 ORCPT's address is not encoded as it must be"},
      {" ORCPT=utf-8;\\x{110000}", "501 ORCPT's address is not encoded as it must be"},
      {" ORCPT=utf-8;\\x{}", "501 ORCPT's address is not encoded as it must be"},
      {" ORCPT=utf-8;\\x{82b1}", "501 ORCPT's address is not encoded as it must be"},
      {" ORCPT=utf-8;\\y", "501 ORCPT's address is not encoded as it must be"},
      {" ORCPT=utf-8;a+40b", "501 ORCPT's address is not encoded as it must be"},
      {" RET=FULL", "555 Parameter RET is not known"},
  };
  for (Row const& row : rows) EXPECT_EQ(recipient(row.in), row.out) << row.in;
}

TEST(Parameters, of_what_is_not_announced_are_unknown) {
  EXPECT_EQ(mail(" RET=FULL", {}), "555 Parameter RET is not known");
  EXPECT_EQ(mail(" ENVID=1", {}), "555 Parameter ENVID is not known");
  EXPECT_EQ(mail(" AUTH=<>", {}), "555 Parameter AUTH is not known");
  EXPECT_EQ(recipient(" NOTIFY=NEVER", {}), "555 Parameter NOTIFY is not known");
  EXPECT_EQ(recipient(" ORCPT=rfc822;a@b", {}), "555 Parameter ORCPT is not known");
}

}  // namespace
}  // namespace yubin::smtp
