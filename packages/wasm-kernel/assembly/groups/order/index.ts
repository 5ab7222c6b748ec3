// The group of kernels that put the elements of rows in order.

export * from "../../algorithms/order";
