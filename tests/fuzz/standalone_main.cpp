// A driver for compilers without libFuzzer:
//
//   PROGRAM [-runs=N] [-seed=S] [-max_len=N] CORPUS...
//
// Runs every file of the corpus folders (or single files), then N inputs mutated from them. The
// same seed and corpus give the same inputs everywhere. An input that ends the program is left
// behind as crash-PID in the current folder.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "puzzles/rng.h"
#include "tests/fuzz/fuzz.h"

// There when the program is linked with a sanitizer.
extern "C" void __sanitizer_set_death_callback(void (*callback)()) __attribute__((weak));

namespace trm::fuzz {
namespace {

using Input = std::vector<std::uint8_t>;

struct Options {
  std::uint64_t runs = 20'000;
  std::uint64_t seed = 1;
  std::uint64_t max_len = 4096;
  std::vector<std::filesystem::path> corpus;
};

// What runs now, for the signal handler.
const Input* current = nullptr;
char crash_name[32] = "crash-";

/// Only calls that a signal handler may make.
void keep_input() {
  if (current == nullptr) return;
  const int file = open(crash_name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (file < 0) return;
  const auto written = write(file, current->data(), current->size());
  close(file);
  constexpr std::string_view message = "\nthe input was kept as ";
  if (written == static_cast<ssize_t>(current->size()) &&
      write(STDERR_FILENO, message.data(), message.size()) > 0 &&
      write(STDERR_FILENO, crash_name, std::strlen(crash_name)) > 0) {
    (void)!write(STDERR_FILENO, "\n", 1);
  }
  current = nullptr;
}

void on_signal(int number) {
  keep_input();
  std::signal(number, SIG_DFL);
  std::raise(number);
}

void watch_for_crashes() {
  std::snprintf(crash_name, sizeof crash_name, "crash-%ld", static_cast<long>(getpid()));
  std::signal(SIGABRT, on_signal);
  if (__sanitizer_set_death_callback != nullptr) {
    // The sanitizer keeps its own handlers, whose reports say more, and calls back before the end.
    __sanitizer_set_death_callback(keep_input);
    return;
  }
  for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) std::signal(number, on_signal);
}

void run(const Input& input) {
  current = &input;
  LLVMFuzzerTestOneInput(input.data(), input.size());
  current = nullptr;
}

/// Bytes and words on which readers take another path.
constexpr std::string_view interesting[] = {{"\0", 1},
                                            "\n",
                                            "\r\n",
                                            "\t",
                                            " ",
                                            "/",
                                            "|",
                                            ">",
                                            ",",
                                            ":",
                                            ".",
                                            "0",
                                            "1",
                                            "9",
                                            "G",
                                            "#",
                                            "S",
                                            "o",
                                            "-",
                                            "-1",
                                            "64",
                                            "65",
                                            "255",
                                            "256",
                                            "2147483648",
                                            "9223372036854775808",
                                            "1e308",
                                            "1e999",
                                            "0.1",
                                            "[",
                                            "]",
                                            "[[",
                                            "{",
                                            "}",
                                            "{}",
                                            "\"",
                                            "\\",
                                            "\\u0000",
                                            "\\ud800",
                                            "null",
                                            "true",
                                            "=",
                                            "\"__metadata__\":",
                                            "\x7f",
                                            "\x80",
                                            "\xff",
                                            "\xc3\xa4",
                                            "\xef\xbb\xbf",
                                            {"\xff\xff\xff\xff\xff\xff\xff\xff", 8},
                                            {"\0\0\0\0\0\0\0\0", 8}};

class Mutator {
 public:
  Mutator(const std::vector<Input>& corpus, const Options& options)
      : corpus_(corpus), rng_(options.seed), max_len_(options.max_len) {}

  Input next() {
    Input input = pick();
    do {
      mutate(input);
    } while (rng_.chance(0.5));  // few changes: readers give up at the first that they dislike
    if (input.size() > max_len_) input.resize(max_len_);
    return input;
  }

 private:
  const Input& pick() { return corpus_[below(corpus_.size())]; }
  std::size_t below(std::size_t bound) { return rng_.below(static_cast<std::uint32_t>(bound)); }
  /// A place in the input, its end included.
  std::ptrdiff_t place(const Input& input) {
    return static_cast<std::ptrdiff_t>(below(input.size() + 1));
  }
  /// A stretch from `begin` on, mostly short.
  std::ptrdiff_t stretch(const Input& input, std::ptrdiff_t begin) {
    const auto rest = input.size() - static_cast<std::size_t>(begin);
    const auto most = rng_.chance(0.8) ? std::min<std::size_t>(rest, 8) : rest;
    return static_cast<std::ptrdiff_t>(below(most + 1));
  }

  void mutate(Input& input) {
    switch (rng_.below(8)) {
      case 0:
        return flip_bit(input);
      case 1:
        return change_byte(input);
      case 2:
        return insert_byte(input);
      case 3:
        return remove(input);
      case 4:
        return repeat(input);
      case 5:
        return splice(input);
      case 6:
        return change_near(input);
      default:
        return insert_word(input);
    }
  }
  void flip_bit(Input& input) {
    if (!input.empty())
      input[below(input.size())] ^= static_cast<std::uint8_t>(1u << rng_.below(8));
  }
  void change_byte(Input& input) {
    if (!input.empty()) input[below(input.size())] = static_cast<std::uint8_t>(rng_.below(256));
  }
  /// A byte becomes its neighbour in value: another digit, another letter.
  void change_near(Input& input) {
    if (input.empty()) return;
    auto& byte = input[below(input.size())];
    byte = static_cast<std::uint8_t>(byte + rng_.between(-3, 3));
  }
  void insert_byte(Input& input) {
    // A byte that stands elsewhere keeps more inputs readable than a random one.
    const bool known = !input.empty() && rng_.chance(0.7);
    const auto byte =
        known ? input[below(input.size())] : static_cast<std::uint8_t>(rng_.below(256));
    input.insert(input.begin() + place(input), byte);
  }
  void remove(Input& input) {
    const auto begin = place(input);
    const auto count = stretch(input, begin);
    input.erase(input.begin() + begin, input.begin() + begin + count);
  }
  void repeat(Input& input) {
    const auto begin = place(input);
    const auto count = stretch(input, begin);
    const Input part(input.begin() + begin, input.begin() + begin + count);
    if (input.size() + part.size() > max_len_) return;
    input.insert(input.begin() + place(input), part.begin(), part.end());
  }
  /// The beginning of this input and the end of another one.
  void splice(Input& input) {
    const Input& other = pick();
    input.resize(static_cast<std::size_t>(place(input)));
    input.insert(input.end(), other.begin() + place(other), other.end());
  }
  void insert_word(Input& input) {
    const auto word = interesting[below(std::size(interesting))];
    const auto at = place(input);
    if (rng_.chance(0.5)) {
      const auto rest = static_cast<std::ptrdiff_t>(input.size()) - at;
      const auto over = std::min(rest, static_cast<std::ptrdiff_t>(word.size()));
      input.erase(input.begin() + at, input.begin() + at + over);
    }
    input.insert(input.begin() + at, word.begin(), word.end());
  }

  const std::vector<Input>& corpus_;
  Rng rng_;
  std::size_t max_len_;
};

std::optional<Options> read_options(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (!argument.starts_with('-')) {
      options.corpus.emplace_back(argument);
      continue;
    }
    const auto equals = argument.find('=');
    const auto name = argument.substr(0, equals);
    std::uint64_t* const field = name == "-runs"      ? &options.runs
                                 : name == "-seed"    ? &options.seed
                                 : name == "-max_len" ? &options.max_len
                                                      : nullptr;
    if (field == nullptr || equals == std::string_view::npos) return std::nullopt;
    const auto value = argument.substr(equals + 1);
    const char* const end = value.data() + value.size();
    const auto read = std::from_chars(value.data(), end, *field);
    if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  }
  if (options.corpus.empty() || options.max_len < 1 || options.max_len > 1u << 24) {
    return std::nullopt;
  }
  return options;
}

/// All files in order of their names; nothing if a file or folder cannot be read.
std::optional<std::vector<Input>> read_corpus(const std::vector<std::filesystem::path>& places) {
  namespace fs = std::filesystem;
  std::vector<fs::path> files;
  for (const fs::path& place : places) {
    if (!fs::is_directory(place)) {
      files.push_back(place);
      continue;
    }
    const auto first = static_cast<std::ptrdiff_t>(files.size());
    for (const auto& entry : fs::directory_iterator(place)) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
    std::sort(files.begin() + first, files.end());
  }
  std::vector<Input> corpus;
  for (const fs::path& path : files) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
      std::fprintf(stderr, "cannot read %s\n", path.c_str());
      return std::nullopt;
    }
    corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return corpus;
}

int fuzz_main(int argc, char** argv) {
  const auto options = read_options(argc, argv);
  if (!options) {
    std::fprintf(stderr, "usage: %s [-runs=N] [-seed=S] [-max_len=N] CORPUS...\n", argv[0]);
    return 2;
  }
  auto corpus = read_corpus(options->corpus);
  if (!corpus) return 2;
  if (corpus->empty()) {
    std::fprintf(stderr, "the corpus is empty\n");
    return 2;
  }
  watch_for_crashes();
  for (const Input& input : *corpus) run(input);
  Mutator mutator(*corpus, *options);
  for (std::uint64_t i = 0; i < options->runs; ++i) run(mutator.next());
  std::printf("%zu files of the corpus and %llu mutated inputs: no property broken\n",
              corpus->size(), static_cast<unsigned long long>(options->runs));
  return 0;
}

}  // namespace
}  // namespace trm::fuzz

int main(int argc, char** argv) { return trm::fuzz::fuzz_main(argc, argv); }
