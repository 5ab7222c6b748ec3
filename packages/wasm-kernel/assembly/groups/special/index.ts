// The group of kernels for the elementary functions that are not methods of Tensor: the error functions and logGamma.

export * from "./elementary";
export * from "./unary";
