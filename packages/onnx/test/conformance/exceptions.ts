/** The cases that do not pass, but are not failures, each with its reason. */

/**
 * Errors that count as refusals: messages of the reader about what it does not support. If the reason is empty, it is
 * taken from the error.
 */
export const refusals: readonly { readonly pattern: RegExp; readonly reason: string }[] = [
  { pattern: /expected operators that are read/, reason: "" },
  { pattern: /expected a tensor of floats, integers or bools/, reason: "" },
  { pattern: /expected floats, integers or bools/, reason: "" },
];

/** Cases whose expected results do not agree with their model. */
export const disputes: Readonly<Record<string, string>> = {
  adam_multiple:
    "its model has no epsilon, which is 0.000001 then, and its results are those of 0.01",
  averagepool_3d_dilations_large_count_include_pad_is_1_ceil_mode_is_True:
    "it divides by elements after the padding, too; onnxruntime 1.30 and PyTorch do not, and neither does this package",
  ...Object.fromEntries(
    ["2D_int8_float16", "2D_int8_float32", "3D_int8_float16", "3D_int8_float32"].map((name) => [
      `qlinearmatmul_${name}`,
      "its numbers beyond int8 wrap around; the operator saturates, as in onnxruntime",
    ]),
  ),
};

/** Bounds for results of zero, where NumPy has rounding errors of float32, from numbers up to 100. */
export const noise: Readonly<Record<string, number>> = {
  dft_inverse: 1e-6,
  dft_inverse_opset19: 1e-6,
};

/** True if results are random: NumPy has drawn other numbers, so only shapes are compared. */
export function isDrawn(name: string): boolean {
  return /^bernoulli|^training_dropout(?!_zero_ratio)/.test(name);
}
