/**
 * The card of a node or an edge: a field for its number, its computation, the gradients that come back, a check, and
 * the update of a parameter, in symbols and in numbers. It opens beside its node or edge; on a phone it is a sheet at
 * the bottom.
 */

import type { LayoutRoute } from "@graddiff/core";
import {
  type ForwardLine,
  forwardLines,
  forwardSymbols,
  sumText,
  type WrittenProduct,
  writtenProduct,
} from "../instrument/card.ts";
import { between, curveAt } from "../instrument/curve.ts";
import { formatNumber, isRounded } from "../instrument/format.ts";
import { pathOf, rangeOf, scale } from "../instrument/plot.ts";
import { fractionText, shareLines, shareOn, shareSum } from "../instrument/shares.ts";
import { checkText } from "./checkText.ts";
import { focusOwner } from "./focus.ts";
import { NumberField } from "./NumberField.tsx";
import { isFrozen, updateOf } from "./network.ts";
import { followNumbers, restOf } from "./SlopePanel.tsx";
import type { Store } from "./store.ts";
import { useDerived, useSettled } from "./useLive.ts";

interface OfStore {
  readonly store: Store;
}

interface OfNode extends OfStore {
  readonly id: number;
}

export function Card({ store }: OfStore) {
  const edge = store.chosenEdge.value;
  if (edge !== undefined) return <EdgeCard store={store} route={edge} />;
  const id = store.chosen.value;
  return id === undefined ? null : <NodeCard store={store} id={id} />;
}

function NodeCard({ store, id }: OfNode) {
  const { node: words, stage } = store.texts;
  const node = store.graph.value.nodes[id];
  const readings = store.readings.value;
  const hasValue = store.progress.value.hasValue(id) && !readings.isAsked("value", id);
  const isForward = store.mode.value.kind === "forward";
  const hasGradient = !isForward && readings.hasDerivative(id) && !store.hasBlanks.value;
  const isScalar = node?.value?.rank === 0;
  const weight = weightRoute(store, id);
  return (
    <>
      <div class="card-head">
        <p class="what">
          <b>{store.nameOf(id)}</b>{" "}
          <span class="kind">
            {weight === undefined
              ? kindOf(store, id)
              : words.from(store.nameOf(weight.from), store.nameOf(weight.to))}
          </span>
        </p>
        {hasValue && isScalar ? (
          <span class="card-number">
            <StepButton store={store} id={id} by={-1} />
            <NumberField
              key={`${store.lesson.value.name} ${id}`}
              store={store}
              id={id}
              label={store.nameOf(id)}
              look="form"
              element={`${store.prefix}-field`}
            />
            <StepButton store={store} id={id} by={1} />
          </span>
        ) : (
          <span class="none">{readings.value(id) || stage.unknown}</span>
        )}
        <CloseButton store={store} />
      </div>
      {hasValue && <Exact store={store} id={id} what="value" />}
      {node?.difference !== undefined && (
        <p class="changed">
          {store.changeOf(id)}{" "}
          <button type="button" onClick={() => store.undo(id)}>
            {words.undo}
          </button>
        </p>
      )}
      {hasValue && <Forward store={store} id={weight?.to ?? id} />}
      <Shares store={store} id={id} />
      {store.lesson.value.forwardOnly !== true && (
        <>
          <Gradient
            store={store}
            id={id}
            hasValue={hasValue}
            // The update explains the use of a weight's gradient, so the meaning is left out.
            hasMeaning={weight === undefined}
          />
          {hasGradient && <Backward store={store} id={id} />}
          {hasGradient && isScalar && <Check store={store} id={id} />}
          {hasGradient && <Update store={store} id={id} />}
        </>
      )}
      <HideButtons store={store} id={id} />
    </>
  );
}

/** Returns the kind of a node; "" if the row of the forward pass shows its formula. */
function kindOf(store: Store, id: number): string {
  const isFolded = (store.arranged.value.places.get(id)?.hides.length ?? 0) > 0;
  return isFolded && store.progress.value.hasValue(id) ? "" : store.operationOf(id);
}

/** Returns the edge of a network on which a weight is drawn. */
function weightRoute(store: Store, id: number): LayoutRoute | undefined {
  const { layout, lookOf } = store.arranged.value;
  return layout.routes.find((route) => {
    const look = lookOf(route);
    return look.kind === "weighted" && look.weight === id;
  });
}

function StepButton({ store, id, by }: OfNode & { readonly by: 1 | -1 }) {
  const { node: words } = store.texts;
  return (
    <button
      type="button"
      class="step-button"
      aria-label={by < 0 ? words.less : words.more}
      onClick={() => store.addTo(id, by * store.stepOf(id))}
    >
      {by < 0 ? "−" : "+"}
    </button>
  );
}

function CloseButton({ store }: OfStore) {
  return (
    <button
      type="button"
      class="close"
      aria-label={store.texts.node.close}
      onClick={() => closeCard(store)}
    >
      ×
    </button>
  );
}

/** Closes the card; the focus returns to its node or edge. */
export function closeCard(store: Store): void {
  store.closeCard();
  focusOwner(store);
}

interface RowProps {
  readonly label: string;
  readonly look?: string;
  readonly children: preact.ComponentChildren;
}

function Row({ label, look = "", children }: RowProps) {
  return (
    <div class={`card-row ${look}`}>
      <span class="label">{label}</span>
      <div>{children}</div>
    </div>
  );
}

/** Shows the computation of a node from its inputs, in symbols and in numbers. */
function Forward({ store, id }: OfNode) {
  const place = store.arranged.value.places.get(id);
  const graph = store.graph.value;
  if (place === undefined || graph.nodes[id]?.op === undefined) return null;
  // Numbers that a question hides are not shown in the card either.
  const readings = store.readings.value;
  const isHidden = [id, ...(graph.nodes[id]?.inputs ?? []).map(({ from }) => from)].some((each) =>
    readings.isAsked("value", each),
  );
  if (isHidden || !store.progress.value.hasValue(id) || graph.nodes[id]?.value?.rank !== 0) {
    return null;
  }
  const operand = (each: number) => store.operandOf(each);
  const symbols = forwardSymbols(graph, place, operand, store.digits.value) ?? "";
  return (
    <Row label={store.texts.node.forward} look="forward">
      <span class="symbols">{symbols}</span>
      {forwardLines(graph, place, store.digits.value).map((line) => (
        <ForwardText key={line.text} line={line} />
      ))}
    </Row>
  );
}

function ForwardText({ line }: { readonly line: ForwardLine }) {
  return <span class={`calculation value ${line.kind}`}>{line.text}</span>;
}

interface GradientProps extends OfNode {
  readonly hasValue: boolean;
  readonly hasMeaning: boolean;
}

function Gradient({ store, id, hasValue, hasMeaning }: GradientProps) {
  const { stage, node: words } = store.texts;
  const readings = store.readings.value;
  const derivative = readings.derivative(id);
  const isForward = store.mode.value.kind === "forward";
  const hasGradient = !isForward && readings.hasDerivative(id) && !store.hasBlanks.value;
  return (
    <Row label={words.backward} look="entry gradient">
      <span class="label">{isForward ? stage.tangent : stage.gradient}</span>{" "}
      {isForward ? (
        <b class="tangent">{hasValue ? derivative || "0" : ""}</b>
      ) : readings.isAsked("gradient", id) ? (
        <b>?</b>
      ) : hasGradient ? (
        <>
          <b>{derivative}</b> <Exact store={store} id={id} what="gradient" />
        </>
      ) : (
        <span class="none">{derivative || stage.unknown}</span>
      )}
      {hasGradient && hasMeaning && <span class="meaning">{meaning(store, id)}</span>}
    </Row>
  );
}

/** Shows the contributions to a node's gradient along its edges, and their sum. */
function Backward({ store, id }: OfNode) {
  const routes = store.arranged.value.routesFrom.get(id) ?? [];
  const products = routes.flatMap((route): [LayoutRoute, WrittenProduct][] => {
    const product = productOf(store, route);
    return product === undefined ? [] : [[route, product]];
  });
  if (products.length === 0) return null;
  const sum = sumText(store.graph.value, routes, id, store.digits.value);
  return (
    <div class="card-row products">
      {products.map(([route, product]) => (
        <Product
          key={`${route.reader} ${route.input}`}
          store={store}
          route={route}
          product={product}
          isAlone={products.length === 1}
        />
      ))}
      {sum !== undefined && (
        <p class="entry sum">
          <span class="label">{store.texts.node.sum}</span>{" "}
          <span class="calculation gradient">{sum}</span>
        </p>
      )}
    </div>
  );
}

/** Returns the product on an edge of the backward pass, once it is computed. */
function productOf(store: Store, route: LayoutRoute): WrittenProduct | undefined {
  const { places } = store.arranged.value;
  if (!store.progress.value.hasFlowed(route)) return undefined;
  const hides = places.get(route.to)?.hides ?? [];
  const letter = (each: number) => store.letterOf(each);
  const operand = (each: number) => store.operandOf(each);
  return writtenProduct(store.graph.value, route, hides, letter, operand, store.digits.value);
}

interface ProductProps extends OfStore {
  readonly route: LayoutRoute;
  readonly product: WrittenProduct;
  readonly isAlone: boolean;
}

/** Shows upstream × local = contribution, with symbols above numbers, and as one line for screen readers. */
function Product({ store, route, product, isAlone }: ProductProps) {
  const { node: words } = store.texts;
  const { upstream, local, result, equation, factors } = product;
  const sign = equation.match(/ ([=≈→]) /)?.[1] ?? "=";
  return (
    <div class="product" data-product={`${route.from}-${route.to}`}>
      {!isAlone && (
        <button type="button" class="through" onClick={() => store.chooseEdge(route)}>
          {words.from(store.nameOf(route.to), store.nameOf(route.from))}
        </button>
      )}
      <p class="sr-only calculation">{equation}</p>
      <div class="factors" aria-hidden="true">
        <Factor title={words.upstream} look="gradient" {...upstream} />
        <span class="sign">×</span>
        <Factor title={words.local} look="value" {...local} />
        <span class="sign">{sign}</span>
        <Factor title={words.result} look="gradient result" {...result} />
      </div>
      {factors !== undefined && (
        <p class="entry arrivals">
          <span class="label">{words.factor(store.nameOf(route.to))}</span>{" "}
          <span class="calculation">{factors}</span>
        </p>
      )}
    </div>
  );
}

interface FactorProps {
  readonly title: string;
  readonly look: string;
  readonly symbol: string;
  readonly number: string;
}

function Factor({ title, look, symbol, number }: FactorProps) {
  return (
    <span class="factor">
      <span class="title">{title}</span>
      <b class={look}>{number}</b>
      <span class="symbol">{symbol}</span>
    </span>
  );
}

/** Shows the card of an edge, which has only its product. */
function EdgeCard({ store, route }: OfStore & { readonly route: LayoutRoute }) {
  const { node: words, stage, modes } = store.texts;
  const product = store.mode.value.kind === "reverse" ? productOf(store, route) : undefined;
  const readings = store.readings.value;
  const isAsked = readings.isAsked("gradient", route.from) || store.hasBlanks.value;
  const text = readings.productText(route);
  const share = shareOn(store.shares.value, store.graph.value, route);
  return (
    <>
      <div class="card-head">
        <p class="what">
          <b>{stage.edge(store.nameOf(route.from), store.nameOf(route.to))}</b>
        </p>
        <CloseButton store={store} />
      </div>
      <Forward store={store} id={route.to} />
      {share !== undefined ? (
        <ShareRow store={store} share={share} />
      ) : product !== undefined && !isAsked ? (
        <Product store={store} route={route} product={product} isAlone />
      ) : (
        <Row label={store.mode.value.kind === "forward" ? modes.forward : words.backward}>
          <span class={text === "" ? "none" : "calculation tangent"}>{text || stage.unknown}</span>
        </Row>
      )}
      <p class="card-links">
        {[route.from, route.to].map((id) => (
          <button key={id} type="button" onClick={() => store.openCard(id)}>
            {store.nameOf(id)}
          </button>
        ))}
      </p>
    </>
  );
}

function ShareRow({
  store,
  share,
}: OfStore & { readonly share: NonNullable<ReturnType<typeof shareOn>> }) {
  const { node: words, shares } = store.texts;
  return (
    <Row label={words.share} look="share">
      <span class="symbols">
        {share.weightName} / ({share.weightName} + {share.otherName})
      </span>
      <span class="calculation">{fractionText(share, store.digits.value)}</span>
      <span class="label">{shares.carried}</span>{" "}
      <span class="calculation share">{shareLines(share, store.digits.value).join(" ")}</span>
    </Row>
  );
}

/** Shows the shares of errors that are added at a node. */
function Shares({ store, id }: OfNode) {
  const name = store.graph.value.nodes[id]?.name;
  const lines = shareSum(store.shares.value, name, store.digits.value);
  if (lines === undefined || name === undefined) return null;
  return (
    <Row label={store.texts.node.share} look="share">
      <span class="label">{store.texts.shares.sum(name)}</span>{" "}
      <span class="calculation share">{lines.join(" ")}</span>
    </Row>
  );
}

/** Shows the comparison with a numerical derivative: its step, its value, and the curve with the tangent. */
function Check({ store, id }: OfNode) {
  const check = useDerived(() => store.checks.of(id), store, id).value;
  const { node: words } = store.texts;
  const isBad = check?.verdict.kind === "differs";
  return (
    <div class="card-row check-row">
      <span class="label">{words.checkRow}</span>
      {id !== store.graph.peek().output && <SmallCurve store={store} id={id} />}
      <p class={isBad ? "check bad" : "check"}>
        {check === undefined ? words.checking : checkText(store, check)}
      </p>
    </div>
  );
}

const SMALL = { width: 120, height: 58, points: 33 } as const;

/** Shows a small curve of the result over the node's number, with its tangent. */
function SmallCurve({ store, id }: OfNode) {
  const drawn = useSettled(
    () => {
      const graph = store.graph.value;
      const [x, y] = [graph.nodes[id]?.value?.item(), graph.nodes[graph.output]?.value?.item()];
      const slope = graph.nodes[id]?.gradient?.item();
      if (x === undefined || y === undefined || slope === undefined) return undefined;
      const half = Math.max(1, Math.abs(x));
      const xs = between(x - half, x + half, SMALL.points);
      const curve = { lesson: store.lesson.value, inputs: store.values.value, graph };
      return { x, y, slope, half, xs, ys: curveAt(curve, id, xs) };
    },
    () => followNumbers(store),
    [store, id],
    restOf(store),
  ).value;
  const { width, height } = SMALL;
  const graph = store.graph.peek();
  const label = store.texts.node.over(store.nameOf(graph.output), store.nameOf(id));
  if (drawn === undefined) {
    return <svg class="small-curve" width={width} height={height} aria-hidden="true" />;
  }
  const { x, y, slope, half, xs, ys } = drawn;
  const [low, high] = rangeOf([...ys, y]);
  const [across, up] = [scale(x - half, x + half, 4, width - 4), scale(low, high, height - 6, 6)];
  const at = (px: number, py: number): [number, number] => [across.at(px), up.at(py)];
  const tangent = [x - half * 0.6, x + half * 0.6].map((each) => at(each, y + slope * (each - x)));
  return (
    <svg class="small-curve" width={width} height={height} role="img" aria-label={label}>
      <path class="curve-line" d={pathOf(xs.map((each, i) => at(each, ys[i] ?? Number.NaN)))} />
      <path class="tangent-line" d={pathOf(tangent)} />
      <circle class="here" cx={across.at(x)} cy={up.at(y)} r={4.5} />
    </svg>
  );
}

/** Shows the update of a parameter, in symbols and in numbers. */
function Update({ store, id }: OfNode) {
  const { node: words } = store.texts;
  const update = updateOf(store, id);
  if (isFrozen(store, id)) {
    return (
      <Row label={words.updateRow}>
        <span class="none">{words.frozen}</span>
      </Row>
    );
  }
  if (update === undefined) return null;
  const { data } = store.lesson.value.training ?? {};
  return (
    <Row label={words.updateRow} look="update">
      <span class="symbols">
        {store.letterOf(id)} − {store.texts.training.rate} × {store.texts.stage.gradient}
      </span>
      {data !== undefined && <span class="label">{words.updateMean(data.points.length)}</span>}
      <span class="calculation">{update}</span>
    </Row>
  );
}

/** Shows the number with all its digits, if it is shown rounded elsewhere. */
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

function meaning(store: Store, id: number): string {
  const { nodes, output } = store.graph.value;
  const gradient = nodes[id]?.gradient;
  if (gradient === undefined || gradient.rank > 0 || id === output) return "";
  // At a corner, the slopes to the left and to the right differ.
  if (store.checks.of(id)?.verdict.kind === "corner") return "";
  const slope = gradient.item();
  const { node } = store.texts;
  const [name, result] = [store.nameOf(id), store.nameOf(output)];
  if (slope === 0) return node.flat(name, result);
  return slope > 0
    ? node.rises(name, result, store.number(slope))
    : node.falls(name, result, store.number(-slope));
}

/** Shows buttons for teachers, which copy a link that hides a number of the node. */
function HideButtons({ store, id }: OfNode) {
  const { teacher } = store.texts;
  const hide = (what: "value" | "gradient") => async () => {
    const { hideNumber } = await import("./teacher.ts");
    await hideNumber(store, id, what);
  };
  const hasGradient =
    store.lesson.value.forwardOnly !== true && store.graph.peek().nodes[id]?.gradient !== undefined;
  return (
    <details class="hide-number">
      <summary>{teacher.hide}</summary>
      <button type="button" onClick={hide("value")}>
        {teacher.hideValue}
      </button>
      {hasGradient && (
        <button type="button" onClick={hide("gradient")}>
          {teacher.hideGradient}
        </button>
      )}
    </details>
  );
}
