// A worker of workerd that imports the kernel and passes it to `useKernel`, because workerd forbids compiling
// WebAssembly.

import { useKernel } from "@graddiff/core";
import kernel from "@graddiff/wasm-kernel/kernel.wasm";
import { report } from "./program.mjs";

useKernel(kernel);

export default {
  fetch: () => Response.json(report()),
};
