/** The attributes of the op of implicit functions. */

import type { Trace } from "../graph/trace.ts";
import type { Called } from "../ops/called.ts";

/** The solver is the body: (…inputs) → (…unknowns, …what else it tells). */
export interface Implicit extends Called {
  /** (…unknowns, …inputs) → what is zero, as many elements as the unknowns have */
  readonly residual: Trace;
  /** The number of first results that are unknowns; the others have no derivatives. */
  readonly unknowns: number;
  /** The number of first axes of unknowns and residuals that are those of independent examples. */
  readonly leading: number;
  /** The name of the solver, for errors. */
  readonly name: string;
}
