// The group of kernels of discrete Fourier transforms.

export { dftPass_f32, dftPass_f64 } from "../../algorithms/fft/passes";
export * from "../../algorithms/fft/transforms";
