#include "backup/manifest.h"

#include <gtest/gtest.h>

#include "backup/checksum.h"

namespace yubin::backup {
namespace {

Manifest example() {
  Manifest manifest;
  manifest.id = UniqueId(1'795'311'000'000'000, 7);
  manifest.store = "3f6c-1";
  manifest.finished = WallTime(std::chrono::seconds(1'795'311'005));
  manifest.base = UniqueId(1'795'311'000'000'000, 6);
  manifest.files = {{"rows/CURRENT", checksum_of("a"), 1, 5},
                    {"files/etc/yubin/a b%.toml", checksum_of("b"), 1'000'000, 1'795'311'005'000'000'000}};
  return manifest;
}

std::string closed(std::string const& lines) {
  return lines + "end " + checksum_of(lines) + "\n";
}

TEST(Manifest, reads_as_it_was_written) {
  Manifest manifest = example();
  EXPECT_EQ(parse_manifest(encode_manifest(manifest)).value(), manifest);
  manifest.base.reset();
  manifest.files.clear();
  EXPECT_EQ(parse_manifest(encode_manifest(manifest)).value(), manifest);
}

TEST(Manifest, is_none_when_a_byte_is_missing_or_changed) {
  std::string const text = encode_manifest(example());
  for (std::size_t i = 0; i < text.size(); ++i) {
    EXPECT_FALSE(parse_manifest(text.substr(0, i)));
    std::string changed = text;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(parse_manifest(changed)) << i;
  }
}

TEST(Manifest, names_no_file_outside_of_the_backup) {
  std::string const head = "yubin-backup 1\nid " + example().id.text() + "\n";
  std::string const sum = checksum_of("a");
  EXPECT_TRUE(parse_manifest(closed(head + "file " + sum + " 1 1 rows/a\n")));
  for (char const* path : {"/etc/passwd", "../a", "rows/../../a", "rows//a", "rows/.", "%2e%2e/a", "a%00b", "", "%2"})
    EXPECT_FALSE(parse_manifest(closed(head + "file " + sum + " 1 1 " + path + "\n"))) << path;
}

TEST(Manifest, of_a_later_version_is_refused_with_a_sentence) {
  Result<Manifest> const manifest = parse_manifest(closed("yubin-backup 2\nanything\n"));
  ASSERT_FALSE(manifest);
  EXPECT_EQ(manifest.error().code, Errc::conflict);
  EXPECT_NE(manifest.error().detail.find("a later version of Yubin"), std::string::npos);
}

}  // namespace
}  // namespace yubin::backup
