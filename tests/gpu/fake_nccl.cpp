// In place of NCCL, with no device: ranks that never answer, ranks that fail, and ranks that are there at
// once, as FAKE_NCCL says ("silent", "lost", else well).
#include <nccl.h>

#include <cstdlib>
#include <cstring>

namespace {

bool is(const char* mode) {
  const char* wanted = std::getenv("FAKE_NCCL");
  return wanted != nullptr && std::strcmp(wanted, mode) == 0;
}

int aborted = 0;

}  // namespace

extern "C" {

int fake_nccl_aborted() { return aborted; }

ncclResult_t ncclGetVersion(int* version) {
  *version = is("old") ? 20000 : NCCL_VERSION_CODE;
  return ncclSuccess;
}
ncclResult_t ncclGetUniqueId(ncclUniqueId* id) {
  *id = {};
  return ncclSuccess;
}
const char* ncclGetErrorString(ncclResult_t) { return "remote process exited"; }
ncclResult_t ncclCommInitRankConfig(ncclComm_t* made, int, ncclUniqueId, int rank, ncclConfig_t*) {
  static int own[8];
  *made = reinterpret_cast<ncclComm_t>(&own[rank]);
  return is("silent") ? ncclInProgress : ncclSuccess;
}
ncclResult_t ncclCommGetAsyncError(ncclComm_t, ncclResult_t* state) {
  *state = is("silent") ? ncclInProgress : is("lost") ? ncclRemoteError : ncclSuccess;
  return ncclSuccess;
}
ncclResult_t ncclCommAbort(ncclComm_t) {
  ++aborted;
  return ncclSuccess;
}
ncclResult_t ncclAllGather(const void*, void*, std::size_t, ncclDataType_t, ncclComm_t, cudaStream_t) {
  return is("lost") ? ncclInProgress : ncclSuccess;
}
ncclResult_t ncclAllReduce(const void*, void*, std::size_t, ncclDataType_t type, ncclRedOp_t operation,
                           ncclComm_t, cudaStream_t) {
  return type == ncclFloat32 && operation == ncclSum ? ncclSuccess : ncclInvalidArgument;
}
ncclResult_t ncclReduceScatter(const void*, void*, std::size_t, ncclDataType_t type, ncclRedOp_t operation,
                               ncclComm_t, cudaStream_t) {
  return type == ncclFloat32 && operation == ncclSum ? ncclSuccess : ncclInvalidArgument;
}
ncclResult_t ncclSend(const void*, std::size_t, ncclDataType_t, int, ncclComm_t, cudaStream_t) {
  return ncclSuccess;
}
ncclResult_t ncclRecv(void*, std::size_t, ncclDataType_t, int, ncclComm_t, cudaStream_t) {
  return ncclSuccess;
}
ncclResult_t ncclGroupStart() { return ncclSuccess; }
ncclResult_t ncclGroupEnd() { return ncclSuccess; }

}  // extern "C"
