// Japanese mail as it really comes: what each kind of text must read as, and on which step of the ladder.
#include <gtest/gtest.h>

#include "mime/charset.h"
#include "mime/encoded_word.h"
#include "mime/parameter.h"
#include "mime/transfer.h"

namespace yubin::mime {
namespace {

using Step = CharsetStep;

// 東京 in each charset.
constexpr std::string_view kJisTokyo = "\x1b$BEl5~\x1b(B";
constexpr std::string_view kSjisTokyo = "\x93\x8c\x8b\x9e";
constexpr std::string_view kEucTokyo = "\xc5\xec\xb5\xfe";

struct BodyRow {
  std::string_view bytes;
  std::string_view label;
  std::string_view text;
  Step step;
};

class JapaneseBodies : public testing::TestWithParam<BodyRow> {};

TEST_P(JapaneseBodies, decode) {
  BodyRow const& row = GetParam();
  DecodedText decoded = decode_text(row.bytes, row.label);
  EXPECT_EQ(decoded.text, row.text) << row.label;
  EXPECT_EQ(to_string(decoded.step), to_string(row.step)) << row.text << " read as " << decoded.charset;
}

INSTANTIATE_TEST_SUITE_P(
    iso_2022_jp, JapaneseBodies,
    testing::Values(
        BodyRow{kJisTokyo, "ISO-2022-JP", "東京", Step::declared},
        BodyRow{"\x1b$@El5~\x1b(J", "iso-2022-jp", "東京", Step::declared},    // JIS C 6226, JIS X 0201
        BodyRow{"\x1b$B-!-j-7\x1b(B", "iso-2022-jp", "①㈱Ⅲ", Step::declared},  // NEC row 13
        BodyRow{"\x1b$B-!-j-7\x1b(B", "CP50220", "①㈱Ⅲ", Step::declared},
        BodyRow{"\x1b$B|b\x1b(B", "ISO-2022-JP-MS", "髙", Step::declared},  // IBM's extensions
        BodyRow{"\x1b(I12\x1b(B", "cp50221", "ｱｲ", Step::declared},
        BodyRow{"\x1b(I12\x1b(B", "iso-2022-jp", "ｱｲ", Step::declared},
        BodyRow{"\x1b$(D0!\x1b(B", "iso-2022-jp", "丂", Step::superset},  // JIS X 0212
        BodyRow{"\xb1\xb2 \x1b$BEl5~\x1b(B", "iso-2022-jp", "ｱｲ 東京", Step::superset},
        BodyRow{"\x0e\x31\x32\x0f", "iso-2022-jp", "ｱｲ", Step::superset},
        BodyRow{"\x1b$BEl5~\r\nabc", "iso-2022-jp", "東京\r\nabc", Step::declared},  // no return to ASCII
        BodyRow{kJisTokyo, "utf-8", "東京", Step::detected}, BodyRow{kJisTokyo, "us-ascii", "東京", Step::detected},
        BodyRow{kJisTokyo, "iso-8859-1", "東京", Step::detected}, BodyRow{kJisTokyo, "", "東京", Step::detected},
        BodyRow{kJisTokyo, "x-unknown", "東京", Step::detected}, BodyRow{"abc", "cp50222", "abc", Step::declared}));

INSTANTIATE_TEST_SUITE_P(
    shift_jis, JapaneseBodies,
    testing::Values(BodyRow{kSjisTokyo, "Shift_JIS", "東京", Step::declared},
                    BodyRow{kSjisTokyo, "x-sjis", "東京", Step::declared},
                    BodyRow{"\x87\x8a\x87\x40", "shift_jis", "㈱①", Step::declared},
                    BodyRow{"\xfb\xfc\xfa\xb1", "windows-31j", "髙﨑", Step::declared},
                    BodyRow{"\xee\xe0", "cp932", "髙", Step::declared},  // NEC selected IBM extensions
                    BodyRow{"\xb1\xb2\xb3", "shift_jis", "ｱｲｳ", Step::declared},
                    BodyRow{"\x95\x5c\x8e\xa6", "Shift-JIS", "表示", Step::declared},
                    BodyRow{"10\x81\x60\x32\x30\x5c", "sjis", "10～20\\", Step::declared},
                    BodyRow{"\x93\x8c\x8b\x9e\x93", "shift_jis", "東京\ufffd", Step::replaced},  // cut in a character
                    BodyRow{kSjisTokyo, "utf-8", "東京", Step::detected},
                    BodyRow{kSjisTokyo, "iso-2022-jp", "東京", Step::detected},
                    BodyRow{kSjisTokyo, "", "東京", Step::detected},
                    BodyRow{"\x82\xb1\x82\xf1\x82\xc9\x82\xbf\x82\xcd", "us-ascii", "こんにちは", Step::detected}));

INSTANTIATE_TEST_SUITE_P(euc_jp, JapaneseBodies,
                         testing::Values(BodyRow{kEucTokyo, "EUC-JP", "東京", Step::declared},
                                         BodyRow{kEucTokyo, "x-euc-jp", "東京", Step::declared},
                                         BodyRow{"\xad\xa1\x8e\xb1", "euc-jp", "①ｱ", Step::declared},
                                         BodyRow{kEucTokyo, "iso-2022-jp", "東京", Step::detected},
                                         BodyRow{"\xa4\xb3\xa4\xf3\xa4\xcb\xa4\xc1\xa4\xcf", "", "こんにちは",
                                                 Step::detected}));

INSTANTIATE_TEST_SUITE_P(utf_8, JapaneseBodies,
                         testing::Values(BodyRow{"東京①", "utf8", "東京①", Step::declared},
                                         BodyRow{"東京", "iso-2022-jp", "東京", Step::detected},
                                         BodyRow{"東京", "shift_jis", "東京", Step::detected},
                                         BodyRow{"東京", "", "東京", Step::detected},
                                         BodyRow{"東京", "x-unknown", "東京", Step::detected},
                                         BodyRow{"\xef\xbb\xbf東京", "utf-8", "東京", Step::declared},
                                         BodyRow{"東京都庁\xe6\x9d", "utf-8", "東京都庁\ufffd", Step::replaced}));

INSTANTIATE_TEST_SUITE_P(
    others, JapaneseBodies,
    testing::Values(BodyRow{"", "", "", Step::declared}, BodyRow{"caf\xe9", "iso-8859-1", "café", Step::declared},
                    BodyRow{"\x93x\x94", "iso-8859-1", "“x”", Step::declared},
                    BodyRow{"caf\xe9 au lait", "", "café au lait", Step::detected},
                    BodyRow{"\xc4\xe3\xba\xc3", "gb2312", "你好", Step::declared},
                    BodyRow{"\xbe\xc8\xb3\xe7", "ks_c_5601-1987", "안녕", Step::declared},
                    BodyRow{"\xcf\xf0\xe8\xe2\xe5\xf2", "windows-1251", "Привет", Step::declared}));

INSTANTIATE_TEST_SUITE_P(
    pictograms, JapaneseBodies,
    testing::Values(BodyRow{"\xf8\x9f", "shift_jis", "☀", Step::declared},              // docomo
                    BodyRow{"\xf9\x85", "shift_jis", "#\u20e3", Step::declared},        // docomo, two code points
                    BodyRow{"\xf6\x60", "shift_jis", "☀", Step::declared},              // KDDI
                    BodyRow{"\x1b$BuAEl\x1b(B", "iso-2022-jp", "☀東", Step::declared},  // KDDI, in JIS
                    BodyRow{"\xf0\x40", "shift_jis", "\ue000", Step::declared}));       // somebody's own character

struct HeaderRow {
  std::string value;
  std::string_view text;
  Step step = Step::declared;
};

class JapaneseHeaders : public testing::TestWithParam<HeaderRow> {};

TEST_P(JapaneseHeaders, decode) {
  HeaderRow const& row = GetParam();
  DecodedText decoded = decode_header(row.value);
  EXPECT_EQ(decoded.text, row.text) << row.value;
  EXPECT_EQ(to_string(decoded.step), to_string(row.step)) << row.value;
}

std::string b(std::string_view charset, std::string_view bytes) {
  return "=?" + std::string(charset) + "?B?" + encode_base64(bytes) + "?=";
}

INSTANTIATE_TEST_SUITE_P(
    encoded_words, JapaneseHeaders,
    testing::Values(
        HeaderRow{"plain text", "plain text"}, HeaderRow{"=?ISO-2022-JP?B?GyRCRWw1fhsoQg==?=", "東京"},
        HeaderRow{b("ISO-2022-JP", kJisTokyo) + " " + b("iso-2022-jp", kJisTokyo), "東京東京"},
        // Split inside the shift state, inside a character, and without a return to ASCII.
        HeaderRow{b("ISO-2022-JP", "\x1b$BEl") + " " + b("ISO-2022-JP", "5~\x1b(B"), "東京"},
        HeaderRow{b("ISO-2022-JP", "\x1b$BE") + " \t" + b("ISO-2022-JP", "l5~\x1b(B"), "東京"},
        HeaderRow{b("ISO-2022-JP", "\x1b$BEl") + " " + b("ISO-2022-JP", "\x1b$B5~"), "東京"},
        HeaderRow{b("UTF-8", "\xe6\x9d\xb1\xe4") + " " + b("utf-8", "\xba\xac"), "東京"},
        HeaderRow{"=?ISO-2022-JP?Q?=1B$BEl5~=1B(B?=", "東京"}, HeaderRow{"=?iso-2022-jp?q?=1b$BEl5=7E=1b(B?=", "東京"},
        HeaderRow{b("ISO-2022-JP", "\x1b$B-j\x1b(B") + "\x1b$B" + "El5~\x1b(B", "㈱東京", Step::detected},
        HeaderRow{b("Shift_JIS", "\x87\x8a") + " " + b("windows-31j", "\x93\x8c"), "㈱東"},
        HeaderRow{b("ISO-2022-JP", kJisTokyo) + " " + b("UTF-8", "京"), "東京京"},  // two charsets
        HeaderRow{"Re: " + b("UTF-8", "東") + " and " + b("UTF-8", "京") + " x", "Re: 東 and 京 x"},
        HeaderRow{"Re:" + b("UTF-8", "東") + "様", "Re:東様", Step::detected},
        HeaderRow{"\"" + b("UTF-8", "東京") + "\"", "\"東京\""}, HeaderRow{"=?utf-8*ja?B?5p2x?=", "東"},
        HeaderRow{"=?UTF-8?B?5p2x5Lqs", "東京"},                      // cut off
        HeaderRow{"=?UTF-8?B?5p2x5A?=", "東\ufffd", Step::replaced},  // cut in a character, no padding
        HeaderRow{"=?UTF-8?B?5p2x =?UTF-8?B?5Lqs?=", "東京"},         // the first has no end
        HeaderRow{"=?UTF-8?Q?a b_c=E6=9D=B1?= ?", "a b c東 ?"}, HeaderRow{"=?UTF-8?Q?a=3F=?=", "a?"},
        HeaderRow{"=?UTF-8?Q?=E6=9D=B1_?= x", "東  x"}, HeaderRow{b("UTF-8", kSjisTokyo), "東京", Step::detected},
        HeaderRow{b("ISO-2022-JP", "東京"), "東京", Step::detected}, HeaderRow{b("", "東京"), "東京", Step::detected},
        HeaderRow{b("x-nonsense", kEucTokyo), "東京", Step::detected}, HeaderRow{"a =?b", "a =?b"},
        HeaderRow{"=?utf-8?x?abc?=", "=?utf-8?x?abc?="}, HeaderRow{"=?utf-8?Q?a=0D=0Ab=00c?=", "a  b c"},
        HeaderRow{b("utf-8", "") + " x", " x"}));

INSTANTIATE_TEST_SUITE_P(bare, JapaneseHeaders,
                         testing::Values(HeaderRow{std::string(kJisTokyo), "東京", Step::detected},
                                         HeaderRow{"Re: " + std::string(kSjisTokyo), "Re: 東京", Step::detected},
                                         HeaderRow{"Re: " + std::string(kEucTokyo), "Re: 東京", Step::detected},
                                         HeaderRow{"東京 " + b("UTF-8", "京"), "東京 京", Step::detected},
                                         // Two of its bytes look like the start of an encoded-word.
                                         HeaderRow{"\x1b$B=?=P\x1b(B", "戎出", Step::detected}));

struct NameRow {
  std::string_view field;
  std::string_view name;
  Step step = Step::declared;
};

class JapaneseFileNames : public testing::TestWithParam<NameRow> {};

TEST_P(JapaneseFileNames, decode) {
  NameRow const& row = GetParam();
  auto name = decode_parameter(parse_disposition(row.field).parameters, "filename");
  ASSERT_TRUE(name) << row.field;
  EXPECT_EQ(name->text, row.name) << row.field;
  EXPECT_EQ(to_string(name->step), to_string(row.step)) << row.field;
}

INSTANTIATE_TEST_SUITE_P(
    generations, JapaneseFileNames,
    testing::Values(NameRow{"attachment; filename=\"plain.txt\"", "plain.txt"},
                    NameRow{"attachment; filename*=utf-8''%E6%9D%B1%E4%BA%AC.txt", "東京.txt"},
                    NameRow{"attachment; filename*=utf-8'ja'%E6%9D%B1.txt", "東.txt"},
                    // The shift state goes on, or begins anew, in the next piece.
                    NameRow{"attachment; filename*0*=ISO-2022-JP''%1B%24BEl; filename*1*=5%7E%1B%28B.txt", "東京.txt"},
                    NameRow{"attachment; filename*0*=ISO-2022-JP''%1B$BEl%1B%28B; filename*1*=%1B$B5~%1B%28B.txt",
                            "東京.txt"},
                    NameRow{"attachment; filename*0*=utf-8''%E6%9D%B1%E4; filename*1*=%BA%AC.txt", "東京.txt"},
                    NameRow{"attachment; filename*0*=utf-8''%E6%9D%B1; filename*1=\"50%25.txt\"", "東50%25.txt"},
                    NameRow{"attachment; filename*1*=%E4%BA%AC; filename*0*=utf-8''%E6%9D%B1", "東京"},
                    NameRow{"attachment; filename*1*=utf-8''%E6%9D%B1; filename*2*=%E4%BA%AC", "東京"},
                    NameRow{"attachment; filename=\"x.txt\"; filename*=utf-8''%E6%9D%B1.txt", "東.txt"},
                    NameRow{"attachment; filename*=%E6%9D%B1.txt", "東.txt", Step::detected},
                    NameRow{"attachment; filename*=shift_jis''%87%8A.txt", "㈱.txt"},
                    NameRow{"attachment; filename*=''a%zz%4", "a%zz%4"},
                    NameRow{"attachment; filename*0=a; filename*1=b; filename*3=d", "ab"},
                    NameRow{"attachment; filename=\"=?ISO-2022-JP?B?GyRCRWw1fhsoQg==?=.txt\"", "東京.txt"},
                    NameRow{"attachment; filename==?ISO-2022-JP?B?GyRCRWw1fhsoQg==?=", "東京"},
                    NameRow{"attachment; filename==?UTF-8?B?5p2x?= =?UTF-8?B?5Lqs?=; size=1", "東京"},
                    NameRow{"attachment; filename*0=\"=?UTF-8?B?5p2x\"; filename*1=\"5Lqs?=.txt\"", "東京.txt"},
                    NameRow{"attachment; filename=\"\x1b$BEl5~\x1b(B.txt\"", "東京.txt", Step::detected},
                    NameRow{"attachment; filename=\"\x95\x5c.txt\"", "表.txt", Step::detected},
                    NameRow{"attachment; filename=\xc5\xec\xb5\xfe.txt", "東京.txt", Step::detected},
                    NameRow{"attachment; filename=\"東京.txt\"", "東京.txt", Step::detected},
                    NameRow{"attachment; filename*=utf-8''a%0D%0Ab", "a  b"}));

struct JoinedRow {
  std::string_view parameters;
  Parameters joined;
};

class Continuations : public testing::TestWithParam<JoinedRow> {};

// RFC 2231 section 6: what BODYSTRUCTURE shows of a value in pieces; it reads as the pieces do.
TEST_P(Continuations, join) {
  Parameters const parameters = parse_disposition("attachment; " + std::string(GetParam().parameters)).parameters;
  Parameters const joined = join_continuations(parameters);
  EXPECT_EQ(joined, GetParam().joined);
  auto const name = decode_parameter(parameters, "n");
  auto const same = decode_parameter(joined, "n");
  ASSERT_EQ(name.has_value(), same.has_value());
  if (name) EXPECT_EQ(name->text, same->text);
}

INSTANTIATE_TEST_SUITE_P(
    names, Continuations,
    testing::Values(JoinedRow{"n=a; m=b", {{"n", "a"}, {"m", "b"}}}, JoinedRow{"n*0=a; n*1=b", {{"n", "ab"}}},
                    JoinedRow{"m=1; n*1=b; x=2; n*0=\"a \"", {{"m", "1"}, {"n", "a b"}, {"x", "2"}}},
                    JoinedRow{"n*=utf-8''%E6%9D%B1", {{"n*", "utf-8''%E6%9D%B1"}}},
                    JoinedRow{"n*0*=utf-8'ja'%E6; n*1*=%9D%b1", {{"n*", "utf-8'ja'%E6%9D%B1"}}},
                    JoinedRow{"n*0*=utf-8''%E6%9D%B1; n*1=\"50%25.x\"", {{"n*", "utf-8''%E6%9D%B150%2525.x"}}},
                    JoinedRow{"n*0=a; n*1*=%62", {{"n*", "''ab"}}}, JoinedRow{"n*0*=%61; n*1*=%62", {{"n*", "''ab"}}},
                    JoinedRow{"n*0*=ISO-2022-JP''%1B$BEl; n*1*=5%7E%1B(B", {{"n*", "ISO-2022-JP''%1B$BEl5~%1B%28B"}}},
                    JoinedRow{"n=c; n*0=a; n*1=b", {{"n", "ab"}}}, JoinedRow{"n*0=a; n*2=c", {{"n", "a"}}},
                    JoinedRow{"n*1=b", {{"n", "b"}}}, JoinedRow{"n*x=b", {{"n*x", "b"}}},
                    JoinedRow{"n*0*=a; n*1*=b'c'd", {{"n*", "''ab%27c%27d"}}},
                    JoinedRow{"n*0=\"=?UTF-8?B?5p2x\"; n*1=\"5Lqs?=\"", {{"n", "=?UTF-8?B?5p2x5Lqs?="}}}));

TEST(FileName, prefers_the_disposition) {
  Part part;
  part.parameters = {{"name", "a.txt"}};
  EXPECT_EQ(decode_file_name(part)->text, "a.txt");
  part.disposition = parse_disposition("attachment; filename=b.txt");
  EXPECT_EQ(decode_file_name(part)->text, "b.txt");
  EXPECT_FALSE(decode_parameter(part.parameters, "nam"));
}

}  // namespace
}  // namespace yubin::mime
