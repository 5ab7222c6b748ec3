/**
 * The chosen node: its number to change, its gradient with a check, what is multiplied inside a folded node,
 * the update of a weight, and a predicted change beside the actual one.
 */

import { equationText } from "../instrument/equation.ts";
import { formatNumber, isRounded } from "../instrument/format.ts";
import { checkText } from "./checkText.ts";
import { NumberField } from "./NumberField.tsx";
import { factorsOf, isFrozen, updateOf } from "./network.ts";
import { digitsToTell, predictionOf } from "./prediction.ts";
import type { Store } from "./store.ts";
import { useDerived } from "./useLive.ts";

export function NodePanel({ store }: { readonly store: Store }) {
  const id = store.chosen.value;
  const { node: words, stage } = store.texts;
  if (id === undefined) {
    return (
      <section class="node-panel" aria-label={words.heading}>
        <p class="hint">{stage.hint}</p>
      </section>
    );
  }
  const node = store.graph.value.nodes[id];
  const readings = store.readings.value;
  const derivative = readings.derivative(id);
  const hasValue = store.progress.value.hasValue(id) && !readings.isAsked("value", id);
  const isForward = store.mode.value.kind === "forward";
  const hasGradient = !isForward && readings.hasDerivative(id);
  const isScalar = node?.value?.rank === 0;
  return (
    <section class="node-panel" aria-label={words.heading}>
      <p class="what">
        <b>{store.nameOf(id)}</b> <span class="kind">{store.operationOf(id)}</span>
      </p>
      <p class="entry value">
        <label for={`${store.prefix}-field`}>{stage.value}</label>
        {hasValue && isScalar ? (
          <NumberField
            key={`${store.lesson.value.name} ${id}`}
            store={store}
            id={id}
            label={store.nameOf(id)}
            look="form"
            element={`${store.prefix}-field`}
          />
        ) : (
          <span class="none">{readings.value(id) || stage.unknown}</span>
        )}
        {hasValue && <Exact store={store} id={id} what="value" />}
        {node?.difference !== undefined && (
          <span class="changed">
            {store.changeOf(id)}{" "}
            <button type="button" onClick={() => store.undo(id)}>
              {words.undo}
            </button>
          </span>
        )}
      </p>
      <Arrivals store={store} id={id} />
      <p class="entry gradient" hidden={store.lesson.value.forwardOnly === true}>
        <span class="label">{isForward ? stage.tangent : stage.gradient}</span>
        {isForward ? (
          <b class="tangent">{hasValue ? derivative || "0" : ""}</b>
        ) : readings.isAsked("gradient", id) ? (
          <b>?</b>
        ) : hasGradient ? (
          <>
            <b>{derivative}</b>
            <Exact store={store} id={id} what="gradient" />
            <CheckText store={store} id={id} />
          </>
        ) : (
          <span class="none">{stage.unknown}</span>
        )}
      </p>
      {hasGradient && isScalar && <p class="meaning">{meaning(store, id)}</p>}
      {hasGradient && <Inside store={store} id={id} />}
      {store.lesson.value.forwardOnly !== true && <Prediction store={store} />}
    </section>
  );
}

/** The products that come back to a node, where they do not stand on its edges. */
function Arrivals({ store, id }: OfNode) {
  const { labelled, routesFrom } = store.arranged.value;
  if (labelled || store.mode.value.kind === "forward" || store.shares.value !== undefined)
    return null;
  const readings = store.readings.value;
  const products = (routesFrom.get(id) ?? []).map((route) => readings.productText(route));
  const lines = products.filter(Boolean);
  if (lines.length === 0) return null;
  return (
    <p class="entry arrivals">
      <span class="label">{store.texts.table.parts}</span>
      <b>{lines.join("; ")}</b>
    </p>
  );
}

/** What is multiplied inside the folded nodes that a node leads to, and the update of a weight. */
function Inside({ store, id }: OfNode) {
  const { node: words } = store.texts;
  const update = updateOf(store, id);
  return (
    <>
      {factorsOf(store, id).map(({ node, text }) => (
        <p key={node} class="entry arrivals">
          <span class="label">{words.factor(store.nameOf(node))}</span>
          <span class="calculation">{text}</span>
        </p>
      ))}
      {update !== undefined && (
        <p class="entry arrivals">
          <span class="label">{words.update}</span>
          <span class="calculation">{update}</span>
        </p>
      )}
      {isFrozen(store, id) && <p class="entry arrivals label">{words.frozen}</p>}
    </>
  );
}

interface OfNode {
  readonly store: Store;
  readonly id: number;
}

/** The number with all its digits, where it is shown rounded. */
function Exact({ store, id, what }: OfNode & { readonly what: "value" | "gradient" }) {
  const tensor = store.graph.value.nodes[id]?.[what];
  if (tensor === undefined || tensor.rank > 0) return null;
  const value = tensor.item();
  const { node } = store.texts;
  if (value === Infinity || value === -Infinity) return <span class="exact">{node.infinite}</span>;
  if (Number.isNaN(value)) return <span class="exact">{node.notANumber}</span>;
  if (!isRounded(value, store.digits.value)) return null;
  return <span class="exact">{node.rounded(formatNumber(value, "exact"))}</span>;
}

function CheckText({ store, id }: OfNode) {
  const check = useDerived(() => store.checks.of(id), store, id).value;
  if (check === undefined) return <span class="check">{store.texts.node.checking}</span>;
  const isBad = check.verdict.kind === "differs";
  return <span class={isBad ? "check bad" : "check"}>{checkText(store, check)}</span>;
}

function meaning(store: Store, id: number): string {
  const { nodes, output } = store.graph.value;
  const gradient = nodes[id]?.gradient;
  if (gradient === undefined || gradient.rank > 0 || id === output) return "";
  // At a corner a little more and a little less have slopes of their own.
  if (store.checks.of(id)?.verdict.kind === "corner") return "";
  const slope = gradient.item();
  const { node } = store.texts;
  const [name, result] = [store.nameOf(id), store.nameOf(output)];
  if (slope === 0) return node.flat(name, result);
  return slope > 0
    ? node.rises(name, result, store.number(slope))
    : node.falls(name, result, store.number(-slope));
}

/** gradient × change by the graph before a change, beside the actual change; and why they differ. */
function Prediction({ store }: { readonly store: Store }) {
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
