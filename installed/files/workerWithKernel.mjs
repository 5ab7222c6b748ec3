// A worker of workerd that hands in the kernel, which may be imported but not compiled there.

import { useKernel } from "@graddiff/core";
import kernel from "@graddiff/wasm-kernel/kernel.wasm";
import { report } from "./program.mjs";

useKernel(kernel);

export default {
  fetch: () => Response.json(report()),
};
