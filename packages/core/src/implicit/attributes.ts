/**
 * What an application of the op of implicit functions holds.
 */

import type { Trace } from "../graph/trace.ts";
import type { Called } from "../ops/called.ts";

/** The solver is the body: (…inputs) → (…unknowns, …what else it tells). */
export interface Implicit extends Called {
  /** (…unknowns, …inputs) → what is zero, as many elements as the unknowns have */
  readonly residual: Trace;
  /** How many first results are unknowns; the others have no derivatives. */
  readonly unknowns: number;
  /** How many first axes of unknowns and residuals are those of examples that know nothing of each other. */
  readonly leading: number;
  /** The name of the solver, for errors. */
  readonly name: string;
}
