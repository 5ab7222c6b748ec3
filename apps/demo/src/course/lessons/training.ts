/**
 * Lesson 7: the gradient of the error by every weight, and steps downhill.
 */

import { defineLesson } from "../lesson.ts";
import { sources } from "../programs/generated.ts";
import { explainNetwork, NETWORK_NODES, networkInputs } from "./network.ts";

export const training = defineLesson({
  name: "training",
  inputs: { ...networkInputs, rate: { initial: 0.5, step: 0.1, minimum: 0 } },
  programs: [sources.network.E, sources.network.updated],
  explain: explainNetwork,
  folded: NETWORK_NODES,
  panel: "training",
  run: [
    { key: "gradients", at: "end", node: "w5", formula: "totalError" },
    { key: "step", at: "end", node: "E", formula: "update" },
    { key: "rates", at: "end", node: "E" },
    { key: "mazur", at: "end", node: "E" },
  ],
});
