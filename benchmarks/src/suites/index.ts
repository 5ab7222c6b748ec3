// All suites, in the order in which they run. A new suite is one file and one line here.

import type { Suite } from "../suite.ts";
import { bodies } from "./bodies.ts";
import { compileSuite } from "./compile.ts";
import { elementwise } from "./elementwise.ts";
import { fallback } from "./fallback.ts";
import { matmul, sizes } from "./matmul.ts";
import { outside } from "./outside.ts";
import { rowSuites } from "./rows.ts";
import { snackTax } from "./snackTax.ts";

export const suites: readonly Suite[] = [
  elementwise,
  snackTax,
  matmul,
  sizes,
  compileSuite,
  ...bodies,
  ...outside,
  ...rowSuites,
  fallback,
];
