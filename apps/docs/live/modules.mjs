/** The modules that a program of a page may import. */
export const MODULES = /** @type {const} */ ([
  "@graddiff/core",
  "@graddiff/core/extend",
  "@graddiff/core/fft",
  "@graddiff/core/linalg",
  "@graddiff/nn",
  "@graddiff/solve",
  "@graddiff/stats",
  "@graddiff/files",
  "@graddiff/onnx",
  // The images of the gallery, which are a part of the site.
  "@graddiff/docs/digits",
]);
