// Prints the report of the program without WebAssembly, with which the report of every row is compared.

import { setRunner } from "@graddiff/core";
import { report } from "./program.mjs";

setRunner("js");
console.log(JSON.stringify(report()));
