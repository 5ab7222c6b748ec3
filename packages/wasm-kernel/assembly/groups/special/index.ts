// The group of the elementary functions that are no methods of Tensor: the error functions and logGamma.

export * from "./elementary";
export * from "./unary";
