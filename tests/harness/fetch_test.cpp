#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/error.h"
#include "base/files.h"
#include "harness/fetch/hub.h"
#include "tests/harness/hub_server.h"
#include "tests/support/shared_data.h"

namespace reckon::harness {
namespace {

using testing::HasSubstr;

class Fetch : public testing::Test {
 protected:
  void SetUp() override {
    for (int i = 0; i < 40000; ++i) weights_ += static_cast<char>('a' + i * i % 23);
    server_.pages["/api/models/lab/tiny/revision/main?blobs=true"] =
        R"({"sha":"c0ffee","siblings":[)"
        R"({"rfilename":"config.json","size":2,"blobId":"9e26dfeeb6e641a33dae4961196235bdb965b21b"},)"
        R"({"rfilename":"model.safetensors","size":40000,"blobId":"x","lfs":{"sha256":")" +
        sha256_hex(weights_) +
        R"(","size":40000}},)"
        R"({"rfilename":"pytorch_model.bin","size":9,"blobId":"y"},{"rfilename":"onnx/model.onnx","size":9}]})";
    server_.pages["/lab/tiny/resolve/c0ffee/config.json"] = "{}";
    server_.pages["/lab/tiny/resolve/c0ffee/model.safetensors"] = weights_;
  }

  Hub hub() const {
    HttpOptions options;
    options.first_pause_seconds = 0.001;
    return {server_.endpoint(), options};
  }

  void fetch_all(const Hub& hub) {
    const HubRepository repository = hub.list("lab/tiny", "main", false);
    for (const HubFile& file : needed_files(repository)) {
      hub.download(repository, file, folder_.path(), [](std::uint64_t) {});
    }
  }

  test::HubServer server_;
  test::TemporaryFolder folder_;
  std::string weights_;
};

TEST_F(Fetch, BringsWhatIsNeededAndChecksIt) {
  fetch_all(hub());
  EXPECT_EQ(read_file(folder_.file("config.json")), "{}");
  EXPECT_EQ(read_file(folder_.file("model.safetensors")), weights_);
  EXPECT_FALSE(std::filesystem::exists(folder_.file("pytorch_model.bin")));
  const int before = server_.requests;
  fetch_all(hub());
  EXPECT_EQ(server_.requests, before + 1) << "files that are there already were fetched again";
}

TEST_F(Fetch, GoesOnAfterACutConnection) {
  server_.cut_after_bytes = 12345;
  fetch_all(hub());
  EXPECT_EQ(read_file(folder_.file("model.safetensors")), weights_);
  EXPECT_EQ(server_.range_requests, 1);
}

TEST_F(Fetch, StartsAnewWhereTheServerKnowsNoRanges) {
  server_.honours_ranges = false;
  server_.cut_after_bytes = 12345;
  fetch_all(hub());
  EXPECT_EQ(read_file(folder_.file("model.safetensors")), weights_);
}

TEST_F(Fetch, WaitsForABusyServerAndGivesUpOnADeadOne) {
  server_.unavailable_times = 2;
  fetch_all(hub());
  EXPECT_EQ(read_file(folder_.file("config.json")), "{}");
  server_.unavailable_times = 100;
  EXPECT_THROW(fetch_all(hub()), Error);
}

TEST_F(Fetch, RefusesBytesThatDoNotMatchTheChecksum) {
  server_.pages["/lab/tiny/resolve/c0ffee/model.safetensors"][777] = '!';
  try {
    fetch_all(hub());
    FAIL() << "wrong bytes were taken";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("checksum"));
  }
  EXPECT_FALSE(std::filesystem::exists(folder_.file("model.safetensors")));
  EXPECT_FALSE(std::filesystem::exists(folder_.file("model.safetensors.part")));
}

TEST_F(Fetch, RefusesPathsThatLeaveTheFolderAndNamesThatAreNone) {
  server_.pages["/api/models/lab/evil/revision/main?blobs=true"] =
      R"({"sha":"1","siblings":[{"rfilename":"../../home/x","size":1}]})";
  EXPECT_THROW(hub().list("lab/evil", "main", false), Error);
  EXPECT_THROW(hub().list("lab", "main", false), Error);
  EXPECT_THROW(hub().list("lab/../etc", "main", false), Error);
  EXPECT_THROW(hub().list("lab/absent", "main", false), Error);
  server_.pages["/api/models/lab/odd/revision/main?blobs=true"] = "<html>";
  EXPECT_THROW(hub().list("lab/odd", "main", false), Error);
}

}  // namespace
}  // namespace reckon::harness
