// Which devices there are beside the processor, and why there are none.
//
// libtorch says how many of them it can use. Names, memory and reasons come from NVIDIA's driver, which is asked by its own C
// interface: it is looked for while the program runs, so the program is built and starts where there is none.
#include <ATen/Context.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <dlfcn.h>

#include "Handle.h"

using namespace ct;

namespace {

/// What of the driver's interface is asked; its calls answer 0 where all is well.
class Driver {
 public:
  Driver() {
    library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!library) {
      objection = "there is no NVIDIA driver: libcuda.so.1 is not found";
      return;
    }
    auto initialise = call<int (*)(unsigned)>("cuInit");
    auto count = call<int (*)(int *)>("cuDeviceGetCount");
    if (!initialise || !count) {
      objection = "libcuda.so.1 is no NVIDIA driver";
      return;
    }
    if (int status = initialise(0)) {
      objection = "the NVIDIA driver does not start: " + name(status);
    } else if (int status = count(&deviceCount)) {
      objection = "the NVIDIA driver does not count its devices: " + name(status);
    } else if (deviceCount == 0) {
      objection = "the NVIDIA driver has no device";
    }
  }

  /// Name and bytes of memory.
  void describe(int index, std::string &text, int64_t &bytes) const {
    auto get = call<int (*)(int *, int)>("cuDeviceGet");
    auto getName = call<int (*)(char *, int, int)>("cuDeviceGetName");
    auto getTotal = call<int (*)(size_t *, int)>("cuDeviceTotalMem_v2");
    TORCH_CHECK(get && getName && getTotal, "libcuda.so.1 is no NVIDIA driver");
    int device = 0;
    char characters[256] = "";
    size_t total = 0;
    int status = get(&device, index);
    if (!status) status = getName(characters, sizeof characters, device);
    if (!status) status = getTotal(&total, device);
    TORCH_CHECK(!status, "the NVIDIA driver does not describe device ", index, ": ", name(status));
    text = characters;
    bytes = static_cast<int64_t>(total);
  }

  int deviceCount = 0;
  /// Empty where it has devices.
  std::string objection;

 private:
  template <typename Function>
  Function call(const char *symbol) const {
    return library ? reinterpret_cast<Function>(dlsym(library, symbol)) : nullptr;
  }

  std::string name(int status) const {
    const char *text = nullptr;
    auto describe = call<int (*)(int, const char **)>("cuGetErrorString");
    return describe && describe(status, &text) == 0 && text ? text : "error " + std::to_string(status);
  }

  void *library = nullptr;
};

const Driver &driver() {
  static const Driver only;
  return only;
}

int64_t usableDevices() {
  return at::hasCUDA() ? c10::impl::getDeviceGuardImpl(at::kCUDA)->deviceCount() : 0;
}

}  // namespace

int ct_cuda_version(void) {
  const auto version = guardedNumber([]() -> int64_t { return at::Context::hasCUDART() ? at::Context::versionCUDART() : 0; });
  return version < 0 ? 0 : static_cast<int>(version);
}

int ct_device_count(void) {
  const auto count = guardedNumber(usableDevices);
  return count < 0 ? 0 : static_cast<int>(count);
}

int ct_device_is_available(int device) { return device < ct_device_count() ? 1 : 0; }

const char *ct_why_no_device(void) {
  if (!ct_cuda_version()) return "this libtorch was built without CUDA";
  if (!driver().objection.empty()) return driver().objection.c_str();
  if (guardedNumber(usableDevices) < 0) return lastError.c_str();
  return ct_device_count() ? "" : "this libtorch cannot use the NVIDIA driver's devices: is the driver older than its CUDA?";
}

int64_t ct_device_bytes(int device, char *name, int64_t length) {
  return guardedNumber([&] {
    std::string text;
    int64_t bytes = 0;
    driver().describe(device, text, bytes);
    auto count = std::min<int64_t>(length - 1, text.size());
    std::copy(text.begin(), text.begin() + count, name);
    name[count] = 0;
    return bytes;
  });
}
