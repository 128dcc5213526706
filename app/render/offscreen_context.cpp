#include "app/render/offscreen_context.hpp"

#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <glad/gl.h>

#include <array>
#include <string_view>
#include <utility>

namespace mh {
namespace {

bool has_extension(EGLDisplay display, std::string_view name) {
  const char* list = eglQueryString(display, EGL_EXTENSIONS);
  if (list == nullptr) return false;
  std::string_view rest = list;
  while (!rest.empty()) {
    const std::size_t end = rest.find(' ');
    if (rest.substr(0, end) == name) return true;
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  return false;
}

template <typename Function>
Function egl_function(const char* name) {
  return reinterpret_cast<Function>(eglGetProcAddress(name));
}

bool initialise(EGLDisplay display) {
  return display != EGL_NO_DISPLAY && eglInitialize(display, nullptr, nullptr) == EGL_TRUE;
}

EGLDisplay surfaceless_display() {
  const auto get_display =
      egl_function<PFNEGLGETPLATFORMDISPLAYEXTPROC>("eglGetPlatformDisplayEXT");
  if (get_display == nullptr || !has_extension(EGL_NO_DISPLAY, "EGL_MESA_platform_surfaceless")) {
    return EGL_NO_DISPLAY;
  }
  EGLDisplay display = get_display(EGL_PLATFORM_SURFACELESS_MESA, nullptr, nullptr);
  return initialise(display) ? display : EGL_NO_DISPLAY;
}

/// The first graphics device that can be opened: what drivers without Mesa's platform offer.
EGLDisplay device_display() {
  const auto get_display =
      egl_function<PFNEGLGETPLATFORMDISPLAYEXTPROC>("eglGetPlatformDisplayEXT");
  const auto query_devices = egl_function<PFNEGLQUERYDEVICESEXTPROC>("eglQueryDevicesEXT");
  if (get_display == nullptr || query_devices == nullptr) return EGL_NO_DISPLAY;
  std::array<EGLDeviceEXT, 16> devices{};
  EGLint count = 0;
  if (query_devices(static_cast<EGLint>(devices.size()), devices.data(), &count) != EGL_TRUE) {
    return EGL_NO_DISPLAY;
  }
  for (EGLint i = 0; i < count; ++i) {
    EGLDisplay display =
        get_display(EGL_PLATFORM_DEVICE_EXT, devices.at(static_cast<std::size_t>(i)), nullptr);
    if (initialise(display)) return display;
  }
  return EGL_NO_DISPLAY;
}

EGLDisplay default_display() {
  EGLDisplay display = eglGetDisplay(EGL_DEFAULT_DISPLAY);
  return initialise(display) ? display : EGL_NO_DISPLAY;
}

EGLContext context_on(EGLDisplay display) {
  if (eglBindAPI(EGL_OPENGL_API) != EGL_TRUE) return EGL_NO_CONTEXT;
  const std::array<EGLint, 3> wanted{EGL_RENDERABLE_TYPE, EGL_OPENGL_BIT, EGL_NONE};
  EGLConfig config = nullptr;
  EGLint count = 0;
  // Without a surface the config's buffers do not matter; where there is none, do without.
  if (eglChooseConfig(display, wanted.data(), &config, 1, &count) != EGL_TRUE || count == 0) {
    config = EGL_NO_CONFIG_KHR;
  }
  const std::array<EGLint, 7> version{EGL_CONTEXT_MAJOR_VERSION,
                                      3,
                                      EGL_CONTEXT_MINOR_VERSION,
                                      3,
                                      EGL_CONTEXT_OPENGL_PROFILE_MASK,
                                      EGL_CONTEXT_OPENGL_CORE_PROFILE_BIT,
                                      EGL_NONE};
  return eglCreateContext(display, config, EGL_NO_CONTEXT, version.data());
}

DisplayError nowhere_to_draw(const std::string& reason) {
  return {DisplayError::Kind::no_opengl,
          "Pictures cannot be drawn without a window: " + reason +
              ". Install Mesa's software driver: apt-get install libegl1 libgl1 libgl1-mesa-dri."};
}

}  // namespace

OffscreenContext::OffscreenContext(PixelSize size, float content_scale)
    : size_(size), content_scale_(content_scale) {
  open_display();
  try {
    make_current();
    load_gl_functions(eglGetProcAddress);
    create_target();
  } catch (...) {
    close();
    throw;
  }
}

OffscreenContext::~OffscreenContext() {
  make_current();
  destroy_target();
  close();
}

/// Takes the first way to reach a driver that gives a context, in order of how little it asks for.
void OffscreenContext::open_display() {
  bool opened = false;
  for (EGLDisplay (*const way)() : {surfaceless_display, device_display, default_display}) {
    display_ = way();
    if (display_ == EGL_NO_DISPLAY) continue;
    opened = true;
    context_ = context_on(display_);
    if (context_ != EGL_NO_CONTEXT) return;
    eglTerminate(display_);
  }
  throw nowhere_to_draw(opened ? "EGL offers no OpenGL 3.3" : "EGL finds no driver");
}

void OffscreenContext::make_current() {
  if (eglMakeCurrent(display_, EGL_NO_SURFACE, EGL_NO_SURFACE, context_) != EGL_TRUE) {
    throw nowhere_to_draw("EGL cannot draw without a surface");
  }
}

void OffscreenContext::bind_target() {
  glBindFramebuffer(GL_FRAMEBUFFER, framebuffer_);
  glViewport(0, 0, size_.width, size_.height);
}

void OffscreenContext::present() {
  glFinish();
}

void OffscreenContext::resize(PixelSize size) {
  if (size == size_) return;
  destroy_target();
  size_ = size;
  create_target();
}

void OffscreenContext::create_target() {
  GLint largest = 0;
  glGetIntegerv(GL_MAX_RENDERBUFFER_SIZE, &largest);
  if (size_.width < 1 || size_.height < 1 || size_.width > largest || size_.height > largest) {
    throw DisplayError(
        DisplayError::Kind::no_opengl,
        "A picture of " + std::to_string(size_.width) + " x " + std::to_string(size_.height) +
            " pixels cannot be drawn: each side can be 1 to " + std::to_string(largest) + ".");
  }
  glGenRenderbuffers(1, &colour_buffer_);
  glBindRenderbuffer(GL_RENDERBUFFER, colour_buffer_);
  glRenderbufferStorage(GL_RENDERBUFFER, GL_RGBA8, size_.width, size_.height);
  glGenFramebuffers(1, &framebuffer_);
  glBindFramebuffer(GL_FRAMEBUFFER, framebuffer_);
  glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_RENDERBUFFER, colour_buffer_);
  if (glCheckFramebufferStatus(GL_FRAMEBUFFER) != GL_FRAMEBUFFER_COMPLETE) {
    throw nowhere_to_draw("the driver refuses a picture of this size");
  }
  bind_target();
}

void OffscreenContext::destroy_target() {
  glDeleteFramebuffers(1, &framebuffer_);
  glDeleteRenderbuffers(1, &colour_buffer_);
  framebuffer_ = 0;
  colour_buffer_ = 0;
}

void OffscreenContext::close() {
  eglMakeCurrent(display_, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
  eglDestroyContext(display_, context_);
  eglTerminate(display_);
}

}  // namespace mh
