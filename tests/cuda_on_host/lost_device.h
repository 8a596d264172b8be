#pragma once
// A device that is lost in mid-run, as a card is that falls off its bus: what broke it fails, and so does all
// that is asked of it afterwards, by whatever thread and back end.

#include <cstdint>

namespace reckon::cuda_on_host {

/// The launch after so many more fails, and with it the device.
void lose_device_after(std::int64_t launches);
/// A new process on a card that was mended, as it were. No device is lost until the other is called.
void find_device_again();

/// One more launch. Errors: the device is lost.
void count_launch();
/// Errors: the device is lost.
void require_device(const char* operation);

}  // namespace reckon::cuda_on_host
