#include "bench/process.h"

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include <filesystem>

namespace trm::bench {

Pipe::Pipe() : made(pipe2(ends, O_CLOEXEC) == 0) {}

void Pipe::shut(int end) {
  if (ends[end] >= 0) close(ends[end]);
  ends[end] = -1;
}

pid_t spawn(const std::vector<std::string>& words, const Pipe& in, const Pipe& out) {
  std::vector<char*> argv;
  for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.ends[0], 0);
  posix_spawn_file_actions_adddup2(&actions, out.ends[1], 1);
  pid_t child = -1;
  const int failed = posix_spawn(&child, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  return failed == 0 ? child : -1;
}

std::string neighbour(const std::string& name) {
  std::error_code failed;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", failed);
  return failed ? name : (self.parent_path() / name).string();
}

}  // namespace trm::bench
