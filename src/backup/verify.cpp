#include "backup/verify.h"

#include "backup/files.h"
#include "backup/folder.h"
#include "backup/reader.h"
#include "store/verification.h"

namespace yubin::backup {

namespace {

Result<> verify_store(Reader& reader, Verified& verified) {
  TRY(auto verification,
      store::Verification::from(reader.rows(), reader.bodies(), store::VerifyDepth::bodies, /*position=*/""));
  while (!verification.done()) verification.step();
  store::Verified part = verification.take();
  verified.accounts = part.accounts;
  verified.messages = part.messages;
  verified.bodies = part.bodies;
  for (std::string& finding : part.findings) verified.findings.push_back(std::move(finding));
  return {};
}

}  // namespace

Result<Verified> verify(std::filesystem::path const& backup) {
  Verified verified;
  TRY(verified.manifest, read_manifest(backup));
  Copier copier(kv::posix_file_system());
  for (FileEntry const& file : verified.manifest.files) {
    Result<> const same = copier.check(backup / file.path, file);
    if (!same) verified.findings.push_back(same.error().detail);
  }
  if (!verified.findings.empty()) return verified;  // rows over damaged files say nothing new
  Result<std::unique_ptr<Reader>> reader = Reader::open(backup);
  if (!reader) {
    verified.findings.push_back(reader.error().detail);
    return verified;
  }
  TRY_VOID(verify_store(**reader, verified));
  return verified;
}

}  // namespace yubin::backup
