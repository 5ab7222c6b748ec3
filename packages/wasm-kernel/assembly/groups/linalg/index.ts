// The group of kernels that factorise matrices.

export * from "../../algorithms/linalg/matrices";
