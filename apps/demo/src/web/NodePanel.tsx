/**
 * The chosen node: its number to change, its gradient with a check, and a prediction beside what came.
 */

import { useComputed } from "@preact/signals";
import { formatNumber, isRounded } from "../instrument/format.ts";
import { checks } from "./checks.ts";
import { NumberField } from "./NumberField.tsx";
import { predictionOf } from "./prediction.ts";
import type { Store } from "./store.ts";

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
        <b>{store.nameOf(id)}</b>{" "}
        <span class="kind">
          {node?.op?.symbol ?? (node?.kind === "constant" ? words.constant : words.input)}
        </span>
      </p>
      <p class="entry value">
        <label for="node-value">{stage.value}</label>
        {hasValue && isScalar ? (
          <NumberField
            key={`${store.lesson.value.name} ${id}`}
            store={store}
            id={id}
            label={store.nameOf(id)}
            look="form"
            element="node-value"
          />
        ) : (
          <span class="none">{readings.value(id) || stage.unknown}</span>
        )}
        {hasValue && <Exact store={store} id={id} what="value" />}
        {node?.difference !== undefined && (
          <span class="changed">
            {words.changed(store.tensor(node.difference))}{" "}
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
      <Prediction store={store} />
    </section>
  );
}

/** The products that come back to a node, where they do not stand on its edges, or the shares of errors. */
function Arrivals({ store, id }: OfNode) {
  const { labelled, routesFrom } = store.arranged.value;
  const hasShares = store.shares.value !== undefined;
  if (!hasShares && (labelled || store.mode.value.kind === "forward")) return null;
  const readings = store.readings.value;
  const products = (routesFrom.get(id) ?? []).map((route) => readings.productText(route));
  const sum = hasShares ? readings.below(id).join(" ").trim() : "";
  const lines = [...products, sum].filter(Boolean);
  if (lines.length === 0) return null;
  const { stage, table } = store.texts;
  return (
    <p class="entry arrivals">
      <span class="label">{hasShares ? stage.legendShare : table.parts}</span>
      <b>{lines.join("; ")}</b>
    </p>
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
  const { node } = store.texts;
  const text = useComputed(() => {
    const check = checks.value.get(id);
    if (check?.graph !== store.graph.value) return node.checking;
    return `${node.check} ${store.number(check.difference)}: ${node.agrees(check.digits)}`;
  });
  const look = useComputed(() => {
    const digits = checks.value.get(id)?.digits;
    return digits !== undefined && digits < FEW_DIGITS ? "check bad" : "check";
  });
  return <span class={look}>{text}</span>;
}

/** Central differences agree in nine or so. */
const FEW_DIGITS = 5;

function meaning(store: Store, id: number): string {
  const { nodes, output } = store.graph.value;
  const gradient = nodes[id]?.gradient;
  if (gradient === undefined || gradient.rank > 0 || id === output) return "";
  const slope = gradient.item();
  const { node } = store.texts;
  const [name, result] = [store.nameOf(id), store.nameOf(output)];
  if (slope === 0) return node.flat(name, result);
  return slope > 0
    ? node.rises(name, result, store.number(slope))
    : node.falls(name, result, store.number(-slope));
}

/** gradient × change, beside what came: told by the graph before the change. */
function Prediction({ store }: { readonly store: Store }) {
  const prediction = useComputed(() => predictionOf(store));
  const { node } = store.texts;
  const found = prediction.value;
  return (
    <div class={found === undefined ? "prediction empty" : "prediction"} aria-live="polite">
      {found !== undefined && (
        <>
          <span class="told">
            {node.predicted}:{" "}
            {node.prediction(
              store.number(found.gradient),
              store.number(found.change),
              store.number(found.told),
            )}
          </span>
          <span class="came">
            {node.came}: {store.number(found.came)}
          </span>
        </>
      )}
    </div>
  );
}
