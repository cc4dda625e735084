// Other programs, started and talked to through pipes.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace trm::bench {

/// Both ends of a pipe; what is still open is closed with it.
struct Pipe {
  int ends[2] = {-1, -1};
  bool made = false;
  Pipe();
  ~Pipe() { shut(0), shut(1); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void shut(int end);
};

/// Starts a program between two pipes; -1 where it cannot. Not by fork(): copying the page tables
/// of this process, which has LibTorch in it, would count as the program's time.
pid_t spawn(const std::vector<std::string>& words, const Pipe& in, const Pipe& out);

/// The path of a program beside this one.
std::string neighbour(const std::string& name);

}  // namespace trm::bench
