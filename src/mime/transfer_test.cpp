#include "mime/transfer.h"

#include <gtest/gtest.h>

namespace yubin::mime {
namespace {

struct Row {
  TransferEncoding encoding;
  std::string_view input;
  std::string_view output;
  bool clean;
};

class Transfer : public testing::TestWithParam<Row> {};

TEST_P(Transfer, decode_whole_and_in_pieces) {
  Row const& row = GetParam();
  for (std::size_t piece : {1u, 2u, 3u, 7u, 1000u}) {
    TransferDecoder decoder(row.encoding);
    std::string out;
    for (std::size_t at = 0; at < row.input.size(); at += piece) decoder.decode(row.input.substr(at, piece), out);
    decoder.finish(out);
    EXPECT_EQ(out, row.output) << row.input << " in pieces of " << piece;
    EXPECT_EQ(decoder.clean(), row.clean) << row.input;
  }
}

constexpr auto kBase64 = TransferEncoding::base64;
constexpr auto kQp = TransferEncoding::quoted_printable;

INSTANTIATE_TEST_SUITE_P(base64, Transfer,
                         testing::Values(Row{kBase64, "", "", true}, Row{kBase64, "Zm9v\r\nYmFy\r\n", "foobar", true},
                                         Row{kBase64, "Zm8=", "fo", true}, Row{kBase64, "Zg==", "f", true},
                                         Row{kBase64, "Zg==\r\nZm8=\r\nZm9v", "ffofoo", true},  // put together
                                         Row{kBase64, "Zm8", "fo", false}, Row{kBase64, "Z", "", false},
                                         Row{kBase64, "Zm*9v", "foo", false}, Row{kBase64, "=", "", true},
                                         Row{kBase64, "====", "", true}));

INSTANTIATE_TEST_SUITE_P(
    quoted_printable, Transfer,
    testing::Values(Row{kQp, "caf=C3=A9\r\n", "caf\xc3\xa9\r\n", true}, Row{kQp, "a=\r\nb=\nc", "abc", true},
                    Row{kQp, "a=  \t\r\nb", "ab", true}, Row{kQp, "a  \r\nb \t\nc  ", "a\r\nb\nc", true},
                    Row{kQp, "a b  c", "a b  c", true}, Row{kQp, "=e3=81=82", "\xe3\x81\x82", true},
                    Row{kQp, "a=zb", "a=zb", false}, Row{kQp, "a=3", "a=3", false}, Row{kQp, "a=", "a", true},
                    Row{kQp, "==3D", "==", false}, Row{kQp, "=3=3D", "=3=", false}, Row{kQp, "a= b", "a= b", false},
                    Row{kQp, "a \rb", "a \rb", true}, Row{kQp, "a=\rb", "a=\rb", false},
                    Row{kQp, "a =3D \r\n", "a =\r\n", true}, Row{kQp, "=20\r\n", " \r\n", true}));

TEST(Transfer, names) {
  EXPECT_EQ(transfer_encoding(" Base64 "), TransferEncoding::base64);
  EXPECT_EQ(transfer_encoding("QUOTED-PRINTABLE"), TransferEncoding::quoted_printable);
  EXPECT_EQ(transfer_encoding("x-uuencode"), TransferEncoding::identity);
}

TEST(Transfer, encoders_write_short_lines_that_come_back) {
  std::string bytes;
  for (int i = 0; i < 1000; ++i) bytes.push_back(static_cast<char>(i * 7));
  std::string base64 = encode_base64_body(bytes);
  EXPECT_EQ(decode_transfer(base64, kBase64), bytes);
  EXPECT_EQ(base64.find("\r\n"), 76u);

  std::string text = ".dot\r\nFrom me\r\ntrailing \r\n=\r\n" + std::string(200, 'x') + "\r\n郵便\tend \n\nlast ";
  std::string encoded = encode_quoted_printable(text);
  EXPECT_EQ(decode_transfer(encoded, kQp),
            ".dot\r\nFrom me\r\ntrailing \r\n=\r\n" + std::string(200, 'x') + "\r\n郵便\tend \r\n\r\nlast ");
  std::size_t line = 0;
  for (char c : encoded) {
    line = c == '\n' ? 0 : line + 1;
    EXPECT_LE(line, 77u);
  }
}

}  // namespace
}  // namespace yubin::mime
