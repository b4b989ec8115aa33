// What the server gives up once its ports are bound and its keys are read: after this, somebody who takes over the
// process can read mail, but not the machine. Linux's Landlock says which files it may open and which ports it may
// connect to, seccomp which system calls it may make.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace yubin::app {

struct SandboxOptions {
  // Files, or folders with all that is in them; what does not exist is left out. What every program needs (libraries,
  // time zones, the resolver's files, certificates of authorities) is added.
  std::vector<std::filesystem::path> read;
  std::vector<std::filesystem::path> read_write;
  std::vector<std::filesystem::path> execute{};  // programs that may be started; they may read what we may
  // TCP ports that may be connected to, anywhere; empty: all. Kernels before 6.7 cannot restrict it.
  std::vector<std::uint16_t> connect{25, 53, 80, 443, 465, 587, 853};
  bool system_calls = true;
};

// For a program that is built with a sanitizer: its runtime starts a symbolizer for its reports, and traces its own
// threads when it looks for leaks at the end. Files and connections stay restricted, system calls do not.
SandboxOptions with_sanitizers(SandboxOptions options);
bool has_sanitizers();

// The folders that hold these files, and those where symbolic links lead: a file that is replaced by another of its
// name is another file to Landlock, its folder stays. A file that stands in / or /etc is given alone, so that no more
// than it can be read there; who replaces it has to restart the server.
std::vector<std::filesystem::path> folders_of(std::span<std::filesystem::path const> files);

// What is in force; for the log and for status.
struct Sandbox {
  int landlock = 0;           // the kernel's version of it; 0: the kernel has none
  bool files = false;         // restricted
  bool connections = false;   // restricted
  bool system_calls = false;  // restricted
  std::string text() const;   // "files, connections, system calls"
};

// For good, for this process and all that it starts. Before any other thread exists. Capabilities are given up as well
// (who is root and stays it may still open everybody's files, as far as Landlock lets it), core dumps are off (they
// would hold passwords), and nothing that is executed gains privileges.
//
// A kernel without Landlock or seccomp is no error: the result and the log say what is missing.
Result<Sandbox> enter_sandbox(SandboxOptions const& options);

}  // namespace yubin::app
