// Prints what JavaScript alone computes, with which every row is compared.

import { setRunner } from "@graddiff/core";
import { report } from "./program.mjs";

setRunner("js");
console.log(JSON.stringify(report()));
