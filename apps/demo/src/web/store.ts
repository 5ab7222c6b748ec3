/**
 * The state of one instrument as signals: the link has everything that the learner has chosen, and everything else is
 * computed from it. A store has all of its state, so that one page can have several instruments.
 */

import type { Graph, LayoutRoute, Tensor } from "@graddiff/core";
import { batch, computed, type ReadonlySignal, signal, untracked } from "@preact/signals";
import type { Catalogue, LessonName } from "../course/catalogue/index.ts";
import type { Language } from "../course/catalogue/languages.ts";
import {
  complaintAbout,
  type InputValues,
  initialInputs,
  type Lesson,
  type Offer,
  type PanelName,
  type RunStep,
  type Shares,
  type Situation,
} from "../course/lesson.ts";
import { findLesson, lessons, type OwnPoints } from "../course/lessons.ts";
import { type Answer, isRight, MOST_TRIES } from "../instrument/answer.ts";
import {
  DEFAULT_DIGITS,
  type Digits,
  formatNumber,
  formatTensor,
  shownName,
} from "../instrument/format.ts";
import { formulaOf, type Letters, lettersOf } from "../instrument/formula.ts";
import { initialState, type State } from "../instrument/link.ts";
import { networkOf } from "../instrument/network.ts";
import { NodeKeys } from "../instrument/nodeKeys.ts";
import { type Asked, Readings } from "../instrument/readings.ts";
import { sharesSoFar } from "../instrument/shares.ts";
import {
  type Mode,
  Progress,
  placeOf,
  type TimelineStep,
  timelineOf,
} from "../instrument/timeline.ts";
import { arrange } from "./arrange.ts";
import { type Arranged, type Box, NARROW } from "./arranged.ts";
import { roundTo, stepOf } from "./change.ts";
import { Checks } from "./checks.ts";
import { slopesOf } from "./network.ts";
import { Trainer } from "./trainer.ts";
import { type Engine, workerEngine } from "./work/engine.ts";

/** The graph before a change, to compare the predicted with the actual change. */
export interface Baseline {
  readonly node: number;
  readonly graph: Graph;
}

/** The step at which checks are explained. */
const CHECKS = placeOfChecks();

function placeOfChecks() {
  const steps = lessons.map(({ run }) => run.findIndex(({ checks }) => checks === true));
  const lesson = steps.findIndex((step) => step >= 0);
  return { lesson, step: steps[lesson] ?? 0 };
}

const NO_MOVES: ReadonlyMap<number, number> = new Map();

const UNANSWERED: Answer = { said: [], isShown: false };

/** The digits on a narrow stage, where a network has no room for more. */
const FEW_DIGITS = 3;

/** A state that is stored, or computed from another one. */
export interface StateCell {
  value: State;
  peek(): State;
}

/** A hidden number that the learner has to answer: a step or a link hides it. */
export interface Question extends Asked {
  readonly isByLink: boolean;
}

/** The limits for a node that is not an input: none. */
const ANY = { initial: 0, step: 1 };

const FIRST: Lesson = lessons[0] ?? fail();

function fail(): never {
  throw new Error("there are no lessons");
}

/** The visible part of the stage, in pixels. */
export interface View {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** The number of stores, which makes the ids of their elements different. */
let stores = 0;

export class Store {
  readonly language: Language;
  readonly texts: Catalogue;
  readonly engine: Engine;
  readonly trainer: Trainer;
  readonly checks: Checks;
  /** The prefix of the ids of this store's elements. */
  readonly prefix = `g${stores++}`;
  readonly state: StateCell;
  /** The message about a damaged link. */
  readonly damage = signal<string | undefined>(undefined);
  /**
   * A function that tries again to load a part of the page that could not be loaded; undefined if no part is missing.
   */
  readonly unloaded = signal<(() => Promise<void>) | undefined>(undefined);
  /** The ids of the highlighted nodes. */
  readonly lit = signal<ReadonlySet<number>>(new Set());
  /** The room for the stage. */
  readonly box = signal<Box>({ width: 860, height: 520 });
  /**
   * The size of the card in pixels, rounded up, so that a change of digits does not move the drawing; undefined while
   * no card is open.
   */
  readonly cardSize = signal<Box | undefined>(undefined);
  readonly view = signal<View>({ left: 0, right: 1200, top: 0, bottom: 800 });
  readonly baseline = signal<Baseline | undefined>(undefined);
  /** Answers to the questions of guided runs, by step. */
  readonly answers = signal<ReadonlyMap<string, Answer>>(new Map());
  readonly playing = signal(false);
  /** True in the presenter's view, which shows only the stage. */
  readonly isPresented = signal(false);
  /** True if derivatives are shown as blanks, for printing. */
  readonly hasBlanks = signal(false);
  /** True if values are known from an earlier pass of forward mode. */
  readonly repeats = signal(false);
  /** True if the page is embedded in another one, with only the stage and a bar. */
  readonly isEmbedded: boolean;

  readonly #adjusted: ReadonlySignal<State["adjusted"]>;
  readonly #keys: ReadonlySignal<NodeKeys>;
  /** The shown numbers of constants, which an edit of a constant changes. */
  readonly #constants: ReadonlySignal<string>;
  readonly #letters: ReadonlySignal<Letters>;
  readonly lesson: ReadonlySignal<Lesson>;
  readonly step: ReadonlySignal<RunStep>;
  readonly digits: ReadonlySignal<Digits>;
  /** The inputs, with the parameters of the displayed training step. */
  readonly values: ReadonlySignal<InputValues>;
  readonly graph: ReadonlySignal<Graph>;
  readonly arranged: ReadonlySignal<Arranged>;
  readonly mode: ReadonlySignal<Mode>;
  readonly steps: ReadonlySignal<readonly TimelineStep[]>;
  readonly place: ReadonlySignal<number>;
  readonly progress: ReadonlySignal<Progress>;
  readonly tangents: ReadonlySignal<readonly (Tensor | undefined)[]>;
  readonly shares: ReadonlySignal<Shares | undefined>;
  readonly chosen: ReadonlySignal<number | undefined>;
  readonly chosenEdge: ReadonlySignal<LayoutRoute | undefined>;
  /** The panel beside the stage. */
  readonly panel: ReadonlySignal<PanelName | "none">;
  /** True if both modes are shown side by side. */
  readonly isBoth: ReadonlySignal<boolean>;
  readonly question: ReadonlySignal<Question | undefined>;
  readonly asked: ReadonlySignal<Asked | undefined>;
  readonly readings: ReadonlySignal<Readings>;
  /**
   * The relative changes of parameters by the displayed step, by their ids: 1 for the largest change.
   */
  readonly moved: ReadonlySignal<ReadonlyMap<number, number>>;
  /** The slopes of all parameters, by name; with points, the slopes of the mean over the points. */
  readonly slopes: ReadonlySignal<ReadonlyMap<string, number>>;
  /** True if the current step or an earlier one has explained checks. */
  readonly showsChecks: ReadonlySignal<boolean>;

  constructor(
    language: Language,
    texts: Catalogue,
    state: State | StateCell = initialState(FIRST),
    engine: Engine = workerEngine(),
    isEmbedded = false,
  ) {
    this.language = language;
    this.texts = texts;
    this.engine = engine;
    this.isEmbedded = isEmbedded;
    this.state = "peek" in state ? state : signal(state);
    const of = <Key extends keyof State>(key: Key) => computed(() => this.state.value[key]);
    const [inputs, adjusted, opened] = [of("inputs"), of("adjusted"), of("opened")];
    this.#adjusted = adjusted;
    const [name, text, points] = [of("lesson"), of("text"), of("points")];
    this.lesson = computed(() => findLesson(name.value, text.value, points.value) ?? FIRST);
    const stepNumber = of("step");
    this.step = computed(() => {
      const { run } = this.lesson.value;
      return run[stepNumber.value] ?? run[0] ?? fail();
    });
    this.showsChecks = computed(() => {
      const [lesson, place] = [this.lesson.value, lessons.indexOf(this.lesson.value)];
      if (place !== CHECKS.lesson) return place < 0 || place > CHECKS.lesson;
      return lesson.run.indexOf(this.step.value) >= CHECKS.step;
    });
    const digits = of("digits");
    const isNarrow = computed(() => this.box.value.width < NARROW);
    const isNetwork = computed(() => {
      const lesson = this.lesson.value;
      if (lesson.isNetwork !== true) return false;
      return networkOf(start.value.graph) !== undefined;
    });
    this.digits = computed(() => {
      const few = isNarrow.value && isNetwork.value;
      return digits.value ?? (few ? FEW_DIGITS : DEFAULT_DIGITS);
    });
    this.trainer = new Trainer(this);
    this.values = computed(() => {
      const { inputs: start, parameters } = this.trainer.shown.value ?? {};
      return start === undefined ? inputs.value : { ...start, ...parameters };
    });
    // An edit of a number does not change the structure of a lesson's graph.
    const start = computed(() => {
      const lesson = this.lesson.value;
      const given = initialInputs(lesson);
      return { given, graph: lesson.explain(given) };
    });
    this.#keys = computed(() => new NodeKeys(start.value.graph));
    this.graph = computed(() => {
      const values = this.values.value;
      const { given, graph: first } = start.value;
      const isStart = Object.entries(values).every(([name, value]) => value === given[name]);
      const graph = isStart ? first : this.lesson.value.explain(values);
      const differences = Object.entries(adjusted.value).flatMap(([key, by]) => {
        const id = this.#keys.value.id(key);
        return id === undefined ? [] : [[id, by] as const];
      });
      return differences.length === 0 ? graph : graph.adjusted(Object.fromEntries(differences));
    });
    const [node, edge, hasCard] = [of("node"), of("edge"), of("card")];
    /** The node that the link or the step names; it may be hidden. */
    const named = computed(() =>
      node.value === undefined ? this.idOf(this.step.value.node) : this.#keys.value.id(node.value),
    );
    // Only networks have room for the card of a node in their layout.
    const card = computed(() => {
      const size = this.cardSize.value;
      if (!hasCard.value || size === undefined || edge.value !== undefined) return undefined;
      const id = named.value;
      return id === undefined || !isNetwork.value ? undefined : { id, size };
    });
    this.arranged = computed(() => {
      const [lesson, box] = [this.lesson.value, this.box.value];
      const open = opened.value.flatMap((key) => this.#keys.value.id(key) ?? []);
      const precision = this.digits.value;
      const graph = untracked(() => this.graph.value);
      return arrange(graph, lesson, open, box, precision, this.texts, card.value);
    });
    this.#constants = computed(() => {
      const { nodes } = this.graph.value;
      return nodes
        .filter(({ kind }) => kind === "constant")
        .map(({ value }) => this.tensor(value))
        .join(" ");
    });
    this.#letters = computed(() => {
      this.#keys.value;
      this.#constants.value;
      adjusted.value;
      const digits = this.digits.value;
      // The graph is read without a subscription, since other edits do not change its structure.
      const graph = untracked(() => this.graph.value);
      const { name, isNetwork } = this.lesson.value;
      // Formulas of networks use the names of the program; other lessons use the names of the page.
      const names = isNetwork === true ? {} : this.texts.lessons[name].nodes;
      return lettersOf(graph, (value) => formatNumber(value, digits), names);
    });
    const modeName = of("mode");
    this.mode = computed(() => {
      const by = modeName.value ?? this.step.value.forwardBy;
      return by === undefined || by === "reverse" ? { kind: "reverse" } : { kind: "forward", by };
    });
    this.steps = computed(() => {
      const { layout } = this.arranged.value;
      const graph = untracked(() => this.graph.value);
      const { forwardOnly, shares } = this.lesson.value;
      return timelineOf(graph, layout, this.mode.value.kind, forwardOnly, shares?.(graph));
    });
    const place = of("place");
    this.place = computed(() => {
      const graph = untracked(() => this.graph.value);
      const wanted = place.value ?? placeOf(this.steps.value, graph, this.step.value.at);
      return Math.min(wanted, this.steps.value.length);
    });
    this.progress = computed(() => {
      const graph = untracked(() => this.graph.value);
      const { layout } = this.arranged.value;
      return new Progress(graph, layout, this.steps.value, this.place.value, this.repeats.value);
    });
    this.tangents = computed(() => {
      const mode = this.mode.value;
      const graph = this.graph.value;
      // An input of the lesson that was shown before has no node.
      if (mode.kind === "reverse" || graph.node(mode.by) === undefined) return [];
      return graph.tangents(Object.fromEntries([[mode.by, 1]]));
    });
    this.shares = computed(() => {
      const all = this.lesson.value.shares?.(this.graph.value);
      const progress = this.progress.value;
      return all && sharesSoFar(all, (output) => progress.hasShared(this.idOf(output) ?? -1));
    });
    this.chosenEdge = computed(() => {
      const [, key = "", input = ""] = edge.value?.match(/^(.+)\.(\d)$/) ?? [];
      const reader = this.#keys.value.id(key);
      const { routes } = this.arranged.value.layout;
      return routes.find((each) => each.reader === reader && each.input === Number(input));
    });
    this.chosen = computed(() => {
      if (this.chosenEdge.value !== undefined) return undefined;
      const id = named.value;
      return id !== undefined && this.arranged.value.places.has(id) ? id : undefined;
    });
    const panel = of("panel");
    this.panel = computed(
      () => panel.value ?? this.step.value.panel ?? this.lesson.value.panel ?? "slope",
    );
    const both = of("both");
    this.isBoth = computed(() => both.value ?? this.step.value.both ?? false);
    const hidden = of("hidden");
    this.question = computed(() => {
      if (hidden.value !== undefined) {
        const id = this.#keys.value.id(hidden.value.node);
        if (id !== undefined) return { id, what: hidden.value.what, isByLink: true };
      }
      const { ask } = this.step.value;
      const id = this.idOf(ask?.node);
      return ask === undefined || id === undefined
        ? undefined
        : { id, what: ask.what, isByLink: false };
    });
    this.asked = computed(() => {
      const question = this.question.value;
      if (question === undefined || !this.canAsk() || this.answer().isShown) return undefined;
      return { id: question.id, what: question.what };
    });
    this.readings = computed(
      () =>
        new Readings({
          graph: this.graph.value,
          progress: this.progress.value,
          routesFrom: this.arranged.value.routesFrom,
          mode: this.mode.value.kind,
          tangents: this.tangents.value,
          asked: this.asked.value,
          shares: this.shares.value,
          detailed: this.arranged.value.detailed,
          digits: this.digits.value,
          hasBlanks: this.hasBlanks.value,
        }),
    );
    this.moved = computed(() => this.#moves());
    this.slopes = computed(() => slopesOf(this));
    this.checks = new Checks(this);
  }

  #moves(): ReadonlyMap<number, number> {
    const run = this.trainer.shown.value;
    if (run === undefined || run.at === 0) return NO_MOVES;
    const [before = [], after = []] = [run.history[run.at - 1], run.history[run.at]];
    const distances = after.map((value, i) => Math.abs(value - (before[i] ?? value)));
    const most = Math.max(...distances);
    if (!(most > 0)) return NO_MOVES;
    const moves = run.names.flatMap((name, i): (readonly [number, number])[] => {
      const id = this.idOf(name);
      return id === undefined ? [] : [[id, (distances[i] ?? 0) / most]];
    });
    return new Map(moves);
  }

  /** Returns the id of the node with a key; undefined if there is none. */
  idOfKey(key: string): number | undefined {
    return this.#keys.value.id(key);
  }

  /** Returns the key of a node in addresses. */
  keyOf(id: number): string {
    return this.#keys.value.of(id);
  }

  /** Returns the name of a node in formulas: its name in the program, or its formula. */
  letterOf(id: number): string {
    return this.#letters.value.names[id] ?? "";
  }

  /** Returns an operand of formulas: the name of a node, or its formula with the differences that were added. */
  operandOf(id: number): string {
    return this.#letters.value.operands[id] ?? "";
  }

  /** Returns the id of the node with a name; an edit of a number does not change it. */
  idOf(name: string | undefined): number | undefined {
    if (name === undefined) return undefined;
    this.lesson.value;
    return untracked(() => this.graph.value).node(name)?.id;
  }

  /** Returns the values for the marks in texts and for the conditions of sentences. */
  situation(): Situation {
    const [readings, { layout, places, detailed }] = [this.readings.value, this.arranged.value];
    const isReverse = this.mode.value.kind === "reverse";
    return {
      inputs: this.values.value,
      graph: this.graph.value,
      digits: this.digits.value,
      mode: this.mode.value,
      isDerivativeShown: (name) => readings.hasDerivative(this.idOf(name) ?? -1),
      isProductShown: (from, to) => {
        const [start, end] = [this.idOf(from), this.idOf(to)];
        const route = layout.routes.find((each) => each.from === start && each.to === end);
        const isAsked = start !== undefined && readings.isAsked("gradient", start);
        // In forward mode, the number on an edge is its tangent.
        const isTold = isReverse && route?.label !== undefined && !isAsked;
        return isTold && readings.result(route) !== "";
      },
      isFolded: (name) => (places.get(this.idOf(name) ?? -1)?.hides.length ?? 0) > 0,
      hasChecks: isReverse && detailed && this.showsChecks.value,
      hasShares: this.shares.value !== undefined,
    };
  }

  /**
   * Returns the computation of a node: the symbol of its op, its formula if others are folded into it, or its kind.
   */
  operationOf(id: number): string {
    const { node: words } = this.texts;
    const graph = untracked(() => this.graph.value);
    const { kind, op } = graph.nodes[id] ?? {};
    if (op === undefined) return kind === "constant" ? words.constant : words.input;
    const place = this.arranged.value.places.get(id);
    if (place === undefined || place.hides.length === 0) return op.symbol;
    return formulaOf(graph, place, (each) => this.nameOf(each)) ?? op.symbol;
  }

  /** Returns the difference that was added to a node, in words; "" if there is none. */
  changeOf(id: number): string {
    const difference = this.graph.value.nodes[id]?.difference;
    return difference === undefined ? "" : this.texts.node.changed(this.tensor(difference));
  }

  /** Returns the name of a node in the language of the page. */
  nameOf(id: number): string {
    // The graph is read without a subscription, since edits do not change names; but the name of a constant is its
    // number.
    const node = untracked(() => this.graph.value).nodes[id];
    if (node?.kind === "constant") this.#constants.value;
    const { nodes } = this.texts.lessons[this.lesson.value.name];
    const known: Readonly<Record<string, string>> = nodes;
    if (node?.name !== undefined) return shownName(known, node.name);
    if (this.lesson.value.own !== undefined) return this.letterOf(id);
    return node?.op?.symbol ?? formatTensor(node?.value, this.digits.value);
  }

  /** Returns the name of an input that is not a node. */
  inputName(name: string): string {
    const names: Readonly<Record<string, string>> = this.texts.inputs;
    return shownName(names, name);
  }

  /** Returns the name of the input that is the learning rate. */
  rateName(): string {
    return this.lesson.value.training?.rate ?? "rate";
  }

  /** Returns the learning rate. */
  rate(): number {
    return this.values.value[this.rateName()] ?? 0;
  }

  number(value: number): string {
    return formatNumber(value, this.digits.value);
  }

  tensor(value: Tensor | undefined): string {
    return formatTensor(value, this.digits.value);
  }

  /** Changes the state; the signals that depend on it are computed once. */
  update(change: Partial<State>): void {
    this.state.value = { ...this.state.value, ...change };
  }

  goToLesson(name: LessonName): void {
    batch(() => {
      this.playing.value = false;
      this.baseline.value = undefined;
      const { digits } = this.state.value;
      this.state.value = { ...initialState(findLesson(name) ?? FIRST), digits };
    });
  }

  /** Shows a typed function; inputs with the same names as before keep their numbers. */
  showOwn(text: string, points: OwnPoints = this.state.value.points): void {
    const lesson = findLesson("own", text, points);
    if (lesson?.own === undefined) return;
    const before = this.state.value;
    const [starts, was] = [initialInputs(lesson), initialInputs(this.lesson.value)];
    // A value that was changed by hand stays, unless its start value in the text was changed.
    const kept = Object.entries(this.values.value).filter(
      ([name, value]) => Object.hasOwn(starts, name) && value !== was[name],
    );
    const inputs = Object.fromEntries([...Object.entries(starts), ...kept]);
    batch(() => {
      this.baseline.value = undefined;
      this.state.value = {
        ...initialState(lesson, points),
        inputs,
        digits: before.digits,
        panel: before.panel,
        h: before.h,
      };
    });
  }

  /** Goes to a step of the guided run; edits stay. */
  goToStep(step: number): void {
    batch(() => {
      this.playing.value = false;
      this.baseline.value = undefined;
      this.update({
        step,
        place: undefined,
        node: undefined,
        edge: undefined,
        card: false,
        mode: undefined,
        panel: undefined,
        both: undefined,
      });
    });
  }

  goToPlace(place: number): void {
    this.update({ place: Math.max(0, Math.min(place, this.steps.value.length)) });
  }

  choose(node: number | undefined): void {
    if (node === this.chosen.value) return;
    const key = node === undefined ? undefined : this.#keys.value.of(node);
    this.update({ node: key, edge: undefined });
  }

  chooseEdge({ reader, input }: LayoutRoute): void {
    this.update({ edge: `${this.#keys.value.of(reader)}.${input}`, card: true });
  }

  /** Opens the card of a node. */
  openCard(node: number): void {
    batch(() => {
      this.choose(node);
      this.update({ card: true });
    });
  }

  closeCard(): void {
    if (this.state.value.card) this.update({ card: false });
  }

  toggle(id: number): void {
    const { opened } = this.state.value;
    const key = this.#keys.value.of(id);
    const open = opened.includes(key) ? opened.filter((each) => each !== key) : [...opened, key];
    this.update({ opened: open, place: this.isDone() ? undefined : this.state.value.place });
  }

  openAll(open: boolean): void {
    const ids = [...this.arranged.value.foldable];
    this.update({ opened: open ? ids.map((id) => this.#keys.value.of(id)) : [], place: undefined });
  }

  isDone(): boolean {
    return this.place.value === this.steps.value.length;
  }

  /** Stores the graph before a change of a node. */
  begin(node: number): void {
    batch(() => {
      this.baseline.value = { node, graph: this.graph.value };
      this.choose(node);
    });
  }

  /** Returns the message about an invalid number for a node; undefined if it is valid. */
  complaint(id: number, value: number, label = this.nameOf(id)): string | undefined {
    return complaintAbout(this.#input(id) ?? ANY, value, label, this.texts);
  }

  /** Sets the value of a node: an input gets the value, and to other nodes a difference is added. */
  setValue(id: number, wanted: number): void {
    if (this.complaint(id, wanted) !== undefined) return;
    const node = this.graph.value.nodes[id];
    const present = node?.value;
    if (node === undefined || present === undefined || present.rank > 0) return;
    if (this.#input(id) !== undefined && node.name !== undefined) {
      this.setSetting(node.name, wanted);
      return;
    }
    this.#adjust(id, this.#differenceOf(id) + wanted - present.item());
  }

  #differenceOf(id: number): number {
    const [adjusted, key] = [this.#adjusted.value, this.#keys.value.of(id)];
    // A line of a typed function may have the name of an object's property, such as `constructor`.
    return (Object.hasOwn(adjusted, key) ? adjusted[key] : undefined) ?? 0;
  }

  /** Sets the difference of a node, or removes it with 0. No difference can change an infinite value. */
  #adjust(id: number, difference: number): void {
    if (!Number.isFinite(difference)) return;
    const key = this.#keys.value.of(id);
    const { [key]: _, ...others } = this.state.value.adjusted;
    this.update({ adjusted: difference === 0 ? others : { ...others, [key]: difference } });
  }

  /** Sets an input. The trained parameters become inputs, so that training continues from them. */
  setSetting(name: string, value: number): void {
    const inputs = { ...this.values.value, [name]: value };
    this.update({ inputs, trained: 0, shown: undefined });
  }

  /** Shows a point of the training data. The training continues, since the shown point does not affect it. */
  showPoint(point: InputValues): void {
    const { inputs } = this.state.value;
    const { run } = this.trainer;
    const next = { ...inputs, ...point };
    batch(() => {
      this.baseline.value = undefined;
      // The training also holds for the new inputs, since they differ only in the point.
      const made = run.peek();
      if (made?.inputs === inputs) run.value = { ...made, inputs: next };
      this.update({ inputs: next });
    });
  }

  /** Adds to a node, as one change. A number that is not yet visible is not changed. */
  addTo(id: number, by: number): void {
    if (!this.progress.value.hasValue(id)) return;
    const value = this.graph.value.nodes[id]?.value?.item() ?? 0;
    batch(() => {
      this.begin(id);
      if (this.#input(id) !== undefined) this.setValue(id, roundTo(value + by, Math.abs(by)));
      else this.#adjust(id, this.#differenceOf(id) + by);
    });
  }

  /** Makes the change that a step offers. */
  take(offer: Offer): void {
    if ("train" in offer) {
      batch(() => {
        this.reset();
        this.update({ inputs: { ...offer.inputs }, trained: offer.train, shown: undefined });
      });
      return;
    }
    const id = this.idOf(offer.node);
    if (id === undefined) return;
    batch(() => {
      // A changed value must be visible, so the timeline is reset.
      if (!this.progress.value.hasValue(id)) this.update({ place: undefined });
      if ("by" in offer) this.addTo(id, offer.by);
      else {
        this.begin(id);
        this.setValue(id, offer.to(this.values.value));
      }
    });
  }

  /** True if a difference was added to a node. */
  isAdjusted(id: number): boolean {
    return this.#differenceOf(id) !== 0;
  }

  /** True if a difference was added to any node. */
  hasAdjusted(): boolean {
    return Object.keys(this.#adjusted.value).length > 0;
  }

  /** Returns the least number that a node may have; undefined if there is none. */
  minimumOf(id: number): number | undefined {
    return this.#input(id)?.minimum;
  }

  /** Returns the change of a node by one step of a key or of a drag. */
  stepOf(id: number): number {
    return this.#input(id)?.step ?? stepOf(this.graph.value.nodes[id]?.value?.item() ?? 0);
  }

  /** Removes the difference of a node. */
  undo(id: number): void {
    batch(() => {
      this.baseline.value = undefined;
      this.#adjust(id, 0);
    });
  }

  reset(): void {
    batch(() => {
      this.baseline.value = undefined;
      const inputs = initialInputs(this.lesson.value);
      this.update({ inputs, adjusted: {}, trained: 0, shown: undefined });
    });
  }

  isChanged(): boolean {
    const { inputs, trained } = this.state.value;
    const start = initialInputs(this.lesson.value);
    const edited = Object.entries(inputs).some(([name, value]) => value !== start[name]);
    return edited || trained > 0 || this.hasAdjusted();
  }

  #questionKey(): string {
    const { lesson, step, hidden } = this.state.value;
    return hidden === undefined ? `${lesson} ${step}` : `${lesson} ${hidden.node} ${hidden.what}`;
  }

  /** True if the hidden number is computed at some step: forward mode computes no gradients. */
  canAsk(): boolean {
    return this.question.value?.what !== "gradient" || this.mode.value.kind === "reverse";
  }

  /** Returns the learner's answers to the question. */
  answer(): Answer {
    return this.answers.value.get(this.#questionKey()) ?? UNANSWERED;
  }

  #setAnswer(answer: Answer): void {
    this.answers.value = new Map(this.answers.value).set(this.#questionKey(), answer);
  }

  /** Returns the hidden number. */
  askedNumber(): number {
    const { id, what } = this.question.value ?? {};
    const node = this.graph.value.nodes[id ?? -1];
    return (what === "value" ? node?.value : node?.gradient)?.item() ?? Number.NaN;
  }

  /** Records an answer; after the right answer or the last try, the number is shown. */
  say(number: number): void {
    const said = [...this.answer().said, number];
    const isShown = isRight(number, this.askedNumber()) || said.length >= MOST_TRIES;
    this.#setAnswer({ said, isShown });
  }

  showAnswer(): void {
    this.#setAnswer({ ...this.answer(), isShown: true });
  }

  #input(id: number) {
    const name = this.graph.value.nodes[id]?.name;
    const { inputs } = this.lesson.value;
    return name !== undefined && Object.hasOwn(inputs, name) ? inputs[name] : undefined;
  }
}
