#include "engine/pictures/png.h"

#include <librsvg/rsvg.h>

#include <cmath>
#include <memory>

#include "engine/weights/atomic_file.h"

namespace trm {
namespace {

constexpr double kMostPixels = 16384;

template <auto release>
struct Release {
  template <class T>
  void operator()(T* object) const {
    release(object);
  }
};

cairo_status_t append(void* bytes, const unsigned char* data, unsigned int size) {
  static_cast<std::string*>(bytes)->append(reinterpret_cast<const char*>(data), size);
  return CAIRO_STATUS_SUCCESS;
}

}  // namespace

Result<std::string> svg_to_png(const std::string& svg, double scale) {
  GError* error = nullptr;
  const std::unique_ptr<RsvgHandle, Release<g_object_unref>> handle(
      rsvg_handle_new_from_data(reinterpret_cast<const guint8*>(svg.data()), svg.size(), &error));
  double width = 0, height = 0;
  if (handle == nullptr ||
      !rsvg_handle_get_intrinsic_size_in_pixels(handle.get(), &width, &height)) {
    g_clear_error(&error);
    return fail(ErrorCode::invalid_data, "the picture is no SVG document with a size", "svg");
  }
  width = std::ceil(width * scale);
  height = std::ceil(height * scale);
  if (!(width >= 1 && height >= 1 && width <= kMostPixels && height <= kMostPixels))
    return fail(ErrorCode::too_large, "a PNG has 1 to 16384 pixels a side", "svg");
  const std::unique_ptr<cairo_surface_t, Release<cairo_surface_destroy>> surface(
      cairo_image_surface_create(CAIRO_FORMAT_ARGB32, static_cast<int>(width),
                                 static_cast<int>(height)));
  const std::unique_ptr<cairo_t, Release<cairo_destroy>> cairo(cairo_create(surface.get()));
  const RsvgRectangle area{0, 0, width, height};
  if (!rsvg_handle_render_document(handle.get(), cairo.get(), &area, &error)) {
    g_clear_error(&error);
    return fail(ErrorCode::internal, "librsvg could not draw the picture", "svg");
  }
  std::string png;
  if (cairo_surface_write_to_png_stream(surface.get(), append, &png) != CAIRO_STATUS_SUCCESS)
    return fail(ErrorCode::internal, "cairo could not write the picture", "svg");
  return png;
}

Result<void> write_picture(const std::string& path, const std::string& svg) {
  if (!path.ends_with(".png")) return write_file_atomic(path, svg);
  const auto png = svg_to_png(svg);
  if (!png) return png.error();
  return write_file_atomic(path, *png);
}

}  // namespace trm
