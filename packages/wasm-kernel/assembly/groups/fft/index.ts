// The group of kernels of discrete Fourier transforms.

export * from "../../algorithms/fft/transforms";
