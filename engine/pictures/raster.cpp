#include "engine/pictures/raster.h"

#include <cairo-pdf.h>
#include <gif_lib.h>
#include <librsvg/rsvg.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <unordered_map>

namespace trm {
namespace {

constexpr double kMostPixels = 16384;
constexpr int kMostGifPixels = 4096;
constexpr std::size_t kGifColors = 256;

template <auto release>
struct Release {
  template <class T>
  void operator()(T* object) const {
    release(object);
  }
};

using Surface = std::unique_ptr<cairo_surface_t, Release<cairo_surface_destroy>>;
using Cairo = std::unique_ptr<cairo_t, Release<cairo_destroy>>;

/// A document that librsvg has read.
struct Svg {
  std::unique_ptr<RsvgHandle, Release<g_object_unref>> handle;
  double width = 0, height = 0;  ///< as it says itself
};

Result<Svg> open_svg(const std::string& text) {
  GError* error = nullptr;
  Svg svg;
  svg.handle.reset(
      rsvg_handle_new_from_data(reinterpret_cast<const guint8*>(text.data()), text.size(), &error));
  if (svg.handle != nullptr &&
      rsvg_handle_get_intrinsic_size_in_pixels(svg.handle.get(), &svg.width, &svg.height))
    return svg;
  g_clear_error(&error);
  return fail(ErrorCode::invalid_data, "the picture is no SVG document with a size", "svg");
}

Result<void> check_side(double width, double height) {
  if (width >= 1 && height >= 1 && width <= kMostPixels && height <= kMostPixels) return {};
  return fail(ErrorCode::too_large, "a picture has 1 to 16384 pixels a side", "svg");
}

Result<void> draw(const Svg& svg, cairo_surface_t* surface, double width, double height) {
  const Cairo cairo(cairo_create(surface));
  cairo_set_source_rgb(cairo.get(), 1, 1, 1);
  cairo_paint(cairo.get());
  const RsvgRectangle area{0, 0, width, height};
  GError* error = nullptr;
  if (rsvg_handle_render_document(svg.handle.get(), cairo.get(), &area, &error)) return {};
  g_clear_error(&error);
  return fail(ErrorCode::internal, "librsvg could not draw the picture", "svg");
}

cairo_status_t append(void* bytes, const unsigned char* data, unsigned int size) {
  static_cast<std::string*>(bytes)->append(reinterpret_cast<const char*>(data), size);
  return CAIRO_STATUS_SUCCESS;
}

std::size_t area_of(const Pixels& pixels) {
  return static_cast<std::size_t>(pixels.width) * static_cast<std::size_t>(pixels.height);
}

Surface image_surface(int width, int height) {
  return Surface(cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height));
}

/// A row of a surface: a 32-bit word a pixel, 0x00RRGGBB.
std::uint32_t* row_of(cairo_surface_t* surface, int row) {
  auto* bytes = cairo_image_surface_get_data(surface);
  const auto stride = static_cast<std::size_t>(cairo_image_surface_get_stride(surface));
  return reinterpret_cast<std::uint32_t*>(bytes + static_cast<std::size_t>(row) * stride);
}

std::uint32_t color_at(const std::uint8_t* rgb) {
  return std::uint32_t{rgb[0]} << 16 | std::uint32_t{rgb[1]} << 8 | rgb[2];
}

// --- GIF -----------------------------------------------------------------------------------------

/// At most 256 colours for a whole animation, and which of them stands for a pixel's.
class Quantiser {
 public:
  explicit Quantiser(const std::vector<Frame>& frames) {
    std::unordered_map<std::uint32_t, std::size_t> uses;
    for (const Frame& frame : frames) {
      const auto& rgb = frame.pixels.rgb;
      for (std::size_t i = 0; i + 2 < rgb.size(); i += 3) ++uses[color_at(&rgb[i])];
    }
    std::vector<std::pair<std::uint32_t, std::size_t>> all(uses.begin(), uses.end());
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
      return a.second != b.second ? a.second > b.second : a.first < b.first;
    });
    for (std::size_t i = 0; i < std::min(all.size(), kGifColors); ++i) {
      index_[all[i].first] = static_cast<GifPixelType>(i);
      colors_.push_back(all[i].first);
    }
  }

  const std::vector<std::uint32_t>& colors() const { return colors_; }

  GifPixelType operator()(const std::uint8_t* rgb) {
    const std::uint32_t color = color_at(rgb);
    const auto known = index_.find(color);
    if (known != index_.end()) return known->second;
    return index_[color] = nearest(color);
  }

 private:
  GifPixelType nearest(std::uint32_t color) const {
    const auto distance = [&](std::uint32_t other) {
      int sum = 0;
      for (const int shift : {16, 8, 0}) {
        const int step =
            static_cast<int>(color >> shift & 0xff) - static_cast<int>(other >> shift & 0xff);
        sum += step * step;
      }
      return sum;
    };
    const auto best = std::min_element(colors_.begin(), colors_.end(),
                                       [&](auto a, auto b) { return distance(a) < distance(b); });
    return static_cast<GifPixelType>(best - colors_.begin());
  }

  std::vector<std::uint32_t> colors_;
  std::unordered_map<std::uint32_t, GifPixelType> index_;
};

int append_gif(GifFileType* gif, const GifByteType* data, int size) {
  static_cast<std::string*>(gif->UserData)
      ->append(reinterpret_cast<const char*>(data), static_cast<std::size_t>(size));
  return size;
}

struct CloseGif {
  void operator()(GifFileType* gif) const { EGifCloseFile(gif, nullptr); }
};
using Gif = std::unique_ptr<GifFileType, CloseGif>;

using ColorMap = std::unique_ptr<ColorMapObject, Release<GifFreeMapObject>>;

ColorMap color_map(const std::vector<std::uint32_t>& colors) {
  int entries = 2;  // the format wants a power of two
  while (entries < static_cast<int>(colors.size())) entries *= 2;
  ColorMap map(GifMakeMapObject(entries, nullptr));
  for (std::size_t i = 0; map != nullptr && i < colors.size(); ++i) {
    map->Colors[i] = {static_cast<GifByteType>(colors[i] >> 16 & 0xff),
                      static_cast<GifByteType>(colors[i] >> 8 & 0xff),
                      static_cast<GifByteType>(colors[i] & 0xff)};
  }
  return map;
}

// The block by which browsers and viewers repeat an animation for ever.
bool put_loop(GifFileType* gif) {
  constexpr GifByteType kForever[] = {1, 0, 0};
  return EGifPutExtensionLeader(gif, APPLICATION_EXT_FUNC_CODE) == GIF_OK &&
         EGifPutExtensionBlock(gif, 11, "NETSCAPE2.0") == GIF_OK &&
         EGifPutExtensionBlock(gif, sizeof kForever, kForever) == GIF_OK &&
         EGifPutExtensionTrailer(gif) == GIF_OK;
}

bool put_frame(GifFileType* gif, const Frame& frame, Quantiser& quantiser) {
  const int width = frame.pixels.width, height = frame.pixels.height;
  const GraphicsControlBlock control{DISPOSE_DO_NOT, false, frame.centiseconds,
                                     NO_TRANSPARENT_COLOR};
  GifByteType bytes[4];
  EGifGCBToExtension(&control, bytes);
  if (EGifPutExtension(gif, GRAPHICS_EXT_FUNC_CODE, sizeof bytes, bytes) != GIF_OK ||
      EGifPutImageDesc(gif, 0, 0, width, height, false, nullptr) != GIF_OK)
    return false;
  std::vector<GifPixelType> line(static_cast<std::size_t>(width));
  const std::uint8_t* rgb = frame.pixels.rgb.data();
  for (int row = 0; row < height; ++row) {
    for (GifPixelType& pixel : line) pixel = quantiser(rgb), rgb += 3;
    if (EGifPutLine(gif, line.data(), width) != GIF_OK) return false;
  }
  return true;
}

Result<void> check_frames(const std::vector<Frame>& frames) {
  const auto refuse = [](std::string message) {
    return fail(ErrorCode::invalid_data, std::move(message), "frames");
  };
  if (frames.empty()) return refuse("an animation has at least one frame");
  const Pixels& first = frames.front().pixels;
  if (first.width > kMostGifPixels || first.height > kMostGifPixels)
    return fail(ErrorCode::too_large, "a GIF has at most 4096 pixels a side", "frames");
  for (const Frame& frame : frames) {
    const Pixels& pixels = frame.pixels;
    if (pixels.width < 1 || pixels.height < 1 || pixels.rgb.size() != 3 * area_of(pixels))
      return refuse("a frame's pixels do not fill its size");
    if (pixels.width != first.width || pixels.height != first.height)
      return refuse("the frames of an animation have one size");
    if (frame.centiseconds < 0 || frame.centiseconds > 0xffff)
      return refuse("a frame stays for 0 to 65535 hundredths of a second");
  }
  return {};
}

}  // namespace

Result<Pixels> svg_to_pixels(const std::string& svg, double scale) {
  const auto read = open_svg(svg);
  if (!read) return read.error();
  const double width = std::ceil(read->width * scale), height = std::ceil(read->height * scale);
  if (auto fits = check_side(width, height); !fits) return fits.error();
  Pixels pixels{static_cast<int>(width), static_cast<int>(height), {}};
  const Surface surface = image_surface(pixels.width, pixels.height);
  if (auto drawn = draw(*read, surface.get(), width, height); !drawn) return drawn.error();
  cairo_surface_flush(surface.get());
  if (cairo_surface_status(surface.get()) != CAIRO_STATUS_SUCCESS)
    return fail(ErrorCode::internal, "cairo could not draw the picture", "svg");
  pixels.rgb.reserve(3 * area_of(pixels));
  for (int row = 0; row < pixels.height; ++row) {
    const std::uint32_t* from = row_of(surface.get(), row);
    for (int col = 0; col < pixels.width; ++col) {
      for (const int shift : {16, 8, 0})
        pixels.rgb.push_back(static_cast<std::uint8_t>(from[col] >> shift & 0xff));
    }
  }
  return pixels;
}

Result<std::string> pixels_to_png(const Pixels& pixels) {
  if (auto fits = check_side(pixels.width, pixels.height); !fits) return fits.error();
  if (pixels.rgb.size() != 3 * area_of(pixels))
    return fail(ErrorCode::invalid_data, "the pixels do not fill their size", "pixels");
  const Surface surface = image_surface(pixels.width, pixels.height);
  if (cairo_surface_status(surface.get()) != CAIRO_STATUS_SUCCESS)
    return fail(ErrorCode::internal, "cairo could not make the picture", "pixels");
  const std::uint8_t* rgb = pixels.rgb.data();
  for (int row = 0; row < pixels.height; ++row) {
    std::uint32_t* to = row_of(surface.get(), row);
    for (int col = 0; col < pixels.width; ++col, rgb += 3) to[col] = color_at(rgb);
  }
  cairo_surface_mark_dirty(surface.get());
  std::string png;
  if (cairo_surface_write_to_png_stream(surface.get(), append, &png) != CAIRO_STATUS_SUCCESS)
    return fail(ErrorCode::internal, "cairo could not write the picture", "pixels");
  return png;
}

Result<std::string> svgs_to_pdf(const std::vector<std::string>& pages) {
  if (pages.empty())
    return fail(ErrorCode::invalid_data, "a PDF file has at least one page", "svg");
  std::string pdf;
  const Surface surface(cairo_pdf_surface_create_for_stream(append, &pdf, 1, 1));
  for (const std::string& page : pages) {
    const auto svg = open_svg(page);
    if (!svg) return svg.error();
    if (auto fits = check_side(svg->width, svg->height); !fits) return fits.error();
    cairo_pdf_surface_set_size(surface.get(), svg->width, svg->height);
    if (auto drawn = draw(*svg, surface.get(), svg->width, svg->height); !drawn)
      return drawn.error();
    cairo_surface_show_page(surface.get());
  }
  cairo_surface_finish(surface.get());
  if (cairo_surface_status(surface.get()) != CAIRO_STATUS_SUCCESS)
    return fail(ErrorCode::internal, "cairo could not write the pages", "svg");
  return pdf;
}

Result<std::string> frames_to_gif(const std::vector<Frame>& frames) {
  if (auto fit = check_frames(frames); !fit) return fit.error();
  const Error failed = fail(ErrorCode::internal, "giflib could not write the animation", "frames");
  Quantiser quantiser(frames);
  const ColorMap map = color_map(quantiser.colors());
  std::string bytes;
  Gif gif(EGifOpen(&bytes, append_gif, nullptr));
  if (gif == nullptr || map == nullptr) return failed;
  EGifSetGifVersion(gif.get(), true);
  const Pixels& first = frames.front().pixels;
  if (EGifPutScreenDesc(gif.get(), first.width, first.height, 8, 0, map.get()) != GIF_OK ||
      !put_loop(gif.get()))
    return failed;
  for (const Frame& frame : frames) {
    if (!put_frame(gif.get(), frame, quantiser)) return failed;
  }
  // The last byte is written by closing, which frees the object whatever comes of it.
  if (EGifCloseFile(gif.release(), nullptr) != GIF_OK) return failed;
  return bytes;
}

}  // namespace trm
