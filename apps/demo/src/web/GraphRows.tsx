/**
 * The graph as a table, for screen readers and for readers who prefer tables; it is loaded when it is opened.
 */

import { updateOf } from "./network.ts";
import type { Store } from "./store.ts";

export function GraphRows({ store }: { readonly store: Store }) {
  const { table, stage } = store.texts;
  const { layout } = store.arranged.value;
  const isForward = store.mode.value.kind === "forward";
  const { forwardOnly = false, training } = store.lesson.value;
  const parts = forwardOnly ? table.shareParts : isForward ? table.tangentParts : table.parts;
  const hasUpdates = training !== undefined && !isForward;
  const readings = store.readings.value;
  const rows = [...layout.nodes].sort((a, b) => a.id - b.id);
  return (
    <table class="graph-table" aria-label={table.heading}>
      <thead>
        <tr>
          <th scope="col">{table.node}</th>
          <th scope="col">{table.operation}</th>
          <th scope="col">{table.inputs}</th>
          <th scope="col">{table.value}</th>
          {!forwardOnly && <th scope="col">{isForward ? stage.tangent : table.gradient}</th>}
          {hasUpdates && <th scope="col">{table.update}</th>}
          <th scope="col">{parts}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ id }) => {
          const routes = layout.routes.filter(({ to }) => to === id);
          const products = routes.flatMap((route) => {
            const text = readings.productText(route);
            return text === "" ? [] : [`${store.nameOf(route.from)}: ${text}`];
          });
          return (
            <tr key={id}>
              <th scope="row">{store.nameOf(id)}</th>
              <td>{[store.operationOf(id), store.changeOf(id)].filter(Boolean).join(", ")}</td>
              <td>{[...new Set(routes.map(({ from }) => store.nameOf(from)))].join(", ")}</td>
              <td class="value">{readings.value(id)}</td>
              {!forwardOnly && (
                <td class={isForward ? "tangent" : "gradient"}>{readings.derivative(id)}</td>
              )}
              {hasUpdates && <td>{updateText(store, id)}</td>}
              <td>{products.join("; ")}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** Returns the old and the new value of a weight, once its gradient is computed. */
function updateText(store: Store, id: number): string {
  return store.readings.value.hasDerivative(id) ? (updateOf(store, id) ?? "") : "";
}
