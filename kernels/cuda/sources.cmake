# What the back end consists of; compiled by nvcc here and for the host in tests/cuda_on_host.
set(RECKON_CUDA_KERNELS attention_kernels.cu expert_kernels.cu logit_kernels.cu product_kernels.cu router_kernels.cu
  row_kernels.cu sampling_kernels.cu)
set(RECKON_CUDA_BACKEND backend.cpp backend_logits.cpp backend_ops.cpp backend_sequence.cpp buffers.cpp launch.cpp)
