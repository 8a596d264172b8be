# What the back end consists of; compiled by nvcc here and for the host in tests/cuda_on_host.
set(RECKON_CUDA_KERNELS attention_kernels.cu expanded_pages.cu expert_kernels.cu head_kernels.cu head_products.cu latent_decode.cu logit_kernels.cu paged_attention.cu product_kernels.cu quantise_kernels.cu rate_kernels.cu router_kernels.cu
  row_kernels.cu sampling_kernels.cu tensor_products.cu warp_group_products.cu)
set(RECKON_CUDA_BACKEND backend.cpp backend_heads.cpp backend_latent.cpp backend_library.cpp backend_logits.cpp backend_ops.cpp backend_ranks.cpp backend_sequence.cpp buffers.cpp command_list.cpp launch.cpp)
