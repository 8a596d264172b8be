#include "reports/load_launches.h"

#include <algorithm>

#include "base/error.h"
#include "reports/json_lines.h"

namespace reckon::reports {
namespace {

double seconds_of(const json::ObjectReader& object, const char* key, double fallback) {
  const double seconds = object.get_number(key, fallback);
  if (!(seconds >= 0) || seconds > 1e12) {
    fail_input("{}: field '{}' is {}, not a number of seconds", object.where(), key, seconds);
  }
  return seconds;
}

// A counter that was read again holds all that the launch used so far; one that was lost on the way leaves it
// not known.
void read_joules(const json::ObjectReader& line, const char* key, std::optional<double>& most) {
  if (!line.has(key)) {
    most.reset();
    return;
  }
  const double joules = line.get_number(key);
  if (!(joules >= 0) || joules > 1e15) {
    fail_input("{}: field '{}' is {}, not a number of joules", line.where(), key, joules);
  }
  most = std::max(most.value_or(0), joules);
}

EngineCounters read_engine(const json::ObjectReader& object) {
  EngineCounters engine;
  engine.busy_seconds = seconds_of(object, "busy_seconds", 0);
  engine.prefill_tokens = object.get_int("prefill_tokens", 0, kMostCounted, 0);
  engine.prefill_seconds = seconds_of(object, "prefill_seconds", 0);
  engine.decode_tokens = object.get_int("decode_tokens", 0, kMostCounted, 0);
  engine.decode_seconds = seconds_of(object, "decode_seconds", 0);
  engine.cached_prompt_tokens = object.get_int("cached_prompt_tokens", 0, kMostCounted, 0);
  engine.steps = object.get_int("steps", 0, kMostCounted, 0);
  engine.preemptions = object.get_int("preemptions", 0, kMostCounted, 0);
  return engine;
}

Launch read_start(const json::ObjectReader& line, int number) {
  Launch launch;
  launch.number = number;
  launch.time = line.get_string("time", "");
  launch.unix_seconds = line.get_number("unix_seconds", 0);
  if (line.has("load_seconds")) {
    launch.load_seconds = seconds_of(line, "load_seconds", 0);
    launch.wall_seconds = *launch.load_seconds;
  }
  if (const json::Value* host = line.find("host")) launch.host_json = json::dump(*host);
  if (line.has("device")) {
    const json::ObjectReader device = line.get_object("device");
    launch.device_backend = device.get_string("backend", "");
    launch.device_name = device.get_string("name", "");
    launch.device_path = device.get_string("path", "");
    launch.threads = static_cast<int>(device.get_int("threads", 0, 1 << 20, 0));
    launch.device_count = static_cast<int>(device.get_int("count", 0, 1 << 20, 0));
  }
  return launch;
}

}  // namespace

std::vector<Launch> load_launches(const std::string& path, std::size_t& torn_lines) {
  std::vector<Launch> launches;
  torn_lines += for_each_json_line(path, [&](const json::ObjectReader& line, std::size_t) {
    const auto number = static_cast<int>(line.get_int("launch", 0, 1 << 30));
    const std::string event = line.get_string("event");
    const auto known = std::find_if(launches.begin(), launches.end(),
                                    [&](const Launch& launch) { return launch.number == number; });
    if (event == "start") {
      if (known != launches.end()) fail_input("{}: launch {} starts twice", line.where(), number);
      launches.push_back(read_start(line, number));
      return;
    }
    if (event != "heartbeat" && event != "end") {
      fail_input("{}: field 'event' is '{}', not start, heartbeat or end", line.where(), event);
    }
    if (known == launches.end()) {
      fail_input("{}: {} of launch {}, which has no start line before", line.where(), event, number);
    }
    known->wall_seconds = std::max(known->wall_seconds, seconds_of(line, "wall_seconds", 0));
    if (line.has("engine")) known->engine = read_engine(line.get_object("engine"));
    read_joules(line, "energy_joules", known->energy_joules);
    read_joules(line, "device_energy_joules", known->device_energy_joules);
    if (line.has("grading_seconds")) known->grading_seconds = seconds_of(line, "grading_seconds", 0);
    if (event == "end") known->status = line.get_string("status");
  });
  return launches;
}

}  // namespace reckon::reports
