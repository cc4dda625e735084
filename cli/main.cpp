#include <iostream>
#include <string>
#include <vector>

#include "cli/run.h"

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  std::cin.tie(nullptr);  // the writer thread owns the output
  return trm::cli::run_cli(std::vector<std::string>(argv + 1, argv + argc), std::cin, std::cout,
                           std::cerr, trm::cli::detect_terminal());
}
