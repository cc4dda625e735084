// Request bodies through every reader of the HTTP service; what /draw reads is drawn too.
#include "http/draw.h"
#include "http/schema.h"
#include "tests/fuzz/fuzz.h"

namespace trm {
namespace {

template <class T>
void check_outcome(const Result<T>& read) {
  if (read) return;
  FUZZ_CHECK(!read.error().message.empty(), "an error without words");
  FUZZ_CHECK(read.error().code != ErrorCode::internal, read.error().message);
}

void check_drawing(std::string_view text) {
  const auto body = http::read_draw_body(text);
  check_outcome(body);
  if (!body) return;
  // The board of the reply is the board of the next request.
  const Json drawing = http::drawing_to_json(*body);
  Json again = Json::object();
  again.set("puzzle", body->question.puzzle().name()).set("board", *drawing.find("board"));
  const auto next = http::read_draw_body(again.dump());
  FUZZ_CHECK(next.ok(), next ? "" : next.error().message);
  FUZZ_CHECK(next->question == body->question, again.dump());
}

}  // namespace
}  // namespace trm

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace trm;
  const auto text = fuzz::as_text(data, size);
  constexpr std::chrono::milliseconds longest(1000);
  const auto solve = http::read_solve_body(text, longest);
  check_outcome(solve);
  if (solve) {
    FUZZ_CHECK(!solve->requests.empty(), text);
    FUZZ_CHECK(solve->many || solve->requests.size() == 1, text);
    for (const auto& request : solve->requests) {
      check_outcome(request);
      if (request) FUZZ_CHECK(request->deadline <= longest, text);
    }
  }
  check_outcome(http::read_board_body(text, false));
  check_outcome(http::read_board_body(text, true));
  const auto generate = http::read_generate_body(text);
  check_outcome(generate);
  if (generate) FUZZ_CHECK(generate->count <= http::GenerateBody::kMaxCount, text);
  check_drawing(text);
  return 0;
}
