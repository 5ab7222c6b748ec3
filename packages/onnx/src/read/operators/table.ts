/**
 * The table of the operators of ONNX, up to version 22: each is supported or refused, and the types require a row for
 * each.
 */

import type { Operator, Refusal } from "../operator.ts";
import { boxes } from "./boxes.ts";
import { control } from "./control.ts";
import { creating } from "./creating.ts";
import { elementwise } from "./elementwise.ts";
import { indexing } from "./indexing.ts";
import { losses } from "./losses.ts";
import type { StandardOperator, TrainingOperator } from "./names.ts";
import { normalisations } from "./normalisations.ts";
import { quantised } from "./quantised.ts";
import { random } from "./random.ts";
import { recurrences } from "./recurrent.ts";
import { reductions } from "./reductions.ts";
import { refusals } from "./refusals.ts";
import { regions } from "./regions.ts";
import { resizing } from "./resize.ts";
import { sampling } from "./sampling.ts";
import { shapes } from "./shapes.ts";
import { signals } from "./signals.ts";
import { training } from "./training.ts";
import { windows } from "./windows.ts";

type OperatorName = StandardOperator | TrainingOperator;

let table: Readonly<Record<OperatorName, Operator | Refusal>> | undefined;

/**
 * Makes the table at its first use, since bundlers keep a spread that runs at load, with everything that it refers to.
 */
export function operatorTable(): Readonly<Record<OperatorName, Operator | Refusal>> {
  table ??= {
    ...boxes,
    ...control,
    ...creating,
    ...elementwise,
    ...indexing,
    ...losses,
    ...normalisations,
    ...quantised,
    ...random,
    ...recurrences,
    ...reductions,
    ...refusals,
    ...regions,
    ...resizing,
    ...sampling,
    ...shapes,
    ...signals,
    ...training,
    ...windows,
  };
  return table;
}

function isKnown(name: string): name is OperatorName {
  return Object.hasOwn(operatorTable(), name);
}

/** Returns the row of an operator by its name, with its domain as a prefix unless that is the standard one. */
export function operatorOf(name: string): Operator | Refusal {
  if (isKnown(name)) return operatorTable()[name];
  const [domain] = name.match(/^.*(?=\.)/) ?? [];
  const where = domain === undefined ? "the standard ones" : `those of ${domain}`;
  return { refused: `it is not known among ${where}` };
}
