// GIF files read back by giflib, for tests.
#pragma once

#include <gif_lib.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "engine/pictures/raster.h"
#include "tests/catch.h"

namespace trm::test {

/// The frames of a GIF whose frames all fill it, and whether it says that it repeats for ever.
struct ReadGif {
  std::vector<Frame> frames;
  std::size_t colors = 0;  ///< of its table
  bool endless = false;
};

inline Pixels frame_pixels(const GifFileType& gif, const SavedImage& image) {
  Pixels pixels{gif.SWidth, gif.SHeight, {}};
  const auto count = static_cast<std::size_t>(gif.SWidth) * static_cast<std::size_t>(gif.SHeight);
  for (std::size_t i = 0; i < count; ++i) {
    const GifColorType color = gif.SColorMap->Colors[image.RasterBits[i]];
    pixels.rgb.insert(pixels.rgb.end(), {color.Red, color.Green, color.Blue});
  }
  return pixels;
}

inline ReadGif read_gif(const std::string& bytes) {
  struct Rest {
    const char* at;
    std::size_t left;
  } rest{bytes.data(), bytes.size()};
  const InputFunc read = [](GifFileType* gif, GifByteType* to, int size) {
    auto& from = *static_cast<Rest*>(gif->UserData);
    const std::size_t count = std::min(from.left, static_cast<std::size_t>(size));
    std::memcpy(to, from.at, count);
    from.at += count, from.left -= count;
    return static_cast<int>(count);
  };
  GifFileType* gif = DGifOpen(&rest, read, nullptr);
  REQUIRE(gif != nullptr);
  REQUIRE(DGifSlurp(gif) == GIF_OK);
  REQUIRE(gif->SColorMap != nullptr);
  ReadGif result;
  result.colors = static_cast<std::size_t>(gif->SColorMap->ColorCount);
  for (int i = 0; i < gif->ImageCount; ++i) {
    const SavedImage& image = gif->SavedImages[i];
    REQUIRE(image.ImageDesc.Width == gif->SWidth);
    REQUIRE(image.ImageDesc.Height == gif->SHeight);
    GraphicsControlBlock control{};
    REQUIRE(DGifSavedExtensionToGCB(gif, i, &control) == GIF_OK);
    result.frames.push_back({frame_pixels(*gif, image), control.DelayTime});
    for (int k = 0; k < image.ExtensionBlockCount; ++k) {
      const ExtensionBlock& block = image.ExtensionBlocks[k];
      result.endless |= block.Function == APPLICATION_EXT_FUNC_CODE && block.ByteCount == 11 &&
                        std::memcmp(block.Bytes, "NETSCAPE2.0", 11) == 0;
    }
  }
  REQUIRE(DGifCloseFile(gif, nullptr) == GIF_OK);
  return result;
}

/// Width and height as a PNG file says them.
inline std::pair<int, int> png_size(const std::string& bytes) {
  REQUIRE(bytes.size() > 24);
  REQUIRE(bytes.substr(0, 8) == "\x89PNG\r\n\x1a\n");
  const auto number = [&](std::size_t at) {
    int value = 0;
    for (std::size_t i = at; i < at + 4; ++i)
      value = value << 8 | static_cast<unsigned char>(bytes[i]);
    return value;
  };
  return {number(16), number(20)};
}

}  // namespace trm::test
