/**
 * The predicted and the actual change of the result, after a number was changed.
 */

import { equationText } from "../instrument/equation.ts";
import { formatNumber } from "../instrument/format.ts";
import { digitsToTell, predictionOf } from "./prediction.ts";
import type { Store } from "./store.ts";
import { useDerived } from "./useLive.ts";

/**
 * Shows gradient × change, from the graph before a change, beside the actual change, and the reason why they differ.
 */
export function Prediction({ store }: { readonly store: Store }) {
  const found = useDerived(() => predictionOf(store), store).value;
  const { node } = store.texts;
  const { output } = store.graph.value;
  if (found === undefined) return <div class="prediction empty" aria-live="polite" />;
  const { gradient, change, predicted, actual, isBent, bentTo, digits } = found;
  const bent = digitsToTell(gradient, bentTo ?? gradient, store.digits.value);
  return (
    <div class="prediction" aria-live="polite">
      <span class="predicted">
        {node.predicted}: {equationText([gradient, "×", change], predicted, digits)}
      </span>
      <span class="actual">
        {node.actual(store.nameOf(output))}: {formatNumber(actual, digits)}
      </span>
      {isBent && (
        <span class="why">
          {bentTo === undefined
            ? node.bentBetween
            : node.bent(formatNumber(gradient, bent), formatNumber(bentTo, bent))}
        </span>
      )}
    </div>
  );
}
