/** The cases that are no failures though they do not pass, each with its reason. */

/** Errors that are refusals: the sentences of the reader's own lists. An empty reason stands for what the error has got. */
export const refusals: readonly { readonly pattern: RegExp; readonly reason: string }[] = [
  { pattern: /expected operators that are read/, reason: "" },
  { pattern: /expected a tensor of floats, integers or bools/, reason: "" },
  { pattern: /expected floats, integers or bools/, reason: "" },
];

/** Cases whose results are not those of their model. */
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

/** Bounds for zeros that NumPy has rounded in float32, of numbers up to 100. */
export const noise: Readonly<Record<string, number>> = {
  dft_inverse: 1e-6,
  dft_inverse_opset19: 1e-6,
};

/** True if results are drawn: NumPy has drawn others, so only shapes are compared. */
export function isDrawn(name: string): boolean {
  return /^bernoulli|^training_dropout(?!_zero_ratio)/.test(name);
}
