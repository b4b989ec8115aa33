#include "tests/faults/inspection.h"

#include <fmt/format.h>

#include "backup/folder.h"
#include "backup/restore.h"
#include "backup/verify.h"
#include "store/verify.h"

namespace yubin::faults {

namespace {

namespace fs = std::filesystem;

void verify(OpenStore& store, std::string& findings) {
  auto const found = store::verify(*store.parts().key_value);
  if (!found) findings += fmt::format("finding: {}\n", found.error().detail);
  if (!found) return;
  for (auto const& finding : *found) findings += fmt::format("finding: {}\n", finding);
}

void inspect_open(OpenStore& store, Found& found) {
  verify(store, found.findings);
  found.picture = picture_of(store, found.findings);
  found.findings += store.settle();
  verify(store, found.findings);
  Picture const later = picture_of(store, found.findings);
  if (later.ledger != found.picture.ledger) found.findings += "finding: the upkeep changes what clients see\n";
  if (later.validities != found.picture.validities) found.findings += "finding: the upkeep changes a UIDVALIDITY\n";
}

void inspect_backup(fs::path const& backup, Found& found) {
  auto const verified = backup::verify(backup);
  if (!verified) found.findings += fmt::format("finding: {}\n", verified.error().detail);
  if (!verified) return;
  ++found.backups;
  for (auto const& finding : verified->findings) found.findings += fmt::format("finding: in a backup: {}\n", finding);
}

void bring_back(fs::path const& backup, fs::path const& folder, std::string const& expected, Found& found) {
  if (auto const restored = backup::restore_store(backup, folder / "store"); !restored) {
    found.findings += fmt::format("finding: {}\n", restored.error().detail);
    return;
  }
  OpenStore store(folder);
  if (picture_of(store, found.findings).ledger != expected)
    found.findings += "finding: what a backup brings back is not what was there\n";
}

}  // namespace

Found inspect(fs::path const& folder) {
  Found found;
  try {
    OpenStore store(folder);
    inspect_open(store, found);
  } catch (std::exception const& error) {
    found.findings += fmt::format("finding: {}\n", error.what());
  }
  return found;
}

void inspect_backups(fs::path const& folder, std::string const& backed_up, Found& found) {
  for (std::string_view name : {kBackups, kOtherBackups}) {
    auto const all = backup::list(folder / name);
    if (!all) found.findings += fmt::format("finding: {}\n", all.error().detail);
    if (!all) continue;
    std::size_t whole = 0;
    for (auto const& one : *all) {
      if (!one.manifest) continue;
      inspect_backup(one.path, found);
      ++whole;
    }
    // The first folder has one from before.
    bool const any_new = whole > (name == kBackups ? 1U : 0U);
    if (any_new && found.findings.empty())
      bring_back(all->back().path, folder / fmt::format("from-{}", name), backed_up, found);
  }
}

}  // namespace yubin::faults
